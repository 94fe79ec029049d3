"""The way to the voice model: a few at a time, a short queue, and a clear refusal beyond it."""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kiosk.core.errors import UserFixable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FIRST_GUESS_S = 0.5
_WEIGHT = 0.1
"""Share of the newest duration in the mean: it follows the load within some ten recordings."""


class Busy(UserFixable):
    """More recordings wait for the voice model than the service takes.

    Attributes:
        retry_after: whole seconds after which the queue should have room.
    """

    code = "INF-001"
    default_hint = "Try again in a moment."

    def __init__(self, message: str, *, retry_after: int, hint: str | None = None) -> None:
        """Say when it makes sense to come back."""
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Inference:
    """Admits recordings to the voice model.

    The model encodes one recording at a time. Without a limit every request that arrives
    meanwhile would hold a thread and its sound, and all would be answered late.
    """

    def __init__(
        self,
        workers: int = 1,
        queue: int = 8,
        *,
        observe: Callable[[float], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin empty.

        Args:
            workers: recordings in work at once.
            queue: recordings that may wait.
            observe: told the seconds that each recording took, waiting not counted.
            clock: seconds that only grow.

        Raises:
            ValueError: nothing would ever be admitted.
        """
        if workers < 1 or queue < 0:
            raise ValueError("at least one worker, and no negative queue")
        self._workers = workers
        self._queue = queue
        self._observe = observe
        self._clock = clock
        self._free = threading.Semaphore(workers)
        self._lock = threading.Lock()
        self._inside = 0
        self._refused = 0
        self._mean_s = _FIRST_GUESS_S

    @property
    def waiting(self) -> int:
        """Return how many recordings wait."""
        return max(0, self._inside - self._workers)

    @property
    def refused(self) -> int:
        """Return how many were refused since the service started."""
        return self._refused

    @property
    def mean_s(self) -> float:
        """Return the mean duration in seconds of the latest recordings."""
        return self._mean_s

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait for a turn, and hold it.

        Raises:
            Busy: the queue is full.
        """
        with self._lock:
            if self._inside >= self._workers + self._queue:
                self._refused += 1
                raise self._busy()
            self._inside += 1
        try:
            with self._free:
                began = self._clock()
                try:
                    yield
                finally:
                    self._took(self._clock() - began)
        finally:
            with self._lock:
                self._inside -= 1

    def _busy(self) -> Busy:
        seconds = self._mean_s * (self._queue + 1) / self._workers
        return Busy(
            "The service is busy with other recordings.", retry_after=max(1, math.ceil(seconds))
        )

    def _took(self, seconds: float) -> None:
        with self._lock:
            self._mean_s += _WEIGHT * (seconds - self._mean_s)
        if self._observe is not None:
            self._observe(seconds)
