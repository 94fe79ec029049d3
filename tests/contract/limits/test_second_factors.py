"""Hashes of PINs and badges, whatever the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import UnknownUser
from kiosk.core.limits.second_factor import FactorKind
from tests.fakes.clock import START
from tests.fakes.samples import person

if TYPE_CHECKING:
    from kiosk.core.ports import Database

PIN, BADGE = FactorKind.PIN, FactorKind.BADGE


@pytest.fixture(autouse=True)
def two_people(database: Database) -> None:
    with database() as unit:
        for user_id in ("anna", "bob"):
            unit.people.add(person(user_id))
        unit.commit()


def test_each_person_has_one_of_a_kind(database: Database) -> None:
    with database() as unit:
        store = unit.second_factors
        store.put("anna", PIN, "first", START)
        store.put("anna", PIN, "second", START)
        store.put("anna", BADGE, "number", START)
        unit.commit()
    with database() as unit:
        store = unit.second_factors
        assert (store.get("anna", PIN), store.get("anna", BADGE)) == ("second", "number")
        assert store.kinds("anna") == (BADGE, PIN)
        assert store.holders() == {"anna": (BADGE, PIN)}
        assert (store.get("bob", PIN), store.kinds("bob"), store.kinds("nobody")) == (None, (), ())


def test_nobody_has_none(database: Database) -> None:
    with database() as unit, pytest.raises(UnknownUser):
        unit.second_factors.put("nobody", PIN, "hash", START)


def test_a_badge_leads_to_its_owner(database: Database) -> None:
    with database() as unit:
        unit.second_factors.put("bob", BADGE, "number:of bob", START)
        unit.second_factors.put("anna", BADGE, "number1:of anna", START)
        unit.second_factors.put("anna", PIN, "number:of anna", START)
        assert unit.second_factors.owner(BADGE, "number") == "bob"
        assert unit.second_factors.owner(BADGE, "number1") == "anna"
        assert unit.second_factors.owner(BADGE, "number:of") is None
        assert unit.second_factors.owner(BADGE, "num") is None
        assert unit.second_factors.owner(BADGE, "another") is None


def test_one_is_removed_once(database: Database) -> None:
    with database() as unit:
        unit.second_factors.put("anna", PIN, "hash", START)
        unit.second_factors.put("bob", PIN, "hash", START)
        assert unit.second_factors.remove("anna", PIN)
        assert not unit.second_factors.remove("anna", PIN)
        assert not unit.second_factors.remove("nobody", PIN)
        assert unit.second_factors.get("bob", PIN) == "hash"


def test_they_go_with_the_person(database: Database) -> None:
    with database() as unit:
        for user_id in ("anna", "bob"):
            unit.second_factors.put(user_id, BADGE, f"{user_id}:theirs", START)
        unit.commit()
    with database() as unit:
        unit.people.remove("anna")
        assert unit.second_factors.owner(BADGE, "anna") is None
        assert unit.second_factors.owner(BADGE, "bob") == "bob"
        unit.people.remove_all()
        assert unit.second_factors.owner(BADGE, "bob") is None


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with database() as unit, pytest.raises(ValueError):
        unit.second_factors.put("anna", PIN, "hash", START.replace(tzinfo=None))
