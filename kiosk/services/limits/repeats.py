"""Counting what somebody may repeat as often as they like, without a record for each time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

QUIET_S = 3_600.0
"""After which a series is over."""
_MOST = 10_000


class Repeats:
    """Says of the 1st, 2nd, 4th, 8th … of a series that it is to be recorded, with its number.

    Records can never be removed: a visitor who taps all night must not fill the disk with them. Of
    n times in a row log2(n) + 1 are recorded, and the last of those tells how many there were at
    least. Kept in memory: a restart begins every series anew. Safe from any thread.

    Args:
        seconds: a clock that only grows.
        quiet_s: seconds after which a series is over.
        most: series that are remembered; of more the one is forgotten that was quiet the longest.
    """

    def __init__(
        self, seconds: Callable[[], float], quiet_s: float = QUIET_S, most: int = _MOST
    ) -> None:
        self._seconds = seconds
        self._quiet_s = quiet_s
        self._most = most
        self._lock = threading.Lock()
        self._series: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def due(self, key: str) -> int | None:
        """Count one more, and return its number in the series where it is to be recorded.

        Args:
            key: what is repeated, and by whom.
        """
        now = self._seconds()
        with self._lock:
            count, last = self._series.pop(key, (0, now))
            count = 1 if now - last > self._quiet_s else count + 1
            self._series[key] = (count, now)
            if len(self._series) > self._most:
                self._series.popitem(last=False)
        is_power_of_two = count & (count - 1) == 0
        return count if is_power_of_two else None

    def over(self, key: str) -> None:
        """End a series: the next one of it is the first again."""
        with self._lock:
            self._series.pop(key, None)
