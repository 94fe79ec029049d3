"""Translates what databases, SQLAlchemy and the file system raise into this program's errors."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kiosk.core.errors import (
    AlreadyEnrolled,
    DatabaseCorrupt,
    DatabaseLocked,
    DiskFull,
    KioskError,
    StorageError,
    StorageReadOnly,
)
from kiosk.storage.database import postgresql_faults

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
# Without the right to write, SQLite opens the file for reading but not its WAL: CANTOPEN.
_READ_ONLY = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}
_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# The shared-memory file is the first to be extended, so a full disk often shows there.
_FULL_EXTENDED = {sqlite3.SQLITE_IOERR_SHMSIZE}
_FULL_ERRNO = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY_ERRNO = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST}


@contextmanager
def translating() -> Iterator[None]:
    """Re-raise every foreign exception of the block as a :class:`StorageError` or its kin."""
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

    try:
        yield
    except StatementError as exc:
        if isinstance(exc, DBAPIError) or exc.orig is None:
            raise translate(exc) from exc
        raise exc.orig from None  # a value that cannot be stored: a defect of the caller
    except (SQLAlchemyError, sqlite3.Error, OSError, UnicodeDecodeError) as exc:
        raise translate(exc) from exc


def translate(exc: Exception) -> KioskError:
    """Return the error of this program that says what an exception means.

    Result codes are compared and not messages: SQLite may reword those. A foreign message is
    never repeated, for SQLAlchemy's hold the parameters, and so embeddings.
    """
    origin = getattr(exc, "orig", None) or exc
    if isinstance(origin, OSError):
        return _of_errno(origin)
    if isinstance(origin, UnicodeDecodeError):
        # SQLite's report of the damage quotes some of it, which the driver then cannot decode.
        return DatabaseCorrupt("The database file is damaged.")
    if postgresql_faults.is_of_postgresql(origin):
        return postgresql_faults.translate(origin)
    extended = getattr(origin, "sqlite_errorcode", None)
    if extended is None:
        return StorageError(f"The database failed ({type(origin).__name__}).")
    primary = extended & 0xFF
    taken = any(column in str(origin) for column in ("person.user_id", "person.folded"))
    if extended == sqlite3.SQLITE_CONSTRAINT_UNIQUE and taken:
        return AlreadyEnrolled("That ID is already enrolled.")
    if primary in _LOCKED:
        return DatabaseLocked("Another program is using the database.")
    if primary == sqlite3.SQLITE_FULL or extended in _FULL_EXTENDED:
        return DiskFull("The disk is full.")
    if primary in _READ_ONLY:
        return StorageReadOnly("The database file cannot be opened for writing.")
    if primary in _CORRUPT:
        return DatabaseCorrupt("The database file is damaged.")
    name = getattr(origin, "sqlite_errorname", type(origin).__name__)
    return StorageError(f"The database failed ({name}).")


def _of_errno(exc: OSError) -> StorageError:
    if exc.errno in _FULL_ERRNO:
        return DiskFull("The disk is full.")
    if exc.errno in _READ_ONLY_ERRNO:
        return StorageReadOnly(f"{exc.filename or 'The data folder'} cannot be written.")
    return StorageError(f"The data folder failed ({exc.strerror or type(exc).__name__}).")
