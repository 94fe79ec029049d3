"""Lists take one query, however many people there are."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import event

from tests.fakes.clock import START
from tests.fakes.samples import MODEL, attempt, voiceprint
from tests.integration.storage.helpers import enroll, sql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kiosk.storage.sqlite import SqlDatabase


@contextmanager
def statements(database: SqlDatabase) -> Iterator[list[str]]:
    """Record what is sent to the database."""
    sent: list[str] = []

    def record(*arguments: object) -> None:
        sent.append(str(arguments[2]))

    event.listen(database._opened(), "before_cursor_execute", record)
    try:
        yield sent
    finally:
        event.remove(database._opened(), "before_cursor_execute", record)


def test_lists_take_one_query(database: SqlDatabase) -> None:
    for number in range(5):
        enroll(database, f"test{number}", number)
    with database() as unit, statements(database) as sent:
        assert len(unit.people.summaries()) == 5
        assert len([each for each in sent if each.startswith("SELECT")]) == 1
        sent.clear()
        assert len(unit.people.voiceprints(MODEL)) == 5
        assert len(sent) == 1


def test_deciding_queries_use_an_index(database: SqlDatabase, file: Path) -> None:
    with database() as unit, statements(database) as sent:
        unit.people.get("test1")
        unit.people.voiceprint("test1", MODEL)
        unit.people.attempts("test1", limit=5)
    for statement in sent[1:]:  # after BEGIN
        count = statement.count("?")
        plan = sql(file, f"EXPLAIN QUERY PLAN {statement}", *["1"] * count)
        assert plan
        assert all(not str(step[3]).startswith("SCAN") for step in plan), plan


def test_an_attempt_of_nobody_has_no_person(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    with database() as unit:
        unit.people.add_attempt(attempt(1, "test1"))
        unit.people.add_attempt(attempt(2, "ghost"))
        unit.commit()
    rows = sql(file, "SELECT user_id, person_id IS NULL FROM attempt ORDER BY id")
    assert rows == [("test1", 0), ("ghost", 1)]


def test_replacing_and_removing_leave_no_orphans(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    with database() as unit:
        unit.people.save_voiceprint("test1", voiceprint(2, takes=1), [{}], START)
        unit.commit()
    assert sql(file, "SELECT count(*) FROM take") == [(1,)]
    with database() as unit:
        unit.people.add_attempt(attempt(1, "test1"))
        unit.people.remove("test1")
        unit.commit()
    for table in ("person", "voiceprint", "take", "attempt"):
        assert sql(file, f"SELECT count(*) FROM {table}") == [(0,)]
