"""The lowest and highest sample of each short stretch of sound: what a waveform shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from kiosk.core.hearing.audio import Samples

CLIPPED = 0.999
"""Magnitude from which a sample counts as cut off; 16-bit full scale is 0.99997."""

_LOUDNESS = 50.0


class Envelope:
    """Minimum and maximum per column over the last seconds of a stream.

    A column covers a fixed stretch of the stream, ``[k * bucket, (k + 1) * bucket)`` counted from
    its very beginning. So a sample belongs to the same column in every frame, and the picture
    moves without wiggling.

    Args:
        columns: how many stretches are shown.
        seconds: how long they are together.
    """

    def __init__(self, columns: int = 600, seconds: float = 5.0) -> None:
        self.columns = columns
        self.seconds = seconds
        self._low = np.zeros(columns, np.float32)
        self._high = np.zeros(columns, np.float32)
        self._bucket = 1
        self._newest = 0
        self._partial = False

    @property
    def bucket(self) -> int:
        """Return how many samples one column covers."""
        return self._bucket

    def reset(self, rate: int, position: int) -> None:
        """Forget everything and begin at a position of a stream.

        Args:
            rate: of the stream in Hz; positive.
            position: index of the next sample.
        """
        self._low.fill(0.0)
        self._high.fill(0.0)
        self._bucket = max(1, -(-round(rate * self.seconds) // self.columns))
        self._newest = position // self._bucket
        self._partial = False

    def push(self, samples: Samples, start: int) -> None:
        """Add what has arrived.

        Args:
            samples: float32, shape ``(n,)``.
            start: index of the first in the stream; what lies between the last push and it was
                lost and shows as silence.
        """
        if len(samples) == 0:
            return
        keep = self.columns * self._bucket
        if len(samples) > keep:
            start += len(samples) - keep
            samples = samples[-keep:]
        first = start // self._bucket
        last = (start + len(samples) - 1) // self._bucket
        edges = np.arange(first + 1, last + 1) * self._bucket - start
        cuts = np.concatenate(([0], edges))
        # Not-a-number from a broken driver must not tear the picture.
        lows = np.nan_to_num(np.minimum.reduceat(samples, cuts))
        highs = np.nan_to_num(np.maximum.reduceat(samples, cuts))
        if first == self._newest and self._partial:
            slot = first % self.columns
            lows[0] = min(lows[0], self._low[slot])
            highs[0] = max(highs[0], self._high[slot])
        elif first > self._newest + 1:
            self._silence(self._newest + 1, first)
        slots = np.arange(first, last + 1)[-self.columns :] % self.columns
        self._low[slots] = lows[-self.columns :]
        self._high[slots] = highs[-self.columns :]
        self._newest = last
        self._partial = True

    def window(self) -> tuple[Samples, Samples]:
        """Return lowest and highest sample of each column, oldest first, each ``(columns,)``."""
        split = (self._newest + 1) % self.columns
        return np.roll(self._low, -split), np.roll(self._high, -split)

    def _silence(self, begin: int, end: int) -> None:
        slots = np.arange(max(begin, end - self.columns), end) % self.columns
        self._low[slots] = 0.0
        self._high[slots] = 0.0


def loudness(samples: Samples) -> Samples:
    """Return samples in [-1, 1] bent so that normal speech fills half the height.

    ``sign(x) * log(1 + 50 |x|) / log(51)``: a peak of 0.1 (-20 dBFS) is drawn at 0.46, full scale
    at 1, and the noise of a quiet room (-60 dBFS) at 0.01.
    """
    bent = np.sign(samples) * np.log1p(_LOUDNESS * np.abs(samples)) / np.log1p(_LOUDNESS)
    return np.asarray(bent, np.float32)


def clipped(low: Samples, high: Samples) -> npt.NDArray[np.bool_]:
    """Return which columns hold samples that were cut off."""
    return (low <= -CLIPPED) | (high >= CLIPPED)
