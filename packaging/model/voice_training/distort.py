"""What happens to a voice between mouth and model: rooms, noise, other people, cheap electronics.

Only the student hears this; the teacher hears the clean signal, so the student learns to see
through it.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.audio import MODEL_RATE

if TYPE_CHECKING:
    from kiosk.core.audio import Samples
    from voice_training.recipe import Distortion
    from voice_training.store import Store

_PHONE_RATE = 8_000
_FAR_SHARE = 0.3
"""Share of rooms in which the voice is farther away than the room is quiet."""
_CODECS = (
    (MODEL_RATE, "OGG", "OPUS"),
    (MODEL_RATE, "MP3", "MPEG_LAYER_III"),
    (MODEL_RATE, "OGG", "VORBIS"),
    (_PHONE_RATE, "WAV", "GSM610"),
    (_PHONE_RATE, "WAV", "ULAW"),
)


class Distorter:
    """Distorts crops; every choice comes from the generator it is given."""

    def __init__(self, settings: Distortion, noise: Store, voices: Store) -> None:
        """Take noise and, for babble, other voices from these stores."""
        self._settings = settings
        self._noise = noise
        self._voices = voices

    def __call__(self, wave: Samples, generator: np.random.Generator) -> Samples:
        """Return a distorted copy of the same length, shape ``(n,)``."""
        wanted = self._settings
        changed = wave
        if generator.random() >= wanted.clean:
            if generator.random() < wanted.reverb:
                changed = in_room(changed, generator, wanted.t60_s)
            changed = self._amid_noise(changed, generator)
            if generator.random() < wanted.clip:
                changed = clipped(changed, generator)
            if generator.random() < wanted.band:
                changed = band_limited(changed, generator)
            if generator.random() < wanted.codec:
                rate, container, coding = _CODECS[int(generator.integers(len(_CODECS)))]
                changed = through_codec(changed, rate, container, coding)
        gain = 10.0 ** (generator.uniform(*wanted.gain_db) / 20.0)
        return np.asarray(changed * gain, dtype=np.float32)

    def _amid_noise(self, wave: Samples, generator: np.random.Generator) -> Samples:
        wanted = self._settings
        if generator.random() < wanted.noise:
            snr = generator.uniform(*wanted.snr_db)
            wave = mixed(wave, self._some_noise(len(wave), generator), snr)
        if generator.random() < wanted.babble:
            # Voices cover a voice better than noise does: a little more distance.
            snr = generator.uniform(*wanted.snr_db) + 5.0
            wave = mixed(wave, self._babble(len(wave), generator), snr)
        return wave

    def _some_noise(self, count: int, generator: np.random.Generator) -> Samples:
        if generator.random() < 0.7 and self._noise.total > count:
            return _anywhere(self._noise, count, generator)
        return coloured_noise(count, generator)

    def _babble(self, count: int, generator: np.random.Generator) -> Samples:
        crowd = np.zeros(count, dtype=np.float32)
        for _ in range(int(generator.integers(3, 7))):
            if self._voices.total > count:
                crowd += _anywhere(self._voices, count, generator)
        return crowd


def _anywhere(store: Store, count: int, generator: np.random.Generator) -> Samples:
    start = int(generator.integers(0, store.total - count))
    return store.cut(start, start + count)


def mixed(wave: Samples, other: Samples, snr_db: float) -> Samples:
    """Return the sum with ``other`` scaled to this signal-to-noise ratio; silence adds nothing."""
    power = float(np.mean(np.square(wave, dtype=np.float64)))
    disturbing = float(np.mean(np.square(other, dtype=np.float64)))
    if disturbing < 1e-10:
        return wave
    gain = np.sqrt(power / disturbing / 10.0 ** (snr_db / 10.0))
    return (wave + np.float32(gain) * other).astype(np.float32)


def coloured_noise(count: int, generator: np.random.Generator) -> Samples:
    """Return noise whose power falls by 0 to 2 powers of the frequency: white, pink to brown."""
    spectrum = np.fft.rfft(generator.standard_normal(count))
    frequency = np.maximum(np.arange(len(spectrum)), 1.0)
    shaped = np.fft.irfft(spectrum * frequency ** (-generator.uniform(0.0, 1.0)), count)
    return shaped.astype(np.float32)


def in_room(wave: Samples, generator: np.random.Generator, t60_s: tuple[float, float]) -> Samples:
    """Return the wave in a synthetic room: direct sound, and noise that decays by 60 dB in T60.

    The ratio of direct to reverberant energy is 5 to 20 dB, or -3 to 5 dB in the far cases.
    """
    from scipy.signal import oaconvolve  # type: ignore[import-untyped]

    t60 = generator.uniform(*t60_s)
    tail = generator.standard_normal(int(t60 * MODEL_RATE))
    tail *= np.exp(-np.log(1000.0) * np.arange(len(tail)) / len(tail))
    tail[: int(generator.uniform(0.001, 0.01) * MODEL_RATE)] = 0.0
    far = generator.random() < _FAR_SHARE
    ratio_db = generator.uniform(-3.0, 5.0) if far else generator.uniform(5.0, 20.0)
    tail *= np.sqrt(10.0 ** (-ratio_db / 10.0) / max(float(np.sum(np.square(tail))), 1e-9))
    tail[0] = 1.0
    heard = oaconvolve(wave, tail.astype(np.float32))[: len(wave)]
    return heard.astype(np.float32)  # type: ignore[no-any-return]


def band_limited(wave: Samples, generator: np.random.Generator) -> Samples:
    """Return the wave through a band-pass of 60-400 Hz to 3-7.5 kHz, first to fourth order."""
    from scipy.signal import butter, sosfilt

    low, high = generator.uniform(60.0, 400.0), generator.uniform(3_000.0, 7_500.0)
    order = int(generator.integers(1, 5))
    sections = butter(order, [low, high], "band", fs=MODEL_RATE, output="sos")
    return sosfilt(sections, wave).astype(np.float32)  # type: ignore[no-any-return]


def clipped(wave: Samples, generator: np.random.Generator) -> Samples:
    """Return the wave as an overdriven input records it."""
    limit = np.float32(np.max(np.abs(wave)) * generator.uniform(0.2, 0.7))
    return np.clip(wave, -limit, limit)


def through_codec(wave: Samples, rate: int, container: str, coding: str) -> Samples:
    """Return what a lossy codec of libsndfile leaves of the wave, at the same length and rate."""
    import soundfile
    import soxr

    peak = max(float(np.max(np.abs(wave))), 1e-6)
    sent = soxr.resample(wave, MODEL_RATE, rate, quality="LQ") if rate != MODEL_RATE else wave
    coded = io.BytesIO()
    soundfile.write(coded, sent * (0.9 / peak), rate, format=container, subtype=coding)
    coded.seek(0)
    got, got_rate = soundfile.read(coded, dtype="float32", always_2d=True)
    back = soxr.resample(got[:, 0], got_rate, MODEL_RATE, quality="LQ")
    result = np.zeros_like(wave)
    count = min(len(result), len(back))
    result[:count] = back[:count] * (peak / 0.9)
    return result
