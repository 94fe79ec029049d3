"""Attempts, summaries, preferences and times, whatever the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import StorageError
from kiosk.core.people.users import PeopleOrder
from tests.contract.enrolled import enroll
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, attempt, person, quality, voiceprint

if TYPE_CHECKING:
    from kiosk.core.ports import Database

HOUR = timedelta(hours=1)


# --- attempts --------------------------------------------------------------------------------


def test_attempts_come_newest_first_and_limited(database: Database) -> None:
    enroll(database)
    stored = [
        attempt(1, at=START),
        attempt(2, at=START + 2 * HOUR, outcome="not_verified", score=-0.25),
        attempt(
            3, at=START + HOUR, outcome="inconclusive", score=None, reasons=("noisy", "too_short")
        ),
        attempt(4, at=START + HOUR),
    ]
    with database() as unit:
        for each in reversed(stored):  # the order in which they were stored is not what counts
            unit.people.add_attempt(each)
        unit.commit()
    with database() as unit:
        newest_first = [stored[1], stored[3], stored[2], stored[0]]
        assert unit.people.attempts("test1") == newest_first
        assert unit.people.attempts("test1", limit=2) == newest_first[:2]


def test_an_attempt_under_an_unknown_id_is_stored(database: Database) -> None:
    with database() as unit:
        unit.people.add_attempt(attempt(1, "ghost", outcome="not_verified", score=None))
        unit.commit()
    with database() as unit:
        assert unit.people.attempts("ghost") == [
            attempt(1, "ghost", outcome="not_verified", score=None)
        ]
        assert unit.people.get("ghost") is None
        assert unit.people.summaries() == []


def test_an_attempt_is_stored_once(database: Database) -> None:
    with database() as unit:
        unit.people.add_attempt(attempt(1))
        with pytest.raises(StorageError):
            unit.people.add_attempt(attempt(1))


# --- summaries -------------------------------------------------------------------------------


def test_the_summary_of_a_person_without_anything(database: Database) -> None:
    with database() as unit:
        unit.people.add(person(consent=False))
        (found,) = unit.people.summaries()
    assert found.person == person(consent=False)
    assert (found.takes, found.model_id, found.enrolled_at) == (0, None, None)
    assert (found.last_attempt_at, found.last_verified_at, found.last_score) == (None, None, None)


def test_summaries_tell_the_newest_of_everything(database: Database) -> None:
    with database() as unit:
        for user_id in ("b", "a"):
            unit.people.add(person(user_id))
        unit.people.save_voiceprint(
            "a", voiceprint(1, takes=4, model_id="new"), quality(4), START + HOUR
        )
        unit.people.save_voiceprint("a", voiceprint(2, takes=2), quality(2), START)
        for each in (
            attempt(1, "a", at=START, score=0.7),
            attempt(2, "a", at=START + HOUR, score=0.8),
            attempt(3, "a", at=START + 2 * HOUR, outcome="not_verified", score=0.1),
            attempt(4, "a", at=START + 3 * HOUR, outcome="inconclusive", score=None),
        ):
            unit.people.add_attempt(each)
        unit.commit()
    with database() as unit:
        first, second = unit.people.summaries()
    assert first.person == person("a")
    assert (first.takes, first.model_id, first.enrolled_at) == (4, "new", START + HOUR)
    assert first.last_attempt_at == START + 3 * HOUR
    assert first.last_verified_at == START + HOUR
    assert first.last_score == 0.1
    assert (second.person, second.takes, second.last_attempt_at) == (person("b"), 0, None)
    with database() as unit:
        assert unit.people.summaries(["a", "gone"]) == [first]
        assert unit.people.summaries([]) == []

        def values(order: PeopleOrder) -> list[object]:
            return [(each.user_id, each.value) for each in unit.people.listed(order)]

        assert values(PeopleOrder.NAME) == [("a", None), ("b", None)]
        assert values(PeopleOrder.TAKES) == [("a", 4), ("b", None)]
        assert values(PeopleOrder.ENROLLED) == [("a", START + HOUR), ("b", None)]
        assert values(PeopleOrder.VERIFIED) == [("a", START + HOUR), ("b", None)]
        assert values(PeopleOrder.SCORE) == [("a", 0.1), ("b", None)]
        for order in (PeopleOrder.MODEL, PeopleOrder.STATE):
            assert values(order) == [("a", tuple(sorted(("new", MODEL)))), ("b", ())]


# --- preferences and time --------------------------------------------------------------------


def test_preferences_are_set_replaced_and_removed(database: Database) -> None:
    with database() as unit:
        unit.preferences.set("threshold", "0.35", START)
        unit.preferences.set("threshold", "0.40", START + HOUR)
        unit.preferences.set("empty", "", START)
        unit.commit()
    with database() as unit:
        assert unit.preferences.get("threshold") == "0.40"
        assert unit.preferences.get("empty") == ""
        unit.preferences.set("threshold", None, START)
        unit.preferences.set("never-set", None, START)
        assert unit.preferences.get("threshold") is None


def test_times_come_back_in_utc(database: Database) -> None:
    local = datetime(2021, 8, 24, 8, 35, 59, 278_123, tzinfo=timezone(2 * HOUR))
    with database() as unit:
        unit.people.add(replace(person(), created_at=local))
        unit.commit()
    with database() as unit:
        found = unit.people.get("test1")
    assert found is not None
    assert found.created_at == datetime(2021, 8, 24, 6, 35, 59, 278_123, tzinfo=UTC)
    assert found.created_at.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = START.replace(tzinfo=None)
    with database() as unit:
        with pytest.raises(ValueError):
            unit.people.add(replace(person(), created_at=naive))
        with pytest.raises(ValueError):
            unit.people.add_attempt(attempt(1, at=naive))
        with pytest.raises(ValueError):
            unit.preferences.set("key", "value", naive)
