"""Backups that somebody has made or exchanged."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from kiosk.core.backup.backups import BackupReason
from kiosk.core.errors import BackupUnusable, KeyUnavailable
from kiosk.storage.backup import packing
from tests.fakes.samples import embedding
from tests.integration.storage.helpers import enroll, sql
from tests.integration.storage.vaulted import (
    PASSPHRASE,
    Vaulted,
    digest,
    people,
    started,
    vaulted,
)

if TYPE_CHECKING:
    from pathlib import Path


# --- forged backups --------------------------------------------------------------------------


def put_in(file: Path, vector: bytes | None = None) -> None:
    """Alter a database as its thief can: no records, and a voice of theirs in the clear."""
    with closing(sqlite3.connect(file)) as connection, connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        if vector is None:
            for table in ("audit", "audit_head"):
                connection.execute(f"DELETE FROM {table}")
        else:
            connection.execute("UPDATE take SET embedding = ?, key_id = NULL", (vector,))


VOICE = embedding(7).vector.tobytes()


def test_a_backup_that_another_made_in_the_name_of_this_kiosk_is_refused(
    here: Vaulted, tmp_path: Path
) -> None:
    """The identity of a kiosk is no secret: whoever has seen a backup can make keys under it."""
    enroll(here.database, "test1")
    sql(here.file, "PRAGMA wal_checkpoint(TRUNCATE)")
    stolen = tmp_path / "forger" / "kiosk.db"
    stolen.parent.mkdir()
    stolen.write_bytes(here.file.read_bytes())
    put_in(stolen)
    sql(stolen, "DELETE FROM template_key")
    sql(stolen, "DELETE FROM take")
    with started(stolen.parent, tmp_path / "forger-keys") as forger:
        forged = forger.store.create(BackupReason.MANUAL, passphrase=PASSPHRASE).file
        exported = forger.keys.export(PASSPHRASE)
    before = digest(here.file.parent)
    with pytest.raises(BackupUnusable, match="forged"):
        here.backups.check(forged, PASSPHRASE)
    for keys in (None, exported):
        with pytest.raises(BackupUnusable, match="forged"):
            here.backups.restore(forged, PASSPHRASE, keys, other_kiosk=True)
    with pytest.raises(BackupUnusable):
        here.backups.restore(forged)
    assert digest(here.file.parent) == before
    assert people(here) == ["test1"]


def test_a_voiceprint_in_the_clear_is_damage_and_not_sealed(here: Vaulted) -> None:
    enroll(here.database, "test1")
    put_in(here.file, VOICE)
    made = here.store.create(BackupReason.MANUAL, passphrase=PASSPHRASE)
    for passphrase in (None, PASSPHRASE):
        for attempt in (here.backups.check, here.backups.restore):
            with pytest.raises(BackupUnusable, match="not encrypted"):
                attempt(made.file, passphrase)
    assert here.backups.forget("test1") == [made.file]


def test_missing_audit_records_are_damage(here: Vaulted) -> None:
    enroll(here.database, "test1")
    put_in(here.file)
    made = here.store.create(BackupReason.MANUAL)
    for attempt in (here.backups.check, here.backups.restore):
        with pytest.raises(BackupUnusable, match="no audit records"):
            attempt(made.file)


def test_what_is_replaced_before_anything_was_recorded_can_be_had_back(
    here: Vaulted, tmp_path: Path
) -> None:
    made = here.backups.create(tmp_path / "usb.kbk")
    # As of a program that was killed between the migration and its first record.
    put_in(here.file)
    done = here.backups.restore(made.file)
    assert done.before is not None
    assert here.backups.check(done.before.file).contents.records > 0


def test_the_database_in_a_backup_is_that_of_its_kiosk(here: Vaulted) -> None:
    made = here.store.create(BackupReason.MANUAL)
    with here.store.opened(made.file) as backup, backup.database():
        pass
    copy = here.file.with_name("copy.db")
    sql(here.file, "VACUUM INTO ?", str(copy))
    facts = packing.facts_of(copy, here.archives, BackupReason.MANUAL, made.made_at)
    sql(copy, "UPDATE kiosk_identity SET kiosk_id = ?", "f" * 32)
    packing.pack(copy, made.file, here.archives, facts)
    for attempt in (here.backups.check, here.backups.restore):
        with pytest.raises(BackupUnusable, match="of another kiosk"):
            attempt(made.file)


def test_a_database_that_somebody_has_exchanged_is_kept_aside_and_replaced(
    here: Vaulted, tmp_path: Path
) -> None:
    enroll(here.database, "test1")
    made = here.backups.create()
    here.database.close()
    with started(tmp_path / "forger", tmp_path / "forger-keys") as forger:
        enroll(forger.database, "mallory")
        sql(forger.file, "PRAGMA wal_checkpoint(TRUNCATE)")
        here.file.write_bytes(forger.file.read_bytes())
    again = vaulted(here.file.parent, tmp_path / "keys")
    with pytest.raises(KeyUnavailable, match="exchanged"):
        again.keys.begin()
    # It is not of another kiosk than the one that is known to be here.
    assert not again.backups.check(made.file).foreign
    assert again.backups.restore(made.file).before is None
    again.database.close()
    with started(here.file.parent, tmp_path / "keys") as mended:
        assert people(mended) == ["test1"]
        (kept,) = mended.backups.unencrypted()
    assert sql(kept, "SELECT user_id FROM person") == [("mallory",)]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_nobody_else_moves_in_where_a_database_was_lost(here: Vaulted, tmp_path: Path) -> None:
    here.database.close()
    here.file.unlink()
    with started(tmp_path / "other", tmp_path / "other-keys") as other:
        file = tmp_path / "usb.kbk"
        other.backups.create(file, PASSPHRASE)
    with pytest.raises(BackupUnusable, match="of another kiosk"):
        here.backups.restore(file, PASSPHRASE)
    here.backups.restore(file, PASSPHRASE, other_kiosk=True)
