"""Synthetic sound with known properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.hearing.audio import MODEL_RATE, AudioClip
from kiosk.core.hearing.speech import Activity, Speech

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import Samples

RATE = MODEL_RATE


def noise(seconds: float, rms: float, seed: int = 0) -> Samples:
    """Return white noise of exactly this RMS."""
    samples = np.random.default_rng(seed).normal(size=round(seconds * RATE))
    scaled: Samples = (samples * (rms / np.sqrt(np.mean(samples**2)))).astype(np.float32)
    return scaled


def low_passed(samples: Samples, cutoff_hz: float) -> Samples:
    """Return the samples without anything above a frequency."""
    spectrum = np.fft.rfft(samples)
    spectrum[np.fft.rfftfreq(len(samples), 1 / RATE) > cutoff_hz] = 0
    return np.fft.irfft(spectrum, len(samples)).astype(np.float32)


def spoken(
    voice: Samples,
    *,
    background: float = 1e-4,
    before: float = 0.5,
    after: float = 0.5,
    overflows: int = 0,
) -> Speech:
    """Return a recording of one stretch of voice within a steady background of this RMS."""
    lead, tail = round(before * RATE), round(after * RATE)
    samples = noise((lead + len(voice) + tail) / RATE, background, seed=99)
    samples[lead : lead + len(voice)] += voice
    clip = AudioClip(samples, overflows=overflows)
    return Speech(clip, Activity(((lead, lead + len(voice)),), RATE))
