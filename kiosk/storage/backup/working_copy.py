"""Copies of the database that exist only while a backup is made or read.

One at a time lies in the folder of backups, under a fixed name and a lock: whoever comes next
overwrites and removes what somebody who was killed has left behind. A copy is no less protected
than the database beside it, whose templates are sealed; names and times in it are not.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

from kiosk.core.errors import BackupUnusable, DatabaseCorrupt
from kiosk.storage.database import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

PIECE = 1 << 20
"""Bytes that are read, sealed and written at a time."""
_NAME = ".working.db"
_NAME_WHILE_MIGRATING = ".migrating.db"
_LOCK = ".lock"
_ZEROS = bytes(PIECE)


@contextmanager
def workshop(folder: Path, timeout: float) -> Iterator[Path]:
    """Lend the path of the working copy, where there is no file yet; nobody else has it meanwhile.

    Args:
        folder: of the backups; created when missing.
        timeout: seconds to wait for whoever has it.

    Raises:
        OSError: the folder cannot be written.
        sqlite3.OperationalError: somebody else has had it all the time.
    """
    files.make_private_folder(folder)
    with files.exclusive(folder / _LOCK, timeout):
        yield from _lent(folder / _NAME)


@contextmanager
def migration_workshop(folder: Path) -> Iterator[Path]:
    """Do the same for whoever holds the lock of the database, which no other may wait for then.

    Raises:
        OSError: the folder cannot be written.
    """
    files.make_private_folder(folder)
    yield from _lent(folder / _NAME_WHILE_MIGRATING)


def sweep_abandoned(folder: Path) -> None:
    """Remove what somebody who was killed has left there, unless somebody is at work.

    Called by whoever holds the lock of the database.

    Raises:
        OSError: the folder cannot be written.
    """
    _sweep(folder / _NAME_WHILE_MIGRATING)
    if not (folder / _LOCK).exists():
        return
    with suppress(sqlite3.OperationalError), files.exclusive(folder / _LOCK, 0.0):
        _sweep(folder / _NAME)


def wait_until_idle(folder: Path, timeout: float) -> None:
    """Wait for whoever is making a backup now, for it is in the folder only afterwards.

    Raises:
        OSError: the folder cannot be written.
    """
    if not (folder / _LOCK).exists():
        return
    with suppress(sqlite3.OperationalError), files.exclusive(folder / _LOCK, timeout):
        pass


def part_of(copy: Path) -> Path:
    """Return where a backup is written before it is complete; removed together with the copy."""
    return files.companion(copy, files.PART)


def _lent(copy: Path) -> Iterator[Path]:
    _sweep(copy)
    try:
        yield copy
    finally:
        _sweep(copy)


def _sweep(copy: Path) -> None:
    part_of(copy).unlink(missing_ok=True)  # encrypted
    wipe_all(copy)


def wipe_all(database: Path) -> None:
    """Overwrite and remove a database, and what SQLite keeps beside it; nothing needs to be there.

    Raises:
        OSError: one of them cannot be written.
    """
    for suffix in (*files.BESIDE, ""):
        with suppress(FileNotFoundError):
            wipe(files.companion(database, suffix))


def wipe(file: Path) -> None:
    """Overwrite a file and remove it.

    File systems that copy on write and the wear leveling of flash disks may keep it all the same.

    Of a link only the link is removed: what it points at belongs to somebody else.

    Raises:
        OSError: it cannot be written.
    """
    if file.is_symlink():
        file.unlink()
        return
    descriptor = os.open(file, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    with os.fdopen(descriptor, "r+b") as opened:
        left = os.fstat(opened.fileno()).st_size
        while left > 0:
            left -= opened.write(_ZEROS[:left])
        opened.flush()
        os.fsync(opened.fileno())
    file.unlink()


def copy_out(database: Path, copy: Path, timeout: float) -> None:
    """Copy a database, as of one moment, while others use it; the copy is one sound file.

    Args:
        database: the source.
        copy: where to; there is no such file yet.
        timeout: seconds to wait for others.

    Raises:
        DatabaseCorrupt: the database is damaged.
        OSError, sqlite3.Error: it cannot be read, or the copy cannot be written.
    """
    files.make_private_file(copy)
    with (
        closing(files.open_existing(database, timeout)) as source,
        closing(files.open_existing(copy, timeout)) as target,
    ):
        source.backup(target, progress=impatient(timeout))
        # One file that needs no -wal beside it.
        target.execute("PRAGMA journal_mode=DELETE")
        if not _sound(target):
            raise DatabaseCorrupt("The database file is damaged.")


def impatient(timeout: float) -> Callable[[int, int, int], None]:
    """Return what ends a copy that waits for others for too long: SQLite would wait for ever."""
    began = time.monotonic()

    def progress(status: int, _left: int, _total: int) -> None:
        nonlocal began
        if status not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            began = time.monotonic()
        elif time.monotonic() - began > timeout:
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            error.sqlite_errorname = "SQLITE_BUSY"
            raise error

    return progress


def require_sound_copy(copy: Path) -> None:
    """Check every page, index and reference of a copy that came out of a backup.

    Raises:
        BackupUnusable: SQLite has found damage.
    """
    damaged = BackupUnusable("The database in the backup is damaged.")
    try:
        with closing(files.open_existing(copy, 1.0)) as connection:
            if not _sound(connection):
                raise damaged
            if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise damaged
    except sqlite3.DatabaseError as exc:
        raise damaged from exc


def pieces_of(file: Path) -> Iterator[bytes]:
    """Yield the content of a file piece by piece."""
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece


def digest_of(pieces: Iterable[bytes]) -> tuple[str, int]:
    """Return the SHA-256 of pieces, hexadecimal, and how many bytes they have."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _sound(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",))
