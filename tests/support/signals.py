"""Sound with known properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import Samples


def sine(rate: int, seconds: float, hertz: float = 440.0, amplitude: float = 0.5) -> Samples:
    """Return a sine, float32, shape ``(rate * seconds,)``."""
    time = np.arange(round(rate * seconds)) / rate
    return np.asarray(amplitude * np.sin(2 * np.pi * hertz * time), np.float32)


def sine_fit(samples: Samples, rate: int, hertz: float) -> tuple[float, float]:
    """Fit a sine of this frequency, in any phase.

    Returns:
        Its amplitude, and the level of everything else relative to it in dB.
    """
    time = np.arange(len(samples)) / rate
    basis = np.stack([np.sin(2 * np.pi * hertz * time), np.cos(2 * np.pi * hertz * time)], axis=1)
    weights, *_ = np.linalg.lstsq(basis, samples.astype(np.float64), rcond=None)
    rest = samples - basis @ weights
    amplitude = float(np.hypot(*weights))
    return amplitude, float(20 * np.log10(np.sqrt(2 * np.mean(rest**2)) / amplitude + 1e-12))
