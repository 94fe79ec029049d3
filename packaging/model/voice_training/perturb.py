"""New voices from old ones: speech at another speed, which moves pitch and formants too."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.hearing.audio import MODEL_RATE

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import Samples


def at_speed(wave: Samples, speed: float) -> Samples:
    """Return the wave as if it were played at ``speed``; 1.0 returns it unchanged.

    A tape's effect, by resampling: 1.25 lifts pitch and formants by a quarter and shortens the
    speech by a fifth. Such a speaker sounds like another person, to people and to the teacher.
    """
    if speed == 1.0:
        return wave
    import soxr

    changed: Samples = soxr.resample(wave, MODEL_RATE * speed, MODEL_RATE, quality="LQ")
    return changed.astype(np.float32, copy=False)


def fitted(wave: Samples, count: int, start: int = 0) -> Samples:
    """Return ``count`` samples from ``start``; a wave that ends before begins anew."""
    if len(wave) - start >= count:
        return wave[start : start + count]
    return np.tile(wave, math.ceil((start + count) / len(wave)))[start : start + count]


def cut_at_speed(
    wave: Samples, speed: float, count: int, generator: np.random.Generator, grid: int = 1
) -> tuple[Samples, int]:
    """Return a random crop of ``count`` samples of the wave at ``speed``, and where it begins.

    Only the part that is needed is resampled.

    Args:
        wave: at its own speed.
        speed: see :func:`at_speed`.
        count: length of the crop.
        generator: draws the place.
        grid: the crop begins at a multiple of so many samples of the changed wave.
    """
    needed = math.ceil(count * speed) + 64
    room = len(wave) - needed
    place = int(generator.integers(0, int(room / (grid * speed)) + 1)) if room > 0 else 0
    start = round(place * grid * speed)
    return fitted(at_speed(wave[start : start + needed], speed), count), place * grid
