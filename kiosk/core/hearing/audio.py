"""Recorded sound as a value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

MODEL_RATE = 16_000
"""Sampling rate, in Hz, at which speech is detected, judged and encoded."""


@dataclass(frozen=True, eq=False)
class AudioClip:
    """A piece of mono sound.

    Attributes:
        samples: float32, shape ``(n,)``, nominally in [-1, 1].
        rate: sampling rate in Hz.
        overflows: how many times the capture lost samples while this was recorded.
        source_rate: rate in Hz at which it was captured before resampling; None when unknown.
        offset: the constant offset that was taken out, as a share of full scale.
        channel: the one of several that was taken because together they spoil the voice, from 1
            on; 0 otherwise. See :mod:`kiosk.core.hearing.channels`.
    """

    samples: Samples
    rate: int = MODEL_RATE
    overflows: int = 0
    source_rate: int | None = None
    offset: float = 0.0
    channel: int = 0

    def __post_init__(self) -> None:
        """Refuse anything but one-dimensional float32."""
        if self.samples.ndim != 1 or self.samples.dtype != np.float32:
            raise ValueError("an AudioClip holds a one-dimensional float32 array")
        if self.rate <= 0:
            raise ValueError("the sampling rate is positive")

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.samples)

    def __repr__(self) -> str:
        """Never show samples: they are biometric data and would end up in logs."""
        return f"AudioClip({self.seconds:.2f} s at {self.rate} Hz)"

    @property
    def seconds(self) -> float:
        """Return the length in seconds."""
        return len(self.samples) / self.rate

    def wipe(self) -> None:
        """Overwrite the samples, those of every clip that was cut from this one too.

        Whoever does this is the last one to use them. A read-only array stays as it is.
        """
        if self.samples.flags.writeable:
            self.samples.fill(0.0)

    def copied(self) -> AudioClip:
        """Return a copy that shares nothing with this one."""
        return replace(self, samples=self.samples.copy())

    def cut(self, start: int, stop: int) -> AudioClip:
        """Return samples ``[start, stop)`` as a clip of its own; a view, nothing is copied."""
        return replace(self, samples=self.samples[start:stop])


def dbfs(samples: Samples) -> float:
    """Return the RMS level in dB relative to full scale; -120 for silence or nothing."""
    if len(samples) == 0:
        return -120.0
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    return max(-120.0, 10.0 * float(np.log10(power + 1e-12)))
