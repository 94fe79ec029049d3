"""Copies of the database that are not encrypted: of earlier versions, and of damaged files.

Earlier versions copied the database in the clear before each migration; a restore keeps a file that
SQLite cannot read any more. They are found by their exact names: whatever else lies there belongs
to somebody else, and is neither overwritten nor removed.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kiosk.core.errors import StorageError
from kiosk.storage.backup import working_copy as copies
from kiosk.storage.database import files

if TYPE_CHECKING:
    from pathlib import Path

_DAMAGED = rf"\.damaged-{files.STAMP}"


def plain(database: Path, folder: Path) -> list[Path]:
    """Return the copies of a database that are not encrypted, oldest first of each kind.

    Args:
        database: the file in use; what was kept of it after damage lies beside it.
        folder: of the backups, where earlier versions left copies.
    """
    return [*files.backups(database, folder), *damaged(database)]


def damaged(database: Path) -> list[Path]:
    """Return the files that were kept when a database could not be read any more, oldest first."""
    return files.named(database.parent, database.name, _DAMAGED)


def damaged_name(database: Path) -> Path:
    """Return where a database is kept that cannot be read, or not be trusted, any more."""
    return database.with_name(f"{database.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S_%fZ}")


def tidy(database: Path, folder: Path) -> None:
    """Remove what somebody who was killed has left, and take from others the right to read copies.

    Called by whoever holds the lock of the database.

    Raises:
        OSError: the folder cannot be written.
    """
    copies.sweep_abandoned(folder)
    copies.wipe_all(files.companion(database, files.PART))
    for part in files.unfinished(database, folder):
        copies.wipe_all(part)
    for each in plain(database, folder):
        # Of another user's file nobody but them can take it.
        with suppress(PermissionError):
            files.make_private_file(each)


def holding(database: Path, folder: Path, user_id: str) -> list[Path]:
    """Return the copies that hold a person; what cannot be read may hold anybody."""
    found = [each for each in files.backups(database, folder) if _may_hold(each, user_id)]
    # Not looked into: SQLite would change what was kept for somebody to examine.
    return found + damaged(database)


def _may_hold(file: Path, user_id: str) -> bool:
    from kiosk.storage.backup.packing import ids_in

    try:
        return user_id in ids_in(file)
    except (StorageError, OSError, sqlite3.Error):
        return True
