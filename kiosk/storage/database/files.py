"""Files that only their owner may read, and what is done to the database as a file."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kiosk.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700
BACKUPS_KEPT = 5
SEALED = ".kbk"
"""Suffix of backups that are encrypted; see :mod:`kiosk.storage.backup.packing`."""
PART = ".part"
"""Suffix of a file that is not complete yet."""
STAMP = r"[0-9]{8}T[0-9]{6}_[0-9]{6}Z"
"""The moment in the names of copies, as a regular expression."""
BESIDE = ("-journal", "-wal", "-shm")
"""Suffixes of what SQLite keeps beside a database."""


def make_private_folder(folder: Path) -> None:
    """Create a folder and its missing parents, each with mode 0700; an existing one stays as it is.

    Raises:
        OSError: it cannot be created.
    """
    if not folder.is_dir():
        make_private_folder(folder.parent)
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def make_private_file(file: Path) -> None:
    """Create an empty file with mode 0600, or give an existing one that mode.

    The mode is part of the creation, so at no moment may others open it; and SQLite gives the
    ``-wal`` and ``-shm`` files the mode of the database. An existing file is not opened: closing
    it again would drop the POSIX locks that SQLite holds on it in this process.

    Raises:
        OSError: it cannot be created or changed.
    """
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE))
    for each in (file, companion(file, "-wal"), companion(file, "-shm")):
        if each.is_file() and stat.S_IMODE(each.stat().st_mode) != FILE_MODE:
            each.chmod(FILE_MODE)


def companion(file: Path, suffix: str) -> Path:
    """Return the path of a file that SQLite keeps beside the database, such as ``-wal``."""
    return file.with_name(file.name + suffix)


def open_existing(file: Path, timeout: float) -> sqlite3.Connection:
    """Open a database that exists; never create one, for SQLite would let others read it.

    Transactions are begun explicitly (:mod:`kiosk.storage.database.engine`), never by the driver.

    Args:
        file: the database.
        timeout: seconds to wait for another process.

    Raises:
        StorageError: it does not exist.
        sqlite3.Error: it cannot be opened.
    """
    if not file.exists():
        raise StorageError(
            f"The database {file} does not exist.",
            hint="Start the kiosk once, or choose its data folder with --data-dir.",
        )
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=timeout,
        isolation_level=None,
        check_same_thread=False,  # the pool lends a connection to one thread at a time
    )


def use_wal(file: Path, timeout: float) -> None:
    """Put a database into write-ahead mode, which it keeps; does nothing when it is.

    Readers then do not wait for the writer's disk, and a crash loses no committed transaction.

    Raises:
        StorageError: the file system cannot do it, as some network file systems cannot.
        sqlite3.Error: the database cannot be written.
    """
    with closing(open_existing(file, timeout)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
    if mode != "wal":
        raise StorageError(
            "The file system of the data folder cannot hold a database.",
            hint="Choose a data folder on a local disk with --data-dir.",
        )


@contextmanager
def exclusive(file: Path, timeout: float) -> Iterator[None]:
    """Hold a lock that one process at a time can have.

    The lock is SQLite's own, on an empty database: it works on every platform, is waited for with
    a time limit, and the system releases it when the process dies.

    Args:
        file: the lock file; created with mode 0600 and left behind.
        timeout: seconds to wait.

    Raises:
        OSError: the file cannot be created.
        sqlite3.OperationalError: another process has held the lock all the time.
    """
    make_private_file(file)
    with closing(open_existing(file, timeout)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield


def back_up(file: Path, folder: Path, label: str, timeout: float) -> Path:
    """Copy a database, as of one moment, and keep the newest :data:`BACKUPS_KEPT` copies.

    The copy appears under its name only when it is complete.

    Args:
        file: the database.
        folder: where copies are kept; created when missing.
        label: part of the name, such as the revision of the schema.
        timeout: seconds to wait for another process.

    Returns:
        The copy.

    Raises:
        OSError: the folder cannot be written.
        sqlite3.Error: the database cannot be read, or the disk is full.
    """
    make_private_folder(folder)
    name = f"{file.stem}-{datetime.now(UTC):%Y%m%dT%H%M%S_%fZ}-{label}.db"
    partial = folder / f"{name}{PART}"
    make_private_file(partial)
    try:
        with (
            closing(open_existing(file, timeout)) as source,
            closing(open_existing(partial, timeout)) as target,
        ):
            source.backup(target)
            # One file that needs no -wal beside it, so that it can be copied about.
            target.execute("PRAGMA journal_mode=DELETE")
        partial.replace(folder / name)
    finally:
        for suffix in ("", *BESIDE):
            companion(partial, suffix).unlink(missing_ok=True)
    for old in backups(file, folder)[:-BACKUPS_KEPT]:
        old.unlink(missing_ok=True)
    return folder / name


def backups(file: Path, folder: Path) -> list[Path]:
    """Return the copies that :func:`back_up` has made of a database, oldest first."""
    return named(folder, file.stem, rf"-{STAMP}-\w+\.db")


def unfinished(file: Path, folder: Path) -> list[Path]:
    """Return what is left of copies that :func:`back_up` was killed amid, oldest first."""
    return named(folder, file.stem, rf"-{STAMP}-\w+\.db{re.escape(PART)}")


def sealed_backups(file: Path, folder: Path, reason: str = r"\w+") -> list[Path]:
    """Return the encrypted backups of a database in a folder, oldest first.

    Args:
        file: the database.
        folder: of the backups.
        reason: why they were made; any by default.
    """
    return named(folder, file.stem, rf"-{STAMP}-{reason}{re.escape(SEALED)}")


def all_backups(file: Path, folder: Path) -> list[Path]:
    """Return the copies of a database in a folder, encrypted or not, oldest first."""
    return sorted([*backups(file, folder), *sealed_backups(file, folder)])


def named(folder: Path, stem: str, rest: str) -> list[Path]:
    """Return the files of a folder that have exactly such a name, in alphabetical order.

    Links are left out: what they point at belongs to somebody else.

    Args:
        folder: need not exist.
        stem: how the name begins, character by character.
        rest: a regular expression of how it goes on, to its end.
    """
    wanted = re.compile(re.escape(stem) + rest, re.ASCII)
    try:
        found = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [
        each
        for each in found
        if wanted.fullmatch(each.name) and not each.is_symlink() and each.is_file()
    ]
