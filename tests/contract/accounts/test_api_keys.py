"""API keys, whatever the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.credentials import ApiKey, Right
from kiosk.core.errors import StorageError
from tests.fakes.clock import START

if TYPE_CHECKING:
    from kiosk.core.ports import Database

HOUR = timedelta(hours=1)


def key(key_id: str = "a", hours: int = 0) -> ApiKey:
    return ApiKey(
        key_id.rjust(12, "0"),
        f"key {key_id}",
        frozenset({Right.VERIFY, Right.ENROLL}),
        key_id * 64,
        START + hours * HOUR,
    )


def stored(database: Database, *keys: ApiKey) -> None:
    with database() as unit:
        for each in keys:
            unit.api_keys.add(each)
        unit.commit()


def test_a_key_comes_back_as_it_was(database: Database) -> None:
    made = replace(key(), last_used_at=START + HOUR, revoked_at=START + 2 * HOUR)
    stored(database, made)
    with database() as unit:
        assert unit.api_keys.get(made.key_id) == made
        assert unit.api_keys.get("nobody") is None


def test_every_right_can_be_stored(database: Database) -> None:
    stored(database, replace(key(), rights=frozenset(Right)))
    with database() as unit:
        (found,) = unit.api_keys.all()
    assert found.rights == frozenset(Right)


def test_keys_come_oldest_first(database: Database) -> None:
    stored(database, key("c", 1), key("b", 0), key("a", 1))
    with database() as unit:
        assert [each.name for each in unit.api_keys.all()] == ["key b", "key a", "key c"]


def test_an_id_is_given_once(database: Database) -> None:
    stored(database, key())
    with database() as unit, pytest.raises(StorageError):
        unit.api_keys.add(replace(key(), name="another"))
    with database() as unit:
        assert [each.name for each in unit.api_keys.all()] == ["key a"]


def test_a_key_is_revoked_once(database: Database) -> None:
    stored(database, key("a"), key("b"))
    with database() as unit:
        assert unit.api_keys.revoke(key("a").key_id, START + HOUR)
        assert not unit.api_keys.revoke(key("a").key_id, START + 2 * HOUR)
        assert not unit.api_keys.revoke("nobody", START)
        unit.commit()
    with database() as unit:
        first, second = unit.api_keys.all()
    assert (first.revoked_at, second.revoked_at) == (START + HOUR, None)


def test_the_last_use_replaces_the_one_before(database: Database) -> None:
    stored(database, key("a"), key("b"))
    with database() as unit:
        unit.api_keys.used(key("a").key_id, START)
        unit.api_keys.used(key("a").key_id, START + HOUR)
        unit.api_keys.used("nobody", START)
        unit.commit()
    with database() as unit:
        first, second = unit.api_keys.all()
    assert (first.last_used_at, second.last_used_at) == (START + HOUR, None)


def test_without_a_commit_nothing_is_kept(database: Database) -> None:
    stored(database, key("a"))
    with database() as unit:
        unit.api_keys.add(key("b"))
        unit.api_keys.revoke(key("a").key_id, START)
    with database() as unit:
        assert unit.api_keys.all() == [key("a")]


def test_removing_everybody_leaves_the_keys(database: Database) -> None:
    stored(database, key())
    with database() as unit:
        unit.people.remove_all()
        unit.commit()
    with database() as unit:
        assert unit.api_keys.all() == [key()]


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = START.replace(tzinfo=None)
    with database() as unit:
        with pytest.raises(ValueError):
            unit.api_keys.add(replace(key(), created_at=naive))
        with pytest.raises(ValueError):
            unit.api_keys.revoke("a", naive)
        with pytest.raises(ValueError):
            unit.api_keys.used("a", naive)
