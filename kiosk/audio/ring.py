"""The last seconds of a microphone: written by PortAudio's thread, read by all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.ports import Block

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import Samples


class SampleRing:
    """Keeps the newest samples of a stream and overwrites the oldest.

    One thread writes, any number read, and nobody waits for anybody: the writer runs in an audio
    callback, where a lock that a reader holds would cost samples. A reader therefore copies first
    and then drops what the writer may have overwritten meanwhile (the idea of a sequence lock).

    Samples are counted from the beginning of the stream; the index is a Python integer and never
    wraps around.
    """

    def __init__(self, capacity: int, origin: int = 0) -> None:
        """Allocate everything that will ever be needed.

        Args:
            capacity: samples to keep.
            origin: index of the first sample that will be written.

        Raises:
            ValueError: the capacity is not positive or the origin is negative.
        """
        if capacity <= 0 or origin < 0:
            raise ValueError("a ring has a positive capacity and an origin of 0 or more")
        self._data = np.zeros(capacity, np.float32)
        self._capacity = capacity
        self._origin = origin
        # Two indices, for a block is not written in one step: everything before `_written` can be
        # read, everything up to `_claimed` may at this moment be overwriting its predecessor.
        self._claimed = origin
        self._written = origin

    @property
    def capacity(self) -> int:
        """Return how many samples are kept."""
        return self._capacity

    @property
    def position(self) -> int:
        """Return the index after the newest sample."""
        return self._written

    def write(self, samples: Samples) -> None:
        """Append samples; for the one writing thread only.

        Args:
            samples: float32, shape ``(n,)``, any stride. Of more than the capacity, the newest
                are kept and all are counted.
        """
        count = len(samples)
        end = self._written + count
        self._claimed = end
        if count > self._capacity:
            samples = samples[count - self._capacity :]
            count = self._capacity
        at = (end - count) % self._capacity
        head = min(count, self._capacity - at)
        self._data[at : at + head] = samples[:head]
        if head < count:
            self._data[: count - head] = samples[head:]
        self._written = end

    def wipe(self) -> None:
        """Overwrite every sample; for when nobody writes any more."""
        self._data.fill(0.0)

    def read_since(self, cursor: int) -> Block:
        """Return a copy of everything from an index on that is still kept.

        Args:
            cursor: index of the first sample wanted; one before the origin counts the samples
                between as lost, one after the newest sample returns nothing.

        Returns:
            The samples, where to read on, and how many were overwritten before they were read.
        """
        end = self._written
        start = min(max(cursor, self._oldest()), end)
        samples = self._copy(start, end)
        overwritten = min(self._oldest(), end) - start
        if overwritten > 0:
            samples = samples[overwritten:]
            start += overwritten
        return Block(samples, end, max(0, start - max(cursor, 0)))

    def _oldest(self) -> int:
        """Return the index of the oldest sample that is certainly intact."""
        return max(self._origin, self._claimed - self._capacity)

    def _copy(self, start: int, stop: int) -> Samples:
        """Return a copy of what lies at these indices now."""
        count = stop - start
        at = start % self._capacity
        head = min(count, self._capacity - at)
        samples = np.empty(count, np.float32)
        samples[:head] = self._data[at : at + head]
        samples[head:] = self._data[: count - head]
        return samples
