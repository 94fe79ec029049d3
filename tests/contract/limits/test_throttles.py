"""Tallies of failures, whatever the database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from kiosk.core.limits.attempts import Instant, Tally, Wait
from tests.fakes.clock import START

if TYPE_CHECKING:
    from kiosk.core.ports import Database

WAIT = Wait.begin(30.25, Instant(START, "boot-7", 1_234.5))
TALLY = Tally(6, 2, 9, disabled=True, wait=WAIT)


def test_a_tally_comes_back_as_it_was(database: Database) -> None:
    with database() as unit:
        unit.throttles.put("person:a", TALLY, START)
        unit.throttles.put("place:b", Tally(), START)
        unit.commit()
    with database() as unit:
        assert unit.throttles.get("person:a") == TALLY
        assert unit.throttles.get("place:b") == Tally()
        assert unit.throttles.get("person:b") is None
        assert unit.throttles.all() == {"person:a": TALLY, "place:b": Tally()}


def test_the_latest_takes_the_place_of_the_one_before(database: Database) -> None:
    with database() as unit:
        unit.throttles.put("a", TALLY, START)
        unit.throttles.put("a", Tally(1, 0, 1), START + timedelta(seconds=1))
        assert unit.throttles.all() == {"a": Tally(1, 0, 1)}


def test_a_tally_is_removed_once(database: Database) -> None:
    with database() as unit:
        unit.throttles.put("a", TALLY, START)
        assert unit.throttles.remove("a")
        assert not unit.throttles.remove("a")
        assert unit.throttles.get("a") is None


def test_without_a_commit_nothing_is_kept(database: Database) -> None:
    with database() as unit:
        unit.throttles.put("a", TALLY, START)
    with database() as unit:
        assert unit.throttles.get("a") is None


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = START.replace(tzinfo=None)
    with database() as unit:
        with pytest.raises(ValueError):
            unit.throttles.put("a", Tally(), naive)
        with pytest.raises(ValueError):
            unit.throttles.put("a", Tally(wait=Wait(naive, "b", 1.0, 1.0)), START)


def test_what_has_not_changed_for_long_is_found(database: Database) -> None:
    later = START + timedelta(seconds=1)
    with database() as unit:
        for key in ("c", "a", "b"):
            unit.throttles.put(key, TALLY, START)
        unit.throttles.put("b", TALLY, later)
        unit.commit()
    with database() as unit:
        assert unit.throttles.unchanged_since(START) == []
        assert unit.throttles.unchanged_since(later) == ["a", "c"]
        assert unit.throttles.unchanged_since(later + timedelta(seconds=1)) == ["a", "b", "c"]
