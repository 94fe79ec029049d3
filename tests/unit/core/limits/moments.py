"""Moments and failures of the tests."""

from __future__ import annotations

from datetime import timedelta

from kiosk.core.limits.attempts import AttemptPolicy, Instant, Tally
from tests.fakes.clock import START

POLICY = AttemptPolicy()
NOW = Instant(START, "boot-0", 1_000.0)
LONG = 10 * 365 * 86_400.0


def at(seconds: float, *, boot: str = "boot-0", wall: float | None = None) -> Instant:
    """Return a moment some seconds later, by a wall clock that may have been set meanwhile."""
    moved = START + timedelta(seconds=seconds if wall is None else wall)
    return Instant(moved, boot, 1_000.0 + seconds)


def failing(times: int, policy: AttemptPolicy = POLICY) -> Tally:
    tally = Tally()
    for _ in range(times):
        tally = policy.failed(tally, NOW)
    return tally
