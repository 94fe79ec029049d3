"""A stream of samples for tests of what draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.ports import Block

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import Samples


class GrowingSource:
    """Keeps the last samples of an endless stream, as a ring does."""

    def __init__(self, rate: int = 48_000, kept: int = 48_000 * 30) -> None:
        self.rate = rate
        self._kept = kept
        self._samples: Samples = np.zeros(0, np.float32)
        self._first = 0
        self.reads = 0

    @property
    def position(self) -> int:
        return self._first + len(self._samples)

    def feed(self, samples: Samples) -> None:
        self._samples = np.concatenate((self._samples, samples))
        surplus = max(0, len(self._samples) - self._kept)
        self._samples = self._samples[surplus:]
        self._first += surplus

    def skip(self, count: int) -> None:
        """Let samples pass that nobody can read any more."""
        self._first = self.position + count
        self._samples = np.zeros(0, np.float32)

    def read_since(self, cursor: int) -> Block:
        self.reads += 1
        lost = max(0, self._first - cursor)
        start = max(cursor, self._first) - self._first
        return Block(self._samples[start:].copy(), self.position, lost)
