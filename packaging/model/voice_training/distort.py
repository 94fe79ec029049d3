"""What happens to a voice between mouth and model: rooms, noise, other people, cheap electronics.

Only the student hears this; the teacher hears the clean signal, so the student learns to see
through it.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.hearing.audio import MODEL_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.hearing.audio import Samples
    from voice_training.recipe import Distortion
    from voice_training.store import Store

Codec = tuple[str, str, tuple[float, float] | None]
"""Container, coding and, where it can be chosen, the range of kbit/s."""

_PHONE_RATE = 8_000
_FAR_SHARE = 0.3
"""Share of rooms in which the voice is farther away than the room is quiet."""
_CODECS: tuple[Codec, ...] = (
    ("OGG", "OPUS", (8.0, 32.0)),
    ("MP3", "MPEG_LAYER_III", None),
    ("OGG", "VORBIS", None),
)
_PHONE_CODECS: tuple[Codec, ...] = (
    ("WAV", "GSM610", None),
    ("WAV", "ULAW", None),
    ("WAV", "ALAW", None),
    ("OGG", "OPUS", (6.0, 12.0)),
)
_OPUS_KBIT = (6.0, 256.0)
"""What libsndfile's compression levels 1 and 0 stand for."""
_DIRECT = MODEL_RATE // 400
"""Samples after its peak that belong to the direct sound of a room response."""


class Distorter:
    """Distorts crops; every choice comes from the generator it is given."""

    def __init__(
        self, settings: Distortion, noise: Store, voices: Store, rooms: Store | None = None
    ) -> None:
        """Take noise, other voices for babble, and responses of rooms from these stores."""
        self._settings = settings
        self._rooms = rooms
        self._noise = noise
        self._voices = voices

    def __call__(self, wave: Samples, generator: np.random.Generator) -> Samples:
        """Return a distorted copy of the same length, shape ``(n,)``."""
        wanted = self._settings
        changed = wave
        if generator.random() >= wanted.clean:
            if generator.random() < wanted.reverb:
                changed = self._in_some_room(changed, generator)
            changed = self._amid_noise(changed, generator)
            if generator.random() < wanted.clip:
                changed = clipped(changed, generator)
            if generator.random() < wanted.band:
                changed = band_limited(changed, generator)
            if generator.random() < wanted.codec:
                changed = through_codec(changed, MODEL_RATE, generator, _CODECS)
            if generator.random() < wanted.phone:
                changed = through_codec(changed, _PHONE_RATE, generator, _PHONE_CODECS)
        gain = 10.0 ** (generator.uniform(*wanted.gain_db) / 20.0)
        return np.asarray(changed * gain, dtype=np.float32)

    def _in_some_room(self, wave: Samples, generator: np.random.Generator) -> Samples:
        wanted = self._settings
        if self._rooms is None or not len(self._rooms):
            return in_room(wave, generator, wanted.t60_s)
        if generator.random() >= wanted.measured_rooms:
            return in_room(wave, generator, wanted.t60_s)
        response = self._rooms.wave(int(generator.integers(len(self._rooms))))
        return in_measured_room(wave, response, generator)

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


def in_measured_room(wave: Samples, response: Samples, generator: np.random.Generator) -> Samples:
    """Return the wave in a room whose response was recorded, as long and as loud as before.

    In a part of the cases the direct sound is weaker than it was recorded, as from farther away.
    """
    from scipy.signal import oaconvolve

    peak = int(np.argmax(np.abs(response)))
    room = response[peak:].astype(np.float64)
    if generator.random() < _FAR_SHARE:
        room[:_DIRECT] *= 10.0 ** (-generator.uniform(0.0, 10.0) / 20.0)
    room /= max(float(np.sqrt(np.sum(np.square(room)))), 1e-9)
    return oaconvolve(wave, room)[: len(wave)].astype(np.float32)  # type: ignore[no-any-return]


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


def through_codec(
    wave: Samples,
    rate: int,
    generator: np.random.Generator,
    codecs: Sequence[Codec],
) -> Samples:
    """Return what one of these lossy codecs leaves of the wave, at the same length and rate.

    Args:
        wave: at 16 kHz.
        rate: at which it is coded; 8 kHz is a telephone, whose band is 200 to 3,400 Hz.
        generator: chooses codec and bit rate.
        codecs: container and coding of libsndfile, and a range of kbit/s or None.
    """
    import soundfile
    import soxr
    from scipy.signal import butter, sosfilt

    container, coding, kbit = codecs[int(generator.integers(len(codecs)))]
    level = None
    if kbit is not None:
        low, high = _OPUS_KBIT
        level = (high - generator.uniform(*kbit)) / (high - low)
    peak = max(float(np.max(np.abs(wave))), 1e-6)
    sent = wave
    if rate != MODEL_RATE:
        sent = soxr.resample(wave, MODEL_RATE, rate, quality="LQ")
        sent = sosfilt(butter(2, [200.0, 3_400.0], "band", fs=rate, output="sos"), sent)
    coded = io.BytesIO()
    soundfile.write(
        coded,
        np.clip(sent * (0.9 / peak), -1.0, 1.0),
        rate,
        format=container,
        subtype=coding,
        compression_level=level,
    )
    coded.seek(0)
    got, got_rate = soundfile.read(coded, dtype="float32", always_2d=True)
    back = soxr.resample(got[:, 0], got_rate, MODEL_RATE, quality="LQ")
    result = np.zeros_like(wave)
    count = min(len(result), len(back))
    result[:count] = back[:count] * (peak / 0.9)
    return result
