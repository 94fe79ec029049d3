"""Restoring backups: here, over damage, and on another machine."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import BackupUnusable, DatabaseLocked, WrongPassphrase
from kiosk.core.records.audit import AuditAction
from tests.fakes.samples import MODEL
from tests.integration.storage.helpers import child, enroll, sql
from tests.integration.storage.vaulted import (
    PASSPHRASE,
    Vaulted,
    actions,
    people,
    started,
)
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path


# --- restoring -------------------------------------------------------------------------------


def test_a_restore_brings_back_what_was_and_keeps_what_is(here: Vaulted) -> None:
    enroll(here.database, "test1", 1)
    made = here.backups.create()
    with here.database() as unit:
        unit.people.remove("test1")
        unit.commit()
    enroll(here.database, "test2", 2)
    done = here.backups.restore(made.file)
    assert people(here) == ["test1"]
    assert done.contents.people == 1
    assert actions(here)[-1] == AuditAction.RESTORED
    assert done.before is not None
    here.backups.restore(done.before.file)
    assert people(here) == ["test2"]


def test_processes_that_have_the_database_open_see_the_restored_one(here: Vaulted) -> None:
    enroll(here.database, "test1")
    made = here.backups.create()
    enroll(here.database, "test2", 2)
    script = """
import sys
from datetime import UTC, datetime
from kiosk.storage.sqlite import SqlDatabase
database = SqlDatabase(sys.argv[1])
def tell():
    with database() as unit:
        print(",".join(unit.people.user_ids()), flush=True)
tell()
sys.stdin.readline()
tell()
with database() as unit:
    unit.preferences.set("theme", "dark", datetime.now(UTC))
    unit.commit()
"""
    with child(script, here.file) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "test1,test2\n"
        here.backups.restore(made.file)
        out, err = other.communicate("go\n", timeout=PATIENCE_S)
    assert (out, err) == ("test1\n", "")
    with here.database() as unit:
        assert unit.preferences.get("theme") == "dark"


def test_a_reader_of_before_goes_on_seeing_one_database(here: Vaulted) -> None:
    enroll(here.database, "test1")
    made = here.backups.create()
    enroll(here.database, "test2", 2)
    with closing(sqlite3.connect(here.file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM person").fetchone() == (2,)
        here.backups.restore(made.file)
        assert reader.execute("SELECT count(*) FROM person").fetchone() == (2,)
        reader.execute("COMMIT")
        assert reader.execute("SELECT count(*) FROM person").fetchone() == (1,)


def test_a_restore_does_not_wait_for_ever_for_whoever_writes(
    here: Vaulted, monkeypatch: pytest.MonkeyPatch
) -> None:
    enroll(here.database, "test1")
    made = here.backups.create()
    enroll(here.database, "test2", 2)
    monkeypatch.setattr(here.database, "_prepare_timeout", 0.05)
    with (
        here.store.opened(made.file) as backup,
        closing(sqlite3.connect(here.file, isolation_level=None)) as writer,
    ):
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked):
            backup.put_in_place()
        writer.execute("ROLLBACK")
    assert people(here) == ["test1", "test2"]


@pytest.mark.parametrize("damage", ["zeros", "truncated", "holiday pictures"])
def test_a_damaged_database_is_replaced_and_kept_beside(here: Vaulted, damage: str) -> None:
    enroll(here.database, "test1")
    made = here.backups.create()
    here.database.close()
    content = here.file.read_bytes()
    broken = {
        "zeros": bytes(4096 * 3) + content[4096 * 3 :],
        "truncated": content[: len(content) // 2],
        "holiday pictures": b"holiday " * 4000,
    }[damage]
    here.file.write_bytes(broken)
    here.file.with_name("kiosk.db-wal").write_bytes(b"not a log" * 1000)
    done = here.backups.restore(made.file)
    assert done.before is None
    assert people(here) == ["test1"]
    (kept,) = here.file.parent.glob("kiosk.db.damaged-*Z")
    assert kept.read_bytes() == broken
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_lost_database_is_restored(here: Vaulted) -> None:
    enroll(here.database, "test1")
    made = here.backups.create()
    here.database.close()
    here.file.unlink()
    assert here.backups.restore(made.file).before is None
    assert people(here) == ["test1"]
    assert stat.S_IMODE(here.file.stat().st_mode) == 0o600


def test_what_was_revoked_does_not_come_back(here: Vaulted) -> None:
    enroll(here.database, "test1")
    made = here.backups.create(passphrase=PASSPHRASE)
    here.keys.revoke()
    checked = here.backups.check(made.file, PASSPHRASE)
    assert checked.contents.unreadable == ("test1",)
    assert here.backups.restore(made.file, PASSPHRASE).contents.unreadable == ("test1",)
    here.keys.begin()
    with here.database() as unit:
        assert unit.people.voiceprint("test1", MODEL) is None
    enroll(here.database, "test2", 2)


def test_a_backup_of_before_a_change_of_the_key_leaves_a_kiosk_that_starts(here: Vaulted) -> None:
    enroll(here.database, "test1")
    made = here.backups.create()
    here.keys.rekey()
    enroll(here.database, "test2", 2)
    assert here.backups.restore(made.file).contents.unreadable == ("test1",)
    here.keys.begin()
    assert len([each for each in here.keys.report().keys if each.present]) == 1


def test_nothing_is_restored_while_the_key_is_changed(here: Vaulted) -> None:
    enroll(here.database, "test1")
    made = here.backups.create()
    sql(
        here.file,
        "INSERT INTO template_key (id, state, created_at) VALUES ('00', 'retiring', '2026-01-01')",
    )
    with pytest.raises(DatabaseLocked, match="being changed"):
        here.backups.restore(made.file)


# --- another machine -------------------------------------------------------------------------


def test_a_passphrase_restores_a_new_machine(here: Vaulted, tmp_path: Path) -> None:
    enroll(here.database, "test1")
    file = tmp_path / "usb.kbk"
    here.backups.create(file, PASSPHRASE)
    with started(tmp_path / "new", tmp_path / "new-keys") as new:
        with pytest.raises(BackupUnusable, match="keys are not on this machine"):
            new.backups.check(file)
        with pytest.raises(WrongPassphrase):
            new.backups.check(file, "correct horse battery stable")
        for refused in (new.backups.check, new.backups.restore):
            with pytest.raises(BackupUnusable, match="of another kiosk") as told:
                refused(file, PASSPHRASE)
            assert "--other-kiosk" in told.value.hint
            assert "accounts" in told.value.hint
        checked = new.backups.check(file, PASSPHRASE, other_kiosk=True)
        assert checked.foreign
        # Looking has kept no key.
        assert not (tmp_path / "new-keys" / f"{here.vault.secret.kiosk_id}.key").exists()
        new.backups.restore(file, PASSPHRASE, other_kiosk=True)
    with started(tmp_path / "new", tmp_path / "new-keys") as new:
        assert people(new) == ["test1"]
        assert new.vault.secret.kiosk_id == here.vault.secret.kiosk_id
        new.backups.check(file)


def test_exported_keys_restore_a_new_machine(here: Vaulted, tmp_path: Path) -> None:
    enroll(here.database, "test1")
    file = tmp_path / "usb.kbk"
    here.backups.create(file)
    exported = here.keys.export(PASSPHRASE)
    with started(tmp_path / "other", tmp_path / "other-keys") as other:
        wrong = other.keys.export(PASSPHRASE)
    with started(tmp_path / "new", tmp_path / "new-keys") as new:
        with pytest.raises(BackupUnusable, match="other keys"):
            new.backups.check(file, PASSPHRASE, wrong)
        new.backups.restore(file, PASSPHRASE, exported, other_kiosk=True)
    with started(tmp_path / "new", tmp_path / "new-keys") as new:
        assert people(new) == ["test1"]


def test_a_kiosk_with_people_is_not_replaced_by_another_one(here: Vaulted, tmp_path: Path) -> None:
    enroll(here.database, "test1")
    file = tmp_path / "usb.kbk"
    here.backups.create(file, PASSPHRASE)
    with started(tmp_path / "other", tmp_path / "other-keys") as other:
        enroll(other.database, "test2", 2)
        with pytest.raises(BackupUnusable, match="people are enrolled"):
            other.backups.restore(file, PASSPHRASE, other_kiosk=True)
        assert people(other) == ["test2"]
