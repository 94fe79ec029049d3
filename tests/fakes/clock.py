"""A clock that goes when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2021, 8, 24, 6, 35, 59, 278_000, tzinfo=UTC)


class FixedClock:
    """Implements :class:`kiosk.core.ports.Clock`."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> datetime:
        """Let time pass and return the new time."""
        self._now += timedelta(seconds=seconds)
        return self._now
