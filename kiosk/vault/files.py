"""Files that hold keys: private, replaced whole, one writer at a time."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import stat
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

from kiosk.core.errors import DatabaseLocked, KeyUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FILE_MODE = 0o600
_FOLDER_MODE = 0o700
_LOCK_TIMEOUT_S = 30.0
_NO_LINK: int = getattr(os, "O_NOFOLLOW", 0)
_FORMER_PART = re.compile(r"[0-9a-f]{8}", re.ASCII)
"""How the names of parts ended that were made without the lock; they may lie about still."""


def read_private(file: Path) -> bytes | None:
    """Return the content of a key file; None when there is no such file.

    Raises:
        KeyUnavailable: it cannot be read, is a link or somebody else's, or others than its owner
            may read it.
    """
    try:
        with os.fdopen(os.open(file, os.O_RDONLY | _NO_LINK), "rb") as opened:
            _require_own(file, os.fstat(opened.fileno()))
            return opened.read()
    except FileNotFoundError:
        return None
    except OSError as exc:
        if exc.errno == errno.ELOOP:
            raise KeyUnavailable(
                f"The key file {file} is a link.", hint="Name the file that it points at."
            ) from exc
        raise KeyUnavailable(
            f"The key file {file} cannot be read: {exc.strerror}.",
            hint="Give this user, and nobody else, the right to read it.",
        ) from exc


def _require_own(file: Path, found: os.stat_result) -> None:
    if os.name != "posix":  # elsewhere the folder of the user's settings is what protects
        return
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        raise KeyUnavailable(
            f"The key file {file} may be read by others (mode {mode:04o}).",
            hint=f"Find out who has read it, then 'chmod 600 {file}'.",
        )
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        raise KeyUnavailable(
            f"The key file {file} belongs to another user, or is no file.",
            hint="Start the kiosk as the user whose file it is, or give that user the file.",
        )


def write_private(file: Path, data: bytes) -> None:
    """Write a key file, durably: whole or not at all, mode 0600 from its first moment.

    What the file held before is overwritten, for it may be a key that is to be destroyed. File
    systems that copy on write and the wear leveling of flash disks may keep it all the same.

    For whoever has the file alone, see :func:`alone`: what is not complete yet lies under a name
    that is always the same, and whoever comes next overwrites what a killed program left there.

    Raises:
        KeyUnavailable: it cannot be written.
    """
    part = _part_of(file)
    try:
        make_private_folder(file.parent)
        former = _opened(file)
        try:
            _write_new(part, data)
            part.replace(file)
            _sync_folder(file.parent)
            if former is not None:
                _overwrite(former)
        finally:
            if part.exists():
                destroy(part)
            if former is not None:
                os.close(former)
    except OSError as exc:
        raise KeyUnavailable(
            f"The key file {file} cannot be written: {exc.strerror}.",
            hint="Give this user the right to write there, or set keys.file to another place.",
        ) from exc


def make_private_folder(folder: Path) -> None:
    """Create a folder and its missing parents with mode 0700; existing ones stay as they are.

    Raises:
        OSError: it cannot be created.
    """
    if not folder.is_dir():
        make_private_folder(folder.parent)
        folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Hold a key file alone, rid of what somebody who was killed has left beside it.

    Raises:
        DatabaseLocked, KeyUnavailable: see :func:`exclusive`; or a leftover cannot be overwritten.
    """
    with exclusive(file.with_name(f"{file.name}.lock")):
        for leftover in _leftovers(file):
            destroy(leftover)
        yield


def tidy(file: Path) -> None:
    """Overwrite and remove what somebody who was killed while writing has left beside a key file.

    Raises:
        DatabaseLocked, KeyUnavailable: see :func:`alone`.
    """
    if _leftovers(file):
        with alone(file):
            pass


@contextmanager
def exclusive(file: Path) -> Iterator[None]:
    """Hold a lock that one process at a time can have.

    It is SQLite's own, on an empty database: it works on every platform, is waited for with a time
    limit, and the system releases it when the process dies.

    Args:
        file: the lock file; created with mode 0600 and left behind.

    Raises:
        DatabaseLocked: another process has held it for 30 seconds.
        KeyUnavailable: the file cannot be created.
    """
    try:
        make_private_folder(file.parent)
        with suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, _FILE_MODE))
        connection = sqlite3.connect(file, timeout=_LOCK_TIMEOUT_S, isolation_level=None)
    except (OSError, sqlite3.Error) as exc:
        raise KeyUnavailable(
            f"The folder of the keys {file.parent} cannot be written.",
            hint="Give this user the right to write there, or set keys.file to another place.",
        ) from exc
    with closing(connection):
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as exc:
            raise DatabaseLocked("Another program is changing the keys.") from exc
        yield


def _part_of(file: Path) -> Path:
    return file.with_name(f".{file.name}.part")


def _leftovers(file: Path) -> list[Path]:
    """Return parts of a key file; under exactly these names there is nothing else."""
    begin, part = f".{file.name}.", _part_of(file)
    try:
        present = list(file.parent.iterdir())
    except OSError:
        return []  # there is no folder, or whoever reads it finds out
    return [
        each
        for each in present
        if each == part
        or (each.name.startswith(begin) and _FORMER_PART.fullmatch(each.name[len(begin) :]))
    ]


def destroy(leftover: Path) -> None:
    """Overwrite and remove a file; of a link, only the link is removed.

    Raises:
        KeyUnavailable: it cannot be written.
    """
    try:
        if not leftover.is_symlink():  # what a link points at belongs to somebody else
            descriptor = os.open(leftover, os.O_RDWR | _NO_LINK)
            try:
                _overwrite(descriptor)
            finally:
                os.close(descriptor)
        leftover.unlink()
    except OSError as exc:
        raise KeyUnavailable(
            f"{leftover}, which may hold a key, cannot be overwritten: {exc.strerror}.",
            hint="Overwrite and remove it, for example with 'shred -u'.",
        ) from exc


def _opened(file: Path) -> int | None:
    with suppress(FileNotFoundError):
        return os.open(file, os.O_RDWR | _NO_LINK)
    return None


def _write_new(file: Path, data: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())


def _overwrite(descriptor: int) -> None:
    size = os.fstat(descriptor).st_size
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, bytes(size))
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened, and the rename is durable
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
