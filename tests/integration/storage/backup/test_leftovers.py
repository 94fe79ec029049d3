"""Copies of the database that are not encrypted: private, named where they matter, overwritten."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from kiosk.core.records.audit import AuditAction
from kiosk.storage.backup import leftovers, working_copy
from kiosk.storage.database import files
from tests.integration.storage.helpers import enroll
from tests.integration.storage.vaulted import Vaulted, actions

if TYPE_CHECKING:
    from pathlib import Path

STAMP = "20260102T030405_000006Z"
NEARLY = (
    "kiosk.db.part2",
    "kiosk.db.damaged-yesterday",
    f"my-kiosk.db.damaged-{STAMP}",
    "kiosk.db.partial",
)
NEARLY_IN_FOLDER = (
    ".working.db-mine",
    ".working.db.old",
    f"kiosk-{STAMP}-0002.db.part.txt",
    f"kiosk-{STAMP}-0002.db.parts",
    "kiosk-holidays-Z-2026.db.part",
    f"kiosk-{STAMP}-0002.db2",
)


def back_up(here: Vaulted) -> Path:
    """Copy the database as an earlier version did."""
    return files.back_up(here.file, here.database.backups_folder, "0002", 1.0)


def damaged(here: Vaulted) -> Path:
    """Keep a damaged database as a restore does."""
    kept = here.file.with_name(f"kiosk.db.damaged-{STAMP}")
    kept.write_bytes(b"names and times" * 100)
    return kept


def linked(file: Path) -> Path:
    """Return another name of a file, under which its bytes can be seen when it is removed."""
    link = file.parent.parent / f"seen-{file.name}"
    link.hardlink_to(file)
    return link


def test_copies_of_earlier_versions_are_overwritten_when_they_are_sealed(here: Vaulted) -> None:
    enroll(here.database, "test1")
    plain = back_up(here)
    link = linked(plain)
    size = plain.stat().st_size
    assert here.store.seal_plain_copies() == 1
    assert link.read_bytes() == bytes(size)


def test_what_was_not_finished_is_overwritten_at_the_next_start(here: Vaulted) -> None:
    folder = here.database.backups_folder
    folder.mkdir(exist_ok=True)
    parts = [
        folder / f"kiosk-{STAMP}-0002.db.part",
        folder / f"kiosk-{STAMP}-0002.db.part-journal",
        here.file.with_name("kiosk.db.part"),
    ]
    links = []
    for part in parts:
        part.write_bytes(b"names and times")
        links.append(linked(part))
    here.database.prepare()
    assert not any(part.exists() for part in parts)
    assert [link.read_bytes() for link in links] == [bytes(15)] * 3


def test_files_that_are_only_called_alike_are_left_alone(here: Vaulted) -> None:
    folder = here.database.backups_folder
    folder.mkdir(exist_ok=True)
    others = [here.file.with_name(name) for name in NEARLY]
    others += [folder / name for name in NEARLY_IN_FOLDER]
    for other in others:
        other.write_bytes(b"precious")
        other.chmod(0o644)
    here.database.prepare()
    with working_copy.workshop(folder, 1.0) as copy:
        copy.write_bytes(b"names")
    assert here.store.seal_plain_copies() == 0
    for other in others:
        assert other.read_bytes() == b"precious"
        assert stat.S_IMODE(other.stat().st_mode) == 0o644
    assert here.backups.unencrypted() == []


@pytest.mark.parametrize("stem", ["kiosk[1]", "k*", "kiösk.2026"])
def test_the_name_of_the_database_is_no_pattern(tmp_path: Path, stem: str) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    mine, other = (folder / f"{each}-{STAMP}-manual.kbk" for each in (stem, "kiosk1"))
    for file in (mine, other):
        file.touch()
    assert files.sealed_backups(tmp_path / f"{stem}.db", folder) == [mine]


def test_a_link_is_no_copy(here: Vaulted, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    precious.chmod(0o644)
    folder = here.database.backups_folder
    folder.mkdir(exist_ok=True)
    for link in (
        folder / f"kiosk-{STAMP}-0002.db",
        folder / f"kiosk-{STAMP}-0002.db.part",
        here.file.with_name(f"kiosk.db.damaged-{STAMP}"),
    ):
        link.symlink_to(precious)
    here.database.prepare()
    assert here.store.seal_plain_copies() == 0
    assert precious.read_bytes() == b"precious"
    assert stat.S_IMODE(precious.stat().st_mode) == 0o644


def test_copies_are_for_their_owner_only(here: Vaulted) -> None:
    copies = [back_up(here), damaged(here)]
    for copy in copies:
        copy.chmod(0o644)
    here.database.prepare()
    assert [stat.S_IMODE(copy.stat().st_mode) for copy in copies] == [0o600, 0o600]


def test_copies_are_named_with_the_backups_that_hold_a_person(here: Vaulted) -> None:
    empty = back_up(here)
    enroll(here.database, "test1")
    full, kept = back_up(here), damaged(here)
    sealed = here.backups.create().file
    assert here.backups.unencrypted() == [empty, full, kept]
    # Nobody can say who is in a file that cannot be read.
    assert here.backups.holding("test1") == [sealed, full, kept]
    assert here.backups.holding("test2") == [kept]
    assert here.backups.forget("test1") == [full, kept]
    empty.write_bytes(b"holiday pictures")
    assert empty in here.backups.holding("test2")


def test_looking_for_a_person_changes_no_damaged_file(here: Vaulted) -> None:
    kept = damaged(here)
    log = kept.with_name(f"{kept.name}-wal")
    log.write_bytes(b"log")
    here.backups.holding("test1")
    assert kept.read_bytes() == b"names and times" * 100
    assert log.read_bytes() == b"log"


def test_a_copy_is_overwritten_when_it_is_removed(here: Vaulted) -> None:
    kept = damaged(here)
    log = kept.with_name(f"{kept.name}-wal")
    log.write_bytes(b"log")
    links = [linked(kept), linked(log)]
    here.backups.remove(kept)
    assert leftovers.plain(here.file, here.database.backups_folder) == []
    assert not log.exists()
    assert [set(link.read_bytes()) for link in links] == [{0}, {0}]
    assert actions(here)[-1] == AuditAction.BACKUP_DELETED
