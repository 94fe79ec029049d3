"""Whether the clock can be right: waits, retention and records go by it."""

from __future__ import annotations

import ctypes
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kiosk.services.health import Finding

if TYPE_CHECKING:
    from pathlib import Path

_UNSYNCHRONIZED = 5
"""``TIME_ERROR`` of adjtimex(2): the clock is not synchronized to a reliable server."""
_TIMEX_BYTES = 512
"""More than ``struct timex`` has on any system."""
_SLACK = timedelta(minutes=5)


def facts(database: Path) -> list[tuple[str, str]]:
    """Return local time, UTC, and whether a time server sets the clock.

    Args:
        database: the file that is written at every use.
    """
    now = datetime.now(UTC)
    written = _written(database)
    return [
        ("local time", now.astimezone().isoformat(timespec="seconds")),
        ("time zone", now.astimezone().tzname() or "not told"),
        ("UTC", now.isoformat(timespec="seconds")),
        ("set by a time server", synchronized()),
        (
            "database last written",
            "never" if written is None else written.isoformat(timespec="seconds"),
        ),
    ]


def finding(database: Path, now: datetime | None = None) -> Finding:
    """Return whether the clock was set back since the database was written.

    Args:
        database: the file that is written at every use.
        now: the present time, with a time zone; the machine's by default.
    """
    now = now or datetime.now(UTC)
    written = _written(database)
    ok = written is None or written <= now + _SLACK
    shown = now.isoformat(timespec="seconds")
    if written is not None and not ok:
        shown += f", but the database was written at {written.isoformat(timespec='seconds')}"
    return Finding("clock", ok=ok, detail=shown, hint="Set the clock of this machine.")


def synchronized() -> str:
    """Return whether a time server sets the clock: ``yes``, ``no`` or ``not told``."""
    if not sys.platform.startswith("linux"):
        return "not told"
    try:
        # All zeros: modes = 0 asks, and sets nothing.
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return "not told"
    if state < 0:
        return "not told"
    return "no" if state == _UNSYNCHRONIZED else "yes"


def _written(database: Path) -> datetime | None:
    times = []
    for file in (database, database.with_name(database.name + "-wal")):
        try:
            times.append(file.stat().st_mtime)
        except OSError:
            continue
    return datetime.fromtimestamp(max(times), UTC) if times else None
