"""What somebody with the disk can do to the audit records, and how it is found."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.acting import SYSTEM, acting_as
from kiosk.core.errors import KeyUnavailable
from kiosk.core.records.audit import Anchor, AuditAction, AuditEvent
from kiosk.core.records.verdict import Damage, Verdict
from kiosk.services.records.audit import Audit
from kiosk.services.records.whole_chain import verify_chain
from kiosk.storage.records.anchors import FileAnchors
from kiosk.storage.sqlite import SqlDatabase
from tests.fakes.clock import FixedClock
from tests.fakes.records.audit import chain_of_tests
from tests.integration.storage.helpers import at_once, child, sql

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.storage.postgresql import PostgresDatabase

TRIGGERS = ("audit_no_update", "audit_no_delete", "audit_no_replace", "audit_head_no_delete")


def record(database: SqlDatabase | PostgresDatabase, *subjects: str) -> None:
    with database() as unit:
        for subject in subjects:
            unit.audit.append(AuditEvent(AuditAction.VERIFIED, subject, {"score": 0.5}))
        unit.commit()


def verdict(database: SqlDatabase, *anchors: Anchor) -> Verdict:
    return verify_chain(database, chain_of_tests(), anchors)


@pytest.fixture
def kept(database: SqlDatabase, file: Path) -> SqlDatabase:
    """A database with eight records."""
    record(database, *(f"p{number}" for number in range(7)))
    database.close()
    return database


def drop_triggers(file: Path) -> None:
    for name in TRIGGERS:
        sql(file, f"DROP TRIGGER {name}")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET subject = 'x' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "DELETE FROM audit",
        "DELETE FROM audit_head",
        "INSERT OR REPLACE INTO audit SELECT seq, at, action, actor, 'x', record, mac FROM audit",
        "REPLACE INTO audit SELECT 1, at, action, actor, 'x', record, mac FROM audit WHERE seq = 2",
    ],
)
def test_the_database_itself_refuses_to_change_records(
    kept: SqlDatabase, file: Path, statement: str
) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        sql(file, statement)
    assert verdict(kept).intact


@pytest.mark.parametrize(
    ("statement", "damage", "seq"),
    [
        ("UPDATE audit SET record = replace(record, '0.5', '0.9') WHERE seq = 4", "changed", 4),
        ("UPDATE audit SET subject = 'mallory' WHERE seq = 4", "changed", 4),
        ("UPDATE audit SET mac = 'x' WHERE seq = 4", "changed", 4),
        ("UPDATE audit SET record = x'ff00' WHERE seq = 4", "changed", 4),
        ("UPDATE audit SET at = 'yesterday' WHERE seq = 4", "unreadable", 4),
        ("DELETE FROM audit WHERE seq = 4", "removed", 4),
        ("DELETE FROM audit WHERE seq IN (1, 2)", "removed", 1),
        ("DELETE FROM audit WHERE seq > 6", "truncated", 7),
        ("DELETE FROM audit", "truncated", 1),
        ("DELETE FROM audit_head", "truncated", 8),
        ("UPDATE audit_head SET seq = 9", "truncated", 9),
        ("UPDATE audit SET seq = seq + 100 WHERE seq > 5", "removed", 6),
        ("INSERT INTO audit SELECT 9, at, action, actor, 'x', record, mac FROM audit "
         "WHERE seq = 8", "changed", 9),
    ],
)  # fmt: skip
def test_whoever_drops_the_triggers_is_found_out(
    kept: SqlDatabase, file: Path, statement: str, damage: str, seq: int
) -> None:
    drop_triggers(file)
    sql(file, statement)
    found = verdict(kept).broken
    assert found is not None
    assert (found.damage, found.seq) == (Damage(damage), seq)
    assert str(seq) in found.text


def test_swapped_records_are_found_out(kept: SqlDatabase, file: Path) -> None:
    drop_triggers(file)
    for old, new in ((3, 99), (6, 3), (99, 6)):
        sql(file, "UPDATE audit SET seq = ? WHERE seq = ?", new, old)
    found = verdict(kept).broken
    assert found is not None
    assert (found.damage, found.seq) == (Damage.REORDERED, 3)


def test_an_earlier_copy_of_the_file_is_found_out_by_an_anchor(
    kept: SqlDatabase, file: Path, tmp_path: Path
) -> None:
    anchors = FileAnchors(tmp_path / "usb" / "anchors.txt")
    audit = Audit(kept, chain_of_tests(), FixedClock(), anchors)
    kept.close()
    earlier = file.read_bytes()
    record(kept, "later")
    with acting_as(SYSTEM):
        audit.anchor(anchors)
        assert audit.verify().intact
        kept.close()
        assert not file.with_name("kiosk.db-wal").exists()
        file.write_bytes(earlier)
        assert verdict(kept).intact
        found = audit.verify().broken
    assert found is not None
    assert (found.damage, found.seq) == (Damage.ROLLED_BACK, 9)


def test_nothing_is_recorded_without_the_key(file: Path) -> None:
    database = SqlDatabase(file)
    database.prepare()
    with database() as unit, pytest.raises(KeyUnavailable):
        unit.audit.append(AuditEvent(AuditAction.ENABLED, "anna"))
    database.close()


_APPENDING = """
import sys
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.storage.opening import database_at
from tests.fakes.records.audit import chain_of_tests

database = database_at(sys.argv[1], None, chain_of_tests())
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    with database() as unit:
        unit.audit.append(AuditEvent(AuditAction.VERIFIED, f"{sys.argv[2]}{number}"))
        unit.commit()
database.close()
"""


def append_at_once(place: object, count: int) -> None:
    at_once([child(_APPENDING, place, name, count) for name in ("a", "b")])


def test_two_processes_make_one_chain(database: SqlDatabase, file: Path) -> None:
    append_at_once(file, 60)
    found = verdict(database)
    assert found.intact
    assert found.records == 121
    with database() as unit:
        subjects = [each.subject for each in unit.audit.page(1, 200)]
    for name in ("a", "b"):
        mine = [each for each in subjects if each and each.startswith(name)]
        assert mine == [f"{name}{number}" for number in range(60)]


def test_two_processes_make_one_chain_on_a_server(
    postgresql_url: str,
) -> None:
    from kiosk.storage.postgresql import PostgresDatabase

    database = PostgresDatabase(postgresql_url, chain=chain_of_tests())
    database.prepare()
    append_at_once(postgresql_url, 30)
    found = verify_chain(database, chain_of_tests())
    assert found.intact
    assert found.records == 61
    database.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET subject = 'x'",
        "DELETE FROM audit WHERE seq = 1",
        "TRUNCATE audit",
        "DELETE FROM audit_head",
        "TRUNCATE audit_head",
    ],
)
def test_a_server_refuses_to_change_records_too(postgresql_url: str, statement: str) -> None:
    import psycopg

    from kiosk.storage.postgresql import PostgresDatabase

    database = PostgresDatabase(postgresql_url, chain=chain_of_tests())
    database.prepare()
    record(database, "anna")
    address = postgresql_url.replace("postgresql+psycopg", "postgresql")
    with (
        closing(psycopg.connect(address)) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="never changed"),
    ):
        connection.execute(statement)
    assert verify_chain(database, chain_of_tests()).intact
    database.close()
