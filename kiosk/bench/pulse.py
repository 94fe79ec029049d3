"""How long the event loop of the window does not turn."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Slot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TICK_MS = 5


@dataclass(frozen=True)
class Gap:
    """Between two turns of the event loop, in milliseconds.

    Attributes:
        wall_ms: what somebody in front of the window waits.
        own_ms: the same without the time in which the window could have gone on, but other work
            had all cores of the machine; what is meant by a gap where the machine is not quiet.
        cpu_ms: what the window's own thread computed meanwhile.
    """

    wall_ms: float
    own_ms: float
    cpu_ms: float

    @classmethod
    def longest(cls, gaps: Iterable[Gap]) -> Gap:
        """Return the longest of each kind."""
        each = [(gap.wall_ms, gap.own_ms, gap.cpu_ms) for gap in gaps]
        return cls(*(round(max(kind), 1) for kind in zip(*each, strict=True)))


class Pulse(QObject):
    """Ticks in the window's thread, and keeps how late each tick was."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[Gap] = []
        self._last = (0.0, 0.0, 0.0)
        self._queued = _time_in_queue()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def late(self) -> list[float]:
        """Return how late the ticks were, in seconds."""
        return [gap.wall_ms / 1000 for gap in self.gaps]

    def start(self) -> None:
        """Begin."""
        self._last = self._now()
        self._timer.start()

    def stop(self) -> None:
        """End."""
        self._timer.stop()

    def _now(self) -> tuple[float, float, float]:
        return time.perf_counter(), self._queued(), time.thread_time()

    @Slot()
    def _tick(self) -> None:
        now = self._now()
        wall, queued, cpu = (1000 * (a - b) for a, b in zip(now, self._last, strict=True))
        late = max(0.0, wall - TICK_MS)
        self.gaps.append(Gap(late, max(0.0, late - queued), cpu))
        self._last = now


def _time_in_queue() -> Callable[[], float]:
    """Return what tells how long this thread has waited for a core, in seconds, where known."""
    file = Path("/proc/thread-self").resolve() / "schedstat"
    if not file.exists():
        return lambda: 0.0
    return lambda: int(file.read_bytes().split()[1]) / 1e9
