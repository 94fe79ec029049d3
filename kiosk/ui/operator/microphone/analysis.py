"""What the last seconds of sound are like: level, noise floor, clipping, spectrum. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.hearing.audio import dbfs
from kiosk.core.hearing.gates.clipping import FULL_SCALE

if TYPE_CHECKING:
    import numpy.typing as npt

    from kiosk.core.hearing.audio import Samples

WINDOW_S = 5.0
"""Seconds of sound that the figures are about."""
FLOOR_DB = -120.0
"""What silence is shown as."""
_LEVEL_S = 0.1
_FRAME_S = 0.02
_NOISE_PERCENTILE = 10
_FFT_SIZE = 2048


@dataclass(frozen=True)
class Figures:
    """Figures of the sound in the window.

    Attributes:
        level_dbfs: RMS level of the last 0.1 s, in dB relative to full scale.
        peak_dbfs: highest sample of the last 0.1 s, in dB relative to full scale.
        noise_dbfs: level below which the quietest tenth of all 20 ms frames lies; None until
            there is a second of sound.
        clipping: share of samples at full scale in the window, in [0, 1].
    """

    level_dbfs: float
    peak_dbfs: float
    noise_dbfs: float | None
    clipping: float


class SoundWindow:
    """Keeps the last seconds of a microphone and measures them."""

    def __init__(self) -> None:
        """Begin empty; :meth:`reset` says at which rate."""
        self.rate = 0
        self._samples: Samples = np.empty(0, np.float32)

    def reset(self, rate: int) -> None:
        """Forget everything and begin anew.

        Args:
            rate: sampling rate in Hz; 0 while no microphone is open.
        """
        self.rate = rate
        self._samples = np.empty(0, np.float32)

    def push(self, samples: Samples) -> None:
        """Take new samples, shape ``(n,)``."""
        keep = int(WINDOW_S * self.rate)
        self._samples = np.concatenate([self._samples, samples])[-keep:] if keep else samples[:0]

    def figures(self) -> Figures:
        """Return the figures of this moment."""
        latest = self._samples[-int(_LEVEL_S * self.rate) :] if self.rate else self._samples
        peak = float(np.max(np.abs(latest), initial=0.0))
        cut = np.abs(self._samples) >= FULL_SCALE
        return Figures(
            level_dbfs=dbfs(latest),
            peak_dbfs=max(FLOOR_DB, 20.0 * float(np.log10(peak + 1e-9))),
            noise_dbfs=self._noise(),
            clipping=float(np.mean(cut)) if len(cut) else 0.0,
        )

    def spectrum(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return frequencies in Hz and the level at each in dB; both empty without enough sound.

        A full-scale sine reaches 0 dB: amplitudes are divided by the sum of the Hann window
        and doubled, for half of the energy lies at negative frequencies.
        """
        if len(self._samples) < _FFT_SIZE or not self.rate:
            return np.empty(0), np.empty(0)
        window = np.hanning(_FFT_SIZE)
        spectrum = np.abs(np.fft.rfft(self._samples[-_FFT_SIZE:] * window))
        amplitude = spectrum * 2.0 / float(window.sum())
        level = 20.0 * np.log10(amplitude + 10.0 ** (FLOOR_DB / 20.0))
        frequencies = np.fft.rfftfreq(_FFT_SIZE, 1.0 / self.rate)
        return frequencies.astype(np.float64), level.astype(np.float64)

    def _noise(self) -> float | None:
        if not self.rate or len(self._samples) < self.rate:
            return None
        size = int(_FRAME_S * self.rate)
        count = len(self._samples) // size
        frames = self._samples[-count * size :].reshape(count, size).astype(np.float64)
        power = np.percentile(np.mean(np.square(frames), axis=1), _NOISE_PERCENTILE)
        return max(FLOOR_DB, 10.0 * float(np.log10(power + 1e-12)))
