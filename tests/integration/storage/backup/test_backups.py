"""Backups: made while the database is in use, sealed, checked, and without the erased."""

from __future__ import annotations

import sqlite3
import stat
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.acting import VISITOR, acting_as
from kiosk.core.backup.backups import BackupReason
from kiosk.core.errors import (
    BackupUnusable,
    InvalidInput,
    KioskError,
    NotPermitted,
)
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.storage.backup import packing, working_copy
from kiosk.storage.database import files
from tests.fakes.samples import MODEL, attempt, embedding
from tests.integration.storage.helpers import enroll, sql
from tests.integration.storage.vaulted import PASSPHRASE, Vaulted, digest
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path


# --- making ----------------------------------------------------------------------------------


def test_a_backup_holds_what_there_is_and_nothing_readable(here: Vaulted) -> None:
    enroll(here.database, "test1")
    made = here.backups.create()
    assert made == here.store.info(made.file)
    assert (made.reason, made.schema, made.passphrase) == (BackupReason.MANUAL, "0004", False)
    assert made.kiosk_id == here.vault.secret.kiosk_id
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert here.backups.all() == [made]
    checked = here.backups.check(made.file)
    assert (checked.contents.people, checked.contents.voiceprints) == (1, 1)
    assert not checked.foreign
    content = made.file.read_bytes()
    for readable in (b"test1", b"Ada", b"SQLite format", embedding(1000).vector[:8].tobytes()):
        assert readable not in content
    # Nothing of the copy in the clear is left, and the folder holds no key.
    assert {path.name for path in made.file.parent.iterdir()} == {".lock", made.file.name}


def test_a_migration_of_a_database_with_records_deletes_no_backup(here: Vaulted) -> None:
    folder = here.database.backups_folder
    made = [
        packing.back_up_before_migration(here.file, folder, here.archives, 5.0).file
        for _ in range(files.BACKUPS_KEPT + 1)
    ]
    # Nobody has checked the records then, and a backup of damaged ones cannot be restored.
    assert [each.file for each in here.backups.all()] == made


def test_a_backup_is_made_while_somebody_writes(here: Vaulted) -> None:
    enroll(here.database, "test1")
    with closing(sqlite3.connect(here.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE person SET name = 'Eve'")
        made = here.store.create(BackupReason.MANUAL)
        other.execute("ROLLBACK")
    with here.store.opened(made.file) as backup, backup.database() as unit:
        assert [each.person.name for each in unit.people.summaries()] == ["Ada"]


def test_the_newest_five_of_each_reason_are_kept(here: Vaulted) -> None:
    manual = [here.store.create(BackupReason.MANUAL) for _ in range(7)]
    other = here.store.create(BackupReason.RESTORE)
    assert here.store.all() == sorted([*manual[-5:], other], key=lambda info: info.made_at)


def test_a_file_is_not_overwritten_unless_that_is_wanted(here: Vaulted, tmp_path: Path) -> None:
    file = tmp_path / "usb.kbk"
    here.backups.create(file)
    before = file.read_bytes()
    with pytest.raises(InvalidInput, match="exists already"):
        here.backups.create(file)
    assert file.read_bytes() == before
    here.backups.create(file, overwrite=True)
    assert file.read_bytes() != before
    with pytest.raises(InvalidInput, match="cannot be written"):
        here.backups.create(tmp_path / "none" / "usb.kbk")
    assert here.backups.all() == []


def test_a_damaged_database_is_not_backed_up(here: Vaulted) -> None:
    for number in range(8):
        enroll(here.database, f"test{number}", number)
    here.database.close()
    content = bytearray(here.file.read_bytes())
    content[4096 * 8 : 4096 * 12] = bytes(4096 * 4)
    here.file.write_bytes(content)
    with pytest.raises(KioskError) as caught:
        here.store.create(BackupReason.MANUAL)
    assert caught.value.code == "DB-002"
    assert list(here.store.all()) == []


def test_only_administrators_make_check_and_restore(here: Vaulted) -> None:
    made = here.backups.create()
    with acting_as(VISITOR):
        for forbidden in (
            here.backups.create,
            here.backups.all,
            lambda: here.backups.check(made.file),
            lambda: here.backups.restore(made.file),
            lambda: here.backups.remove(made.file),
            lambda: here.backups.forget("test1"),
        ):
            with pytest.raises(NotPermitted):
                forbidden()
    assert here.store.all() == [made]


# --- checking --------------------------------------------------------------------------------


def test_any_changed_byte_is_found(here: Vaulted) -> None:
    enroll(here.database, "test1")
    file = here.backups.create().file
    sound = file.read_bytes()
    places = [*range(0, 64, 7), *range(64, len(sound), len(sound) // 40), len(sound) - 1]
    for place in places:
        altered = bytearray(sound)
        altered[place] ^= 0x20
        file.write_bytes(altered)
        with pytest.raises(BackupUnusable):
            here.backups.check(file)
    file.write_bytes(sound)
    here.backups.check(file)


@pytest.mark.parametrize("length", [0, 5, 14, 200, -1, -17, -5000])
def test_a_missing_end_is_found(here: Vaulted, length: int) -> None:
    file = here.backups.create().file
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(BackupUnusable):
        here.backups.check(file)


def test_something_behind_the_end_is_found(here: Vaulted) -> None:
    file = here.backups.create().file
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(BackupUnusable, match="behind its end"):
        here.backups.check(file)


def test_pieces_of_two_backups_cannot_be_put_together(here: Vaulted) -> None:
    enroll(here.database, "test1")
    one, other = here.backups.create().file, here.backups.create().file
    first, second = one.read_bytes(), other.read_bytes()
    assert len(first) == len(second)
    one.write_bytes(first[: len(first) // 2] + second[len(second) // 2 :])
    with pytest.raises(BackupUnusable):
        here.backups.check(one)


def test_what_is_no_backup_is_refused(here: Vaulted, tmp_path: Path) -> None:
    file = tmp_path / "pictures.kbk"
    with pytest.raises(BackupUnusable, match="cannot be read"):
        here.backups.check(file)
    file.write_bytes(b"These are the holiday pictures. " * 200)
    with pytest.raises(BackupUnusable, match="not a backup"):
        here.backups.check(file)


def test_newer_backups_are_refused(here: Vaulted) -> None:
    file = here.backups.create().file
    content = bytearray(file.read_bytes())
    content[9] = 2  # the format
    file.write_bytes(content)
    with pytest.raises(BackupUnusable, match="newer version"):
        here.backups.check(file)
    sql(here.file, "UPDATE alembic_version SET version_num = '9999'")
    newer = here.store.create(BackupReason.MANUAL)
    sql(here.file, "UPDATE alembic_version SET version_num = '0004'")
    before = digest(here.file.parent)
    with pytest.raises(BackupUnusable, match="newer version"):
        here.backups.restore(newer.file)
    assert digest(here.file.parent) == before


def test_a_broken_chain_is_found(here: Vaulted) -> None:
    enroll(here.database, "test1")
    for number in range(3):
        with here.database() as unit:
            unit.audit.append(AuditEvent(AuditAction.RENAMED, f"test{number}"))
            unit.commit()
    with closing(sqlite3.connect(here.file)) as connection, connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM audit WHERE seq = 2")
    file = here.store.create(BackupReason.MANUAL).file
    with pytest.raises(BackupUnusable, match="2"):
        here.backups.check(file)
    with pytest.raises(BackupUnusable):
        here.backups.restore(file)


# --- erasure ---------------------------------------------------------------------------------


def test_backups_forget_who_was_erased(here: Vaulted) -> None:
    enroll(here.database, "test1", 1)
    enroll(here.database, "test2", 2)
    both = here.backups.create(passphrase=PASSPHRASE)
    with here.database() as unit:
        unit.people.remove("test1")
        unit.commit()
    later = here.backups.create()
    assert here.backups.holding("test1") == [both.file]
    assert set(here.backups.holding("test2")) == {both.file, later.file}
    assert here.backups.forget("test1") == []
    assert here.backups.holding("test1") == []
    # It still opens both ways, and nothing but the person is missing.
    for passphrase in (None, PASSPHRASE):
        with here.store.opened(both.file, passphrase) as backup, backup.database() as unit:
            assert unit.people.user_ids() == ["test2"]
            assert unit.people.voiceprint("test2", MODEL) is not None


def test_a_backup_that_is_being_made_is_waited_for(here: Vaulted) -> None:
    enroll(here.database, "test1")
    folder = here.backups.create().file.parent
    found: list[Path] = []
    asked = threading.Thread(target=lambda: found.extend(here.store.holding("test1")))
    with working_copy.workshop(folder, 1.0):
        asked.start()
        late = folder / "kiosk-29991231T000000_000000Z-manual.kbk"
        late.write_bytes(here.store.all()[0].file.read_bytes())
    asked.join(PATIENCE_S)
    assert late in found


def test_an_id_that_only_failed_counts_as_held(here: Vaulted) -> None:
    with here.database() as unit:
        unit.people.add_attempt(attempt(1, "stranger"))
        unit.commit()
    made = here.backups.create()
    assert here.backups.holding("stranger") == [made.file]


def test_a_backup_that_cannot_be_looked_into_may_hold_anybody(here: Vaulted) -> None:
    made = here.backups.create()
    content = bytearray(made.file.read_bytes())
    content[-1] ^= 1
    content[len(content) // 2] ^= 1
    content[600:1400] = bytes(800)
    made.file.write_bytes(content)
    assert here.backups.holding("test1") == [made.file]
    assert here.backups.forget("test1") == [made.file]
    here.backups.remove(made.file)
    assert here.backups.holding("test1") == []


# --- what is left behind ---------------------------------------------------------------------


def test_what_a_killed_program_left_is_overwritten_at_the_next_start(here: Vaulted) -> None:
    enroll(here.database, "test1")
    folder = here.backups.create().file.parent
    for name in (".working.db", ".working.db-wal", ".migrating.db", ".working.db.part"):
        (folder / name).write_bytes(b"names and times")
    here.database.prepare()
    assert not [path.name for path in folder.iterdir() if path.name.startswith((".w", ".m"))]


def test_the_copy_of_somebody_at_work_is_left_alone(here: Vaulted) -> None:
    folder = here.backups.create().file.parent
    with working_copy.workshop(folder, 1.0) as copy:
        copy.write_bytes(b"names and times")
        here.database.prepare()
        assert copy.read_bytes() == b"names and times"


def test_wiping_overwrites_before_it_removes(tmp_path: Path) -> None:
    file, link = tmp_path / "copy.db", tmp_path / "same-file.db"
    file.write_bytes(b"names and times" * 100_000)
    link.hardlink_to(file)
    working_copy.wipe(file)
    assert not file.exists()
    assert set(link.read_bytes()) == {0}


def test_wiping_a_link_leaves_alone_what_it_points_at(tmp_path: Path) -> None:
    file, link = tmp_path / "precious", tmp_path / "copy.db"
    file.write_bytes(b"precious")
    link.symlink_to(file)
    working_copy.wipe(link)
    assert not link.is_symlink()
    assert file.read_bytes() == b"precious"


def test_copies_of_earlier_versions_are_sealed(here: Vaulted) -> None:
    from kiosk.storage.database.files import back_up

    enroll(here.database, "test1")
    plain = back_up(here.file, here.database.backups_folder, "0002", 1.0)
    assert here.store.seal_plain_copies() == 1
    assert not plain.exists()
    (sealed,) = here.store.all()
    assert here.backups.check(sealed.file).contents.people == 1
    assert here.store.seal_plain_copies() == 0
