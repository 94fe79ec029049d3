"""Has the sound been through a telephone?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.hearing.gates.gate import Display, Gate, Measure
from kiosk.core.words import QT_TRANSLATE_NOOP, Words

if TYPE_CHECKING:
    import numpy.typing as npt

NARROW_BAND_HZ = 5_000.0
"""Speech with less bandwidth than this has been through an 8 kHz channel."""
_BAND_FLOOR_DB = -45.0


def bandwidth(voice: npt.NDArray[np.float32], rate: int) -> float:
    """Return the highest frequency in Hz whose power density is within 45 dB of the voice's.

    The reference is the mean density from 300 to 3400 Hz. Wide-band speech lies about 30 dB below
    it at 6 kHz; what an 8 kHz recording has above 4 kHz after resampling, and the rounding noise
    of 16-bit samples, lie more than 46 dB below even when the voice is faint.
    """
    size = 512
    count = len(voice) // size
    if count == 0:
        return 0.0
    frames = voice[: count * size].reshape(count, size) * np.hanning(size)
    density = np.mean(np.abs(np.fft.rfft(frames, axis=1)) ** 2, axis=0)
    frequencies = np.fft.rfftfreq(size, 1.0 / rate)
    reference = float(np.mean(density[(frequencies >= 300) & (frequencies <= 3400)]))
    if reference <= 0:
        return 0.0
    present = np.nonzero(density >= reference * 10 ** (_BAND_FLOOR_DB / 10))[0]
    return float(frequencies[present[-1]]) if len(present) else 0.0


BANDWIDTH = Measure(
    "Highest frequency with speech energy, in Hz.",
    7468.75,
    lambda speech, voice: bandwidth(voice, speech.clip.rate),
)

NARROW_BAND = Gate(
    code="narrow_band",
    advice="This is only telephone quality. Use a microphone that records 16 kHz.",
    words=Words(
        QT_TRANSLATE_NOOP("messages", "The sound is only telephone quality"),
        QT_TRANSLATE_NOOP("messages", "Use a microphone that records at least 16 kHz."),
        "microphone",
    ),
    measure=BANDWIDTH,
    limit=lambda policy: policy.min_bandwidth_hz or None,
    display=Display(
        QT_TRANSLATE_NOOP("figures", "Bandwidth"),
        "kHz",
        place=5,
        digits=1,
        convert=lambda hertz: hertz / 1000,
    ),
)
