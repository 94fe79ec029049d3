"""The clock that nobody can set: seconds since the machine was started, and which start it was."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SystemUptime:
    """Implements :class:`kiosk.core.limits.attempts.Uptime`.

    On Linux the kernel tells both. Elsewhere each run of the program counts as a run of the
    machine of its own, so that a wait goes by the wall clock once the program was restarted.
    """

    def __init__(self, boot_id: Path = _BOOT_ID) -> None:
        """Read the identifier of this run from this file."""
        try:
            self._boot = boot_id.read_text("ascii").strip()[:64]
        except (OSError, UnicodeDecodeError):
            self._boot = ""
        self._boot = self._boot or uuid.uuid4().hex
        # Sleep counts: who closes the lid of a laptop has waited all the same.
        self._clock: int | None = getattr(time, "CLOCK_BOOTTIME", None)

    def boot(self) -> str:
        """Return an identifier of this run of the machine."""
        return self._boot

    def seconds(self) -> float:
        """Return the seconds since the run began, sleep included."""
        if self._clock is None:  # macOS and Windows
            return time.monotonic()
        return time.clock_gettime(self._clock)
