"""Putting a copy in the place of the database, so that nothing can leave half of each."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from kiosk.storage.backup import leftovers
from kiosk.storage.backup.packing import sync_folder
from kiosk.storage.backup.working_copy import impatient, wipe_all
from kiosk.storage.database import files

if TYPE_CHECKING:
    from pathlib import Path

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def put_in_place(copy: Path, database: Path, timeout: float) -> None:
    """Replace a database by a copy; whatever kills this process, one of them is there.

    The copy becomes the content of the present file in one transaction of SQLite: exchanging the
    files would leave whoever has the database open with one that nobody sees any more, and take
    two steps for the file and its log. Only a file that SQLite cannot read any more is exchanged;
    it is kept beside.

    Args:
        copy: one file without a log.
        database: what is replaced; need not exist.
        timeout: seconds to wait for others who write.

    Raises:
        OSError, sqlite3.Error: nothing was changed.
    """
    made = not database.exists() or database.stat().st_size == 0
    try:
        if made:
            files.make_private_file(database)
            files.use_wal(database, timeout)
        _copy_in(copy, database, timeout)
    except BaseException as exc:
        if made:
            wipe_all(database)
            raise
        if (getattr(exc, "sqlite_errorcode", 0) & 0xFF) not in _DAMAGED:
            raise
        _exchange(copy, database)
        files.use_wal(database, timeout)


def _copy_in(copy: Path, database: Path, timeout: float) -> None:
    with (
        closing(files.open_existing(copy, timeout)) as source,
        closing(files.open_existing(database, timeout)) as target,
    ):
        target.execute("PRAGMA synchronous=FULL")
        source.backup(target, progress=impatient(timeout))
        # What was replaced lives on until the log is in the file. Whoever reads at present prevents
        # it, and is not waited for: a later checkpoint does the same.
        target.execute("PRAGMA busy_timeout=0")
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _exchange(copy: Path, database: Path) -> None:
    kept = leftovers.damaged_name(database)
    part = files.companion(database, files.PART)
    part.unlink(missing_ok=True)
    try:
        _duplicate(copy, part)
        for suffix in ("", "-wal"):
            if (file := files.companion(database, suffix)).exists():
                _duplicate(file, files.companion(kept, suffix))
        sync_folder(database.parent)
    except BaseException:
        for left in (part, kept, files.companion(kept, "-wal")):
            left.unlink(missing_ok=True)
        raise
    # SQLite would take the log for one of the copy. Without it the file is as damaged as before.
    for suffix in ("-wal", "-shm"):
        files.companion(database, suffix).unlink(missing_ok=True)
    part.replace(database)
    sync_folder(database.parent)


def _duplicate(file: Path, to: Path) -> None:
    files.make_private_file(to)
    shutil.copyfile(file, to)
    with to.open("r+b") as opened:
        os.fsync(opened.fileno())
