"""Room on the disk: whether there is enough to work, and a reserve for when there is none.

On a full disk people must still be found, shown and erased, and SQLite needs space even to read:
so a file beside the database holds some, which is given up piece by piece.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

from kiosk.storage.database import files

if TYPE_CHECKING:
    from pathlib import Path

NEEDED = 256 << 10
"""More than the largest verification, enrollment or erasure of one person stores."""
READING = 64 << 10
"""What SQLite needs besides the database to read it."""
_RESERVE = 8 * NEEDED
_PLENTY = 4 * _RESERVE
"""The reserve is made, or made whole again, where so much is free."""
_NAME = ".reserve"


def require_room(folder: Path, size: int = NEEDED) -> None:
    """Try to take so many bytes, as many as a verification may need, and give them back.

    Raises:
        OSError: it is not there, or the folder cannot be written.
    """
    with tempfile.TemporaryFile(dir=folder) as probe:
        _allocate(probe.fileno(), size)


def make_room(database: Path, size: int = NEEDED) -> None:
    """Give up so much of the reserve when the disk is full."""
    try:
        require_room(database.parent, size)
    except OSError:
        reserve = files.companion(database, _NAME)
        with suppress(OSError):
            os.truncate(reserve, max(0, reserve.stat().st_size - size))


def keep_reserve(database: Path) -> None:
    """Make the reserve whole where there is plenty of room."""
    reserve = files.companion(database, _NAME)
    with suppress(OSError):
        if reserve.exists() and reserve.stat().st_size >= _RESERVE:
            return
        if shutil.disk_usage(database.parent).free < _PLENTY:
            return
        files.make_private_file(reserve)
        with reserve.open("r+b") as opened:
            _allocate(opened.fileno(), _RESERVE)


def _allocate(descriptor: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
    else:
        os.write(descriptor, bytes(size))
