"""Kept enrollment takes and records of keys, whatever the database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from kiosk.core.enroll.kept_takes import KeptPerson, KeptTake
from kiosk.core.errors import UnknownUser
from kiosk.core.keys.ports import TemplateKey
from tests.contract.enrolled import enroll
from tests.fakes.clock import START

if TYPE_CHECKING:
    from kiosk.core.ports import Database

DAY = timedelta(days=1)
SOUNDS = [b"one" * 1000, b"two" * 2000]


def keep(database: Database, user_id: str, days: int = 10, sounds: list[bytes] = SOUNDS) -> None:
    enroll(database, user_id)
    with database() as work:
        work.kept_takes.replace(user_id, sounds, START, START + days * DAY)
        work.commit()


def test_what_is_kept_is_returned(database: Database) -> None:
    keep(database, "test1")
    with database() as work:
        assert work.kept_takes.of("test1") == [
            KeptTake(position, sound, START, START + 10 * DAY)
            for position, sound in enumerate(SOUNDS)
        ]
        assert work.kept_takes.people() == [KeptPerson("test1", 2, START + 10 * DAY)]
        assert work.kept_takes.of("test2") == []


def test_new_takes_take_the_place_of_former_ones(database: Database) -> None:
    keep(database, "test1")
    with database() as work:
        work.kept_takes.replace("test1", [b"three"], START, START + DAY)
        work.commit()
    with database() as work:
        assert [take.sound for take in work.kept_takes.of("test1")] == [b"three"]


def test_nobody_has_takes_without_an_id(database: Database) -> None:
    with database() as work, pytest.raises(UnknownUser):
        work.kept_takes.replace("nobody", SOUNDS, START, START + DAY)


def test_takes_are_erased_by_person_and_by_day(database: Database) -> None:
    for number, days in ((1, 1), (2, 2), (3, 3)):
        keep(database, f"test{number}", days)
    with database() as work:
        assert work.kept_takes.remove_expired(START + 2 * DAY) == ["test1", "test2"]
        assert work.kept_takes.remove_expired(START + 2 * DAY) == []
        assert work.kept_takes.remove("test3") == 2
        assert work.kept_takes.remove("test3") == 0
        assert work.kept_takes.people() == []


def test_takes_go_with_the_person(database: Database) -> None:
    keep(database, "test1")
    with database() as work:
        work.people.remove("test1")
        work.commit()
    with database() as work:
        assert work.kept_takes.people() == []
        assert work.kept_takes.of("test1") == []


def test_no_sound_is_shown() -> None:
    assert "secret" not in repr(KeptTake(0, b"secret", START, START))


def test_records_of_keys(database: Database) -> None:
    first = TemplateKey("b", "active", START)
    second = TemplateKey("a", "active", START + DAY)
    with database() as work:
        for key in (second, first):
            work.template_keys.put(key)
        work.commit()
    gone = TemplateKey("b", "destroyed", START, START + DAY)
    with database() as work:
        assert work.template_keys.all() == [first, second]
        work.template_keys.put(gone)
        work.commit()
    with database() as work:
        assert work.template_keys.all() == [gone, second]


def test_what_the_database_needs_is_known_within_a_unit(database: Database) -> None:
    before = database.keys_needed()
    assert before.kiosk_id
    assert before.fresh
    enroll(database, "test1")
    with database() as work:
        work.people.remove("test1")  # holds the lock, and must not be waited for
        assert database.keys_needed().kiosk_id == before.kiosk_id


def test_a_database_is_rewritten_with_all_that_is_in_it(database: Database) -> None:
    keep(database, "test1")
    database.rewrite()
    with database() as work:
        assert work.people.user_ids() == ["test1"]
        assert len(work.kept_takes.of("test1")) == 2
