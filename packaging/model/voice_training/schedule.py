"""The learning rate, over steps or over the time that there is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_training.recipe import Schedule


def learning_rate(settings: Schedule, step: int, progress: float) -> float:
    """Return the rate of a step: a linear rise, times half a cosine over the progress.

    Args:
        settings: the recipe's.
        step: from zero.
        progress: share of the training that is done, in [0, 1].
    """
    rise = min(1.0, (step + 1) / settings.warmup_steps)
    fall = 0.5 * (1.0 + math.cos(math.pi * min(1.0, max(0.0, progress))))
    return settings.rate * rise * max(settings.final_share, fall)


@dataclass(frozen=True)
class Course:
    """How far the training is: by steps, or on the way to an end on the clock.

    By steps, the same seed gives the same weights. Towards an end, a slow machine takes fewer
    steps; what was done before a resumption stays done, and the rest is spread over the new time.

    Attributes:
        steps: length by steps.
        done: progress at which this run began, in [0, 1].
        begin: when it began, seconds of the clock that :meth:`progress` is given.
        end: when it is to end; None to go by steps.
    """

    steps: int
    done: float = 0.0
    begin: float = 0.0
    end: float | None = None

    def progress(self, step: int, now: float) -> float:
        """Return the share that is done, in [0, 1]."""
        if self.end is None:
            return min(1.0, step / self.steps)
        passed = (now - self.begin) / max(self.end - self.begin, 1e-9)
        return min(1.0, self.done + (1.0 - self.done) * max(0.0, passed))


class WorkingTime:
    """A clock that stands still while the process is paused.

    Whoever stops it for an hour (SIGSTOP, a laptop's lid) finds the schedule where it was.
    """

    def __init__(self, clock: Callable[[], float], longest: float = 60.0) -> None:
        """Begin at zero.

        Args:
            clock: seconds of a clock that goes on through pauses.
            longest: a gap between two readings that is longer is a pause and counts for nothing.
        """
        self._clock = clock
        self._longest = longest
        self._last = clock()
        self._worked = 0.0

    def __call__(self) -> float:
        """Return the seconds worked; to be asked at least once per step."""
        now = self._clock()
        gap = now - self._last
        self._last = now
        if gap <= self._longest:
            self._worked += gap
        return self._worked


def parse_end(text: str, now: datetime) -> float:
    """Return how many seconds from ``now`` a time of day (UTC, ``HH:MM``) comes next.

    Raises:
        ValueError: it is no time of day.
    """
    time = datetime.strptime(text, "%H:%M").replace(tzinfo=UTC)
    end = now.replace(hour=time.hour, minute=time.minute, second=0, microsecond=0)
    if end <= now:
        end += timedelta(days=1)
    return (end - now).total_seconds()
