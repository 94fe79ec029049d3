"""The takes of a voiceprint are those of one state of it: all of them, and no other ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kiosk.core.errors import DatabaseCorrupt, TemplateUnreadable
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, embedding, quality, voiceprint
from tests.integration.storage.helpers import enroll, sql

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.storage.sqlite import SqlDatabase

Rows = dict[str, list[tuple[Any, ...]]]


def copied(file: Path) -> Rows:
    """Return all rows of voiceprints, as somebody who copies the file has them."""
    return {
        table: sql(file, f"SELECT * FROM {table}")
        for table in ("voiceprint", "take", "adapted_take")
    }


def put_back(file: Path, rows: Rows, *tables: str) -> None:
    for table in tables:
        sql(file, f"DELETE FROM {table}")
        for row in rows[table]:
            sql(file, f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", *row)


def require_refused(database: SqlDatabase) -> None:
    with database() as unit:
        with pytest.raises(TemplateUnreadable, match="test1"):
            unit.people.voiceprint("test1", MODEL)
        with pytest.raises(TemplateUnreadable, match="test1"):
            unit.people.voiceprints(MODEL)


@pytest.mark.parametrize("gone", [[0], [2], [0, 1], [1, 2]])
def test_no_take_can_be_left_out(database: SqlDatabase, file: Path, gone: list[int]) -> None:
    enroll(database, "test1")
    for position in gone:
        sql(file, "DELETE FROM take WHERE position = ?", position)
    require_refused(database)


def test_no_take_can_be_added(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    sql(
        file,
        "INSERT INTO take (voiceprint_id, position, embedding, key_id, dim, quality, created_at) "
        "SELECT voiceprint_id, 3, embedding, key_id, dim, quality, created_at FROM take "
        "WHERE position = 0",
    )
    require_refused(database)


def replace_voiceprint(database: SqlDatabase) -> None:
    with database() as unit:
        unit.people.save_voiceprint("test1", voiceprint(2), quality(), START)
        unit.commit()


def test_takes_of_two_enrollments_do_not_mix(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    former = copied(file)
    replace_voiceprint(database)
    for row in former["take"]:
        columns = [name for _, name, *_ in sql(file, "PRAGMA table_info(take)")]
        take = dict(zip(columns, row, strict=True))
        sql(
            file,
            "UPDATE take SET embedding = ?, key_id = ? WHERE position = ?",
            *(take["embedding"], take["key_id"], take["position"]),
        )
        require_refused(database)


def test_former_takes_do_not_open_under_the_present_enrollment(
    database: SqlDatabase, file: Path
) -> None:
    enroll(database, "test1")
    former = copied(file)
    replace_voiceprint(database)
    ((present,),) = sql(file, "SELECT id FROM voiceprint")
    put_back(file, former, "take")
    sql(file, "UPDATE take SET voiceprint_id = ?", present)
    require_refused(database)


def test_a_whole_former_state_is_told_by_its_id(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    former = copied(file)
    replace_voiceprint(database)
    with database() as unit:
        recorded = unit.people.enrollment_ids("test1")
    put_back(file, former, "voiceprint", "take")
    with database() as unit:
        # Nothing in the rows is wrong; what the audit records say is what tells it.
        assert unit.people.voiceprint("test1", MODEL) is not None
        assert unit.people.enrollment_ids("test1") != recorded


def learn(database: SqlDatabase, *seeds: int) -> None:
    for seed in seeds:
        with database() as unit:
            unit.adapted.add("test1", embedding(seed), START, 3)
            unit.commit()


def test_adapted_takes_of_two_states_do_not_mix(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    learn(database, 1, 2)
    former = copied(file)
    learn(database, 3)
    put_back(file, former, "adapted_take")
    with database() as unit:
        with pytest.raises(TemplateUnreadable, match="test1"):
            unit.adapted.of("test1", MODEL)
        assert unit.people.voiceprint("test1", MODEL) is not None


def test_what_was_rolled_back_does_not_come_again(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    learn(database, 1, 2)
    former = copied(file)
    with database() as unit:
        assert unit.adapted.clear("test1") == 2
        unit.commit()
    put_back(file, former, "adapted_take")
    with database() as unit, pytest.raises(TemplateUnreadable, match="test1"):
        unit.adapted.of("test1", MODEL)


@pytest.mark.parametrize("position", [0, 1])
def test_no_adapted_take_can_be_left_out(database: SqlDatabase, file: Path, position: int) -> None:
    enroll(database, "test1")
    learn(database, 1, 2)
    sql(file, "DELETE FROM adapted_take WHERE position = ?", position)
    with database() as unit, pytest.raises(TemplateUnreadable, match="test1"):
        unit.adapted.of("test1", MODEL)


def test_nothing_is_learned_by_a_voiceprint_that_was_altered(
    database: SqlDatabase, file: Path
) -> None:
    enroll(database, "test1")
    sql(file, "DELETE FROM take WHERE position = 2")
    with database() as unit, pytest.raises(TemplateUnreadable):
        unit.adapted.add("test1", embedding(1), START, 3)
    assert sql(file, "SELECT count(*) FROM adapted_take") == [(0,)]
    sql(file, "UPDATE take SET key_id = NULL")
    with database() as unit, pytest.raises(TemplateUnreadable, match="not encrypted"):
        unit.adapted.add("test1", embedding(1), START, 3)


def test_an_enrollment_without_its_id_opens_nothing(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    sql(file, "UPDATE voiceprint SET enrollment_id = ''")
    require_refused(database)
    sql(file, "DELETE FROM take")
    with database() as unit, pytest.raises(DatabaseCorrupt, match="test1"):
        unit.people.voiceprint("test1", MODEL)
