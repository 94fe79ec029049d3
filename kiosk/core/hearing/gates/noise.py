"""Is there too much noise?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.hearing.gates.gate import Display, Gate, Measure
from kiosk.core.words import QT_TRANSLATE_NOOP, Words

if TYPE_CHECKING:
    import numpy.typing as npt

    from kiosk.core.hearing.speech import Activity

_FRAME_S = 0.02
_MAX_SNR = 60.0
_MIN_NOISE_FRAMES = 8
_GUARD_S = 0.1


def snr(samples: npt.NDArray[np.float32], activity: Activity) -> float:
    """Return the SNR in dB from frame powers.

    Speech power is the mean over speech frames, noise power the median over frames well away from
    speech; where there are too few of those, the quietest tenth of all frames stands in. Noise
    power is subtracted from speech power, for the speech frames hold noise too.
    """
    size = int(_FRAME_S * activity.rate)
    count = len(samples) // size
    if count == 0 or not activity.segments:
        return 0.0
    frames = samples[: count * size].reshape(count, size)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    centres = (np.arange(count) + 0.5) * size
    voiced = np.zeros(count, dtype=bool)
    near = np.zeros(count, dtype=bool)
    guard = _GUARD_S * activity.rate
    for start, stop in activity.segments:
        voiced |= (centres >= start) & (centres < stop)
        near |= (centres >= start - guard) & (centres < stop + guard)
    if not voiced.any():
        return 0.0
    quiet = power[~near]
    if len(quiet) >= _MIN_NOISE_FRAMES:
        noise = float(np.median(quiet))
    else:
        noise = float(np.mean(np.sort(power)[: max(1, count // 10)]))
    signal = max(float(np.mean(power[voiced])) - noise, 1e-12)
    ratio = 10.0 * float(np.log10(signal / max(noise, 1e-12)))
    return max(-20.0, min(_MAX_SNR, ratio))


SNR = Measure(
    "Signal-to-noise ratio in dB, at most 60.",
    38.4,
    lambda speech, _: snr(speech.clip.samples, speech.activity),
)

NOISY = Gate(
    code="noisy",
    advice="It is too noisy here. Come closer, or wait until it is quieter.",
    words=Words(
        QT_TRANSLATE_NOOP("messages", "It is too noisy here"),
        QT_TRANSLATE_NOOP("messages", "Come closer, or wait until it is quieter."),
        "alert-triangle",
    ),
    measure=SNR,
    limit=lambda policy: policy.min_snr_db,
    display=Display(QT_TRANSLATE_NOOP("figures", "SNR"), "dB", place=2),
)
