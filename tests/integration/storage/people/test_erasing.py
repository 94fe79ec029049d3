"""Erasure on the real file: no table and no byte of it keeps anything of a person."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import LargeBinary, Table, insert
from sqlalchemy.orm import Session

from kiosk.core.people.consent import ConsentReceipt, ConsentText
from kiosk.core.people.erasure import Reason
from kiosk.services.people.directory import Directory
from kiosk.services.people.erasure import UNFINISHED, Erasure
from kiosk.services.people.person_export import TOLD
from kiosk.storage.database.tables import UtcDateTime
from kiosk.storage.database.trust_tables import Base
from kiosk.storage.people.traces import personal_tables
from kiosk.storage.sqlite import SqlDatabase
from tests.fakes.clock import START, FixedClock
from tests.fakes.records.activity import FakeActivityLog
from tests.fakes.samples import attempt, person, quality, voiceprint

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.core.ports import UnitOfWork

NOT_PERSONAL = {
    "api_key",  # programs
    "audit",  # keeps the fact that somebody was enrolled and erased, and must
    "audit_head",
    "consent_text",  # the text, not who agreed to it
    "kiosk_identity",
    "operator",  # those who work at the kiosk have accounts, and sign in without a voice
    "preference",
    "template_key",
    "throttle",  # keyed hashes, which Erasure asks their owner to forget
}
"""Every other table must refer to a person, or name one in a column ``user_id``."""

NAME = "Wilhelmina Unmistakable"
USER = "unmistakable-4711"


class Nobody:
    """Implements :class:`kiosk.services.people.erasure.Forgetful` for IDs that never failed."""

    def forget(self, work: UnitOfWork, user_id: str) -> None:
        del work, user_id

    def forget_all(self, work: UnitOfWork) -> None:
        del work


@pytest.fixture
def erase(database: SqlDatabase) -> Erasure:
    return Erasure(database, FixedClock(), FakeActivityLog(), Nobody())


def enroll(database: SqlDatabase) -> None:
    text = ConsentText("2", "en", "Yes.\n")
    with database() as unit:
        unit.people.add(person(USER, name=NAME))
        unit.people.save_voiceprint(USER, voiceprint(1), quality(), START)
        unit.people.add_attempt(attempt(1, USER))
        unit.consents.add(
            ConsentReceipt("a" * 32, USER, "2", "en", text.sha256, "operator:anna", START), text
        )
        unit.commit()


def value_for(table: Table, column: Any, number: int) -> Any:
    """Return something that can be stored in a column and told from everything else."""
    if isinstance(column.type, UtcDateTime):
        return START + timedelta(minutes=number)
    kind = column.type.python_type
    if isinstance(column.type, LargeBinary):
        return f"{table.name}.{column.name}".encode() * 4
    if kind is bool:
        return True
    if kind in (int, float):
        return kind(number)
    if kind is str:
        return f"{table.name}.{column.name}"[: column.type.length or 99]
    return {"note": f"{table.name}.{column.name}"}


def fill(database: SqlDatabase) -> None:
    """Put a row of the person into every personal table that has none."""
    with Session(database._opened()) as session:
        for number, table in enumerate(personal_tables()):
            if session.execute(table.select()).first() is not None:
                continue
            values = {}
            for column in table.c:
                if column.foreign_keys:
                    (key,) = column.foreign_keys
                    values[column.name] = session.execute(key.column.table.select()).first()[0]  # type: ignore[index]
                elif not (column.primary_key and column.type.python_type is int):
                    values[column.name] = value_for(table, column, number)
            session.execute(insert(table).values(**values))
        session.commit()


def counts(database: SqlDatabase) -> dict[str, int]:
    with database() as unit:
        return unit.traces.count(USER)


def test_every_table_is_known_to_be_personal_or_not() -> None:
    personal = {table.name for table in personal_tables()}
    assert personal.isdisjoint(NOT_PERSONAL)
    unknown = set(Base.metadata.tables) - personal - NOT_PERSONAL
    assert unknown == set(), "say in NOT_PERSONAL why these hold nothing of a person"


def test_every_personal_table_is_exported_and_emptied(
    database: SqlDatabase, erase: Erasure
) -> None:
    enroll(database)
    fill(database)
    personal = {table.name for table in personal_tables()}
    assert set(counts(database)) == personal
    people = Directory(database, FakeActivityLog(), erase)
    kept = people.kept(USER)
    assert set(kept["also_kept"]) == personal - TOLD
    told = (kept["voiceprints"], kept["attempts"], kept["consent_receipts"])
    assert all(told)
    assert kept["voiceprints"][0]["takes"]
    proof = people.remove(USER, Reason.WITHDRAWN)
    assert set(proof.rows) == personal
    assert counts(database) == {}
    with Session(database._opened()) as session:
        for table in personal_tables():
            assert session.execute(table.select()).first() is None, table.name


def test_secrets_are_neither_exported_nor_guessable(database: SqlDatabase) -> None:
    enroll(database)
    fill(database)
    with database() as unit:
        rows = unit.traces.rows(USER)
    for table in personal_tables():
        for row in rows[table.name]:
            assert "hash" not in row
            for column in table.c:
                if isinstance(column.type, LargeBinary):
                    assert column.name not in row
    assert "kind" in rows["second_factor"][0]


def test_no_byte_is_left_in_the_files(database: SqlDatabase, erase: Erasure, file: Path) -> None:
    enroll(database)
    fill(database)
    with Session(database._opened()) as session:
        sealed = [row.embedding for row in session.execute(Base.metadata.tables["take"].select())]
    wanted = [NAME.encode(), b"recording.sound", b"second_factor.hash", b"operator:anna", *sealed]
    assert all(each in everything(file) for each in wanted)
    proof = erase(USER)
    assert proof is not None
    assert proof.overwritten
    found = everything(file)
    assert not any(each in found for each in wanted)
    # The audit says that somebody of this ID was erased, and preferences that it is finished.
    with database() as unit:
        assert unit.preferences.get(UNFINISHED) is None


def everything(file: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(file.parent.iterdir()) if path.is_file())


def test_a_program_that_reads_keeps_the_log_until_it_ends(
    database: SqlDatabase, erase: Erasure, file: Path
) -> None:
    enroll(database)
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM person").fetchone() == (1,)
        proof = erase(USER)
        assert proof is not None
        assert proof.overwritten is False
        assert NAME.encode() in everything(file)
        assert not erase.finish()
        assert not erase.finish(patience_s=0.05)
        reader.execute("ROLLBACK")
    assert erase.finish()
    assert NAME.encode() not in everything(file)


def test_a_process_that_died_before_overwriting_is_made_up_for(
    database: SqlDatabase, file: Path
) -> None:
    enroll(database)
    with database() as unit:
        unit.people.remove(USER)
        unit.preferences.set(UNFINISHED, START.isoformat(), START)
        unit._people.erased = False  # type: ignore[attr-defined]
        unit.commit()
    assert NAME.encode() in everything(file)
    later = Erasure(SqlDatabase(file), FixedClock(), FakeActivityLog(), Nobody())
    assert later.finish()
    assert NAME.encode() not in everything(file)
