"""Whether a recording is complete: plays a known signal for minutes and accounts for every sample.

The signal is random, so that any 64 samples occur in it once; where the recording departs from
it, the place where it goes on tells how many samples were lost, or came twice.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.audio.microphone import PortAudioMicrophone
from kiosk.audio.portaudio import PortAudio
from kiosk.core.errors import MicrophoneFailed
from kiosk.demo.virtual_audio import VirtualMicrophone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy.typing as npt

    from kiosk.core.audio import Samples
    from kiosk.core.ports import Microphone

    Steps = npt.NDArray[np.int16]

_WINDOW = 64
_READ_SECONDS = 0.03
_STALLED_SECONDS = 5.0
_AMPLITUDE = 8000


@dataclass(frozen=True)
class SoakReport:
    """What became of the samples that were played.

    Attributes:
        rate: in Hz.
        played: samples in the signal.
        matched: of these, recorded in their order.
        lost: of these, missing in the recording.
        repeated: recorded a second time.
        foreign: recorded between, but never played; silence where the player fell behind.
        breaks: places where the recording departs from the signal.
        overflows: how often PortAudio reported lost samples.
        overrun: samples that the reader came too late for.
    """

    rate: int
    played: int
    matched: int = 0
    lost: int = 0
    repeated: int = 0
    foreign: int = 0
    breaks: int = 0
    overflows: int = 0
    overrun: int = 0

    @property
    def complete(self) -> bool:
        """Return whether every sample was recorded once and in its place."""
        return self.matched == self.played and self.breaks == 0 and self.overrun == 0


def test_signal(count: int, seed: int = 1) -> Samples:
    """Return noise whose every 64 samples are unique, none of them zero.

    Args:
        count: samples.
        seed: of the noise.

    Returns:
        float32 on the steps of 16 bits, at -17 dB relative to full scale.
    """
    random = np.random.default_rng(seed)
    size = random.integers(1, _AMPLITUDE, count, dtype=np.int16)
    sign = random.integers(0, 2, count, dtype=np.int16) * 2 - 1
    return np.asarray((size * sign) / np.float32(32768), np.float32)


class Accountant:
    """Follows a recording through the signal that was played."""

    def __init__(self, signal: Samples) -> None:
        """Expect the first sample of the signal, after any silence.

        Args:
            signal: from :func:`test_signal`.
        """
        self._signal = _steps(signal)
        self._bytes = self._signal.tobytes()
        self._next = 0
        self._rest: Steps = np.empty(0, np.int16)
        self.matched = 0
        self.lost = 0
        self.repeated = 0
        self.foreign = 0
        self.breaks = 0

    @property
    def done(self) -> bool:
        """Return whether the end of the signal has been recorded."""
        return self._next == len(self._signal)

    def feed(self, samples: Samples) -> None:
        """Take the next recorded samples: float32, shape ``(n,)``."""
        pending = np.concatenate([self._rest, _steps(samples)])
        if self._next == 0:
            heard = np.flatnonzero(pending)
            pending = pending[heard[0] :] if len(heard) else pending[:0]
        while len(pending) >= _WINDOW or self._ends_with(pending):
            pending = self._follow(pending)
        self._rest = pending

    def finish(self) -> None:
        """End the recording: what has not come by now is lost."""
        self.foreign += int(np.count_nonzero(self._rest))
        self._rest = self._rest[:0]
        self.lost += len(self._signal) - self._next
        self._next = len(self._signal)

    def _ends_with(self, pending: Steps) -> bool:
        """Return whether this is the very end of the signal, shorter than a window."""
        left = len(self._signal) - self._next
        return 0 < left <= len(pending) and bool(
            np.array_equal(pending[:left], self._signal[self._next :])
        )

    def _follow(self, pending: Steps) -> Steps:
        """Account for the beginning of what is pending; return the remainder."""
        expected = self._signal[self._next : self._next + len(pending)]
        if not len(expected):  # after the end of the signal
            self.foreign += int(np.count_nonzero(pending))
            return pending[:0]
        differs = np.flatnonzero(pending[: len(expected)] != expected)
        same = int(differs[0]) if len(differs) else len(expected)
        self.matched += same
        self._next += same
        pending = pending[same:]
        if not len(differs) or len(pending) < _WINDOW:
            return pending
        return self._find_place(pending)

    def _find_place(self, pending: Steps) -> Steps:
        """Find where in the signal a departed recording goes on."""
        at = self._index(pending[:_WINDOW])
        if at is None:
            self.breaks += self.foreign == 0 or self._in_step
            self._in_step = False
            self.foreign += 1
            return pending[1:]
        return pending[:0]

    def _index(self, window: Steps) -> int | None:
        raise NotImplementedError


def _steps(samples: Samples) -> Steps:
    return np.round(samples * np.float32(32768)).astype(np.int16)
