"""Bodies that are arriving at present, and the end of the service, which does not wait for them."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Iterator


class Arrivals:
    """Bounds how long a body is waited for; used in the event loop alone, so without a lock."""

    def __init__(self) -> None:
        self._waiting: set[anyio.CancelScope] = set()
        self._end = math.inf

    @property
    def ending(self) -> bool:
        """Return whether the service is about to end."""
        return self._end < math.inf

    @contextmanager
    def within(self, timeout_s: float) -> Iterator[None]:
        """Wait so long inside of this, and less when the service ends.

        Args:
            timeout_s: seconds.

        Raises:
            TimeoutError: nothing came.
        """
        deadline = min(anyio.current_time() + timeout_s, self._end)
        with anyio.CancelScope(deadline=deadline) as scope:
            self._waiting.add(scope)
            try:
                yield
            finally:
                self._waiting.discard(scope)
        if scope.cancelled_caught:
            raise TimeoutError

    def end_within(self, grace_s: float) -> None:
        """Give up whatever has not arrived by then.

        Args:
            grace_s: seconds from now.
        """
        self._end = anyio.current_time() + grace_s
        for scope in self._waiting:
            scope.deadline = min(scope.deadline, self._end)
