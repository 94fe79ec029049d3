"""Is a recording good enough to be compared or stored?

Measured before anything is encoded: a poor recording gives a meaningless score, and a person who
is told why can do better at once.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.hearing.audio import dbfs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from kiosk.core.hearing.speech import Activity, Speech
    from kiosk.core.policies import QualityPolicy

FULL_SCALE = 0.985
"""Magnitude that counts as clipped. Below 1: resampling rounds the flat tops of clipped waves."""
NARROW_BAND_HZ = 5_000.0
"""Speech with less bandwidth than this has been through an 8 kHz channel."""
_FRAME_S = 0.02
_MAX_SNR = 60.0
_MIN_NOISE_FRAMES = 8
_GUARD_S = 0.1
_BAND_FLOOR_DB = -45.0


class Reason(Enum):
    """Why a recording is refused, or noticed."""

    NO_SPEECH = "no_speech"
    TOO_SHORT = "too_short"
    MOSTLY_SILENCE = "mostly_silence"
    TOO_QUIET = "too_quiet"
    NOISY = "noisy"
    CLIPPED = "clipped"
    NARROW_BAND = "narrow_band"
    LOST_AUDIO = "lost_audio"
    SEVERAL_SPEAKERS = "several_speakers"
    """Found by :mod:`kiosk.core.hearing.several_speakers`, not by :func:`judge`."""


ADVICE: dict[Reason, str] = {
    Reason.NO_SPEECH: "No speech was heard. Speak towards the microphone.",
    Reason.TOO_SHORT: "Too little speech was heard. Say the whole sentence.",
    Reason.MOSTLY_SILENCE: "The pauses were too long. Speak without stopping.",
    Reason.TOO_QUIET: "The voice was too quiet. Speak a little louder, or come closer.",
    Reason.NOISY: "It is too noisy here. Come closer, or wait until it is quieter.",
    Reason.CLIPPED: "The voice was too loud and is distorted. Step back a little.",
    Reason.NARROW_BAND: "This is only telephone quality. Use a microphone that records 16 kHz.",
    Reason.LOST_AUDIO: "Part of the recording was lost. Please try again.",
    Reason.SEVERAL_SPEAKERS: "More than one voice was heard. Please speak alone.",
}
"""What to do about each reason, in plain English; the desktop translates its own."""


class Notice(Enum):
    """What is worth knowing of a recording though it is no reason to refuse it."""

    NARROW_BAND = "narrow_band"
    CONSTANT_OFFSET = "constant_offset"
    ONE_CHANNEL = "one_channel"


NOTED: dict[Notice, str] = {
    Notice.NARROW_BAND: "The sound is only telephone quality.",
    Notice.CONSTANT_OFFSET: (
        "The microphone adds a constant offset, which was removed. Have the microphone or its "
        "sound device checked."
    ),
    Notice.ONE_CHANNEL: (
        "Only one channel was used, because the two cancel each other out or hide the voice. "
        "Have the microphone and its cable checked."
    ),
}
"""What to say about each, in plain English, to whoever cares for the microphone."""


@dataclass(frozen=True)
class QualityReport:
    """Measurements of one recording.

    Attributes:
        duration_s: length of the recording in seconds.
        net_speech_s: net speech in seconds.
        speech_ratio: net speech over the span from first to last speech, in [0, 1].
        snr_db: signal-to-noise ratio in dB, at most 60.
        clipping: share of speech samples at full scale, in [0, 1].
        level_dbfs: RMS level of the speech in dB relative to full scale.
        bandwidth_hz: highest frequency with speech energy, in Hz.
        overflows: how often the capture lost samples.
        offset: the constant offset that was taken out, as a share of full scale.
        channel: the one channel that was used because together they spoil the voice; 0 otherwise.
    """

    duration_s: float
    net_speech_s: float
    speech_ratio: float
    snr_db: float
    clipping: float
    level_dbfs: float
    bandwidth_hz: float
    overflows: int
    offset: float = 0.0
    channel: int = 0

    @property
    def narrow_band(self) -> bool:
        """Return whether this is speech of telephone bandwidth, whatever its sampling rate."""
        return 0 < self.bandwidth_hz < NARROW_BAND_HZ

    def as_dict(self) -> dict[str, float]:
        """Return the measurements rounded for storage and display."""
        return {key: round(float(value), 4) for key, value in asdict(self).items()}


def measure(speech: Speech) -> QualityReport:
    """Measure a recording whose speech has been found. Never raises on finite samples."""
    clip, activity = speech.clip, speech.activity
    inside = _mask(len(clip), activity.segments)
    voice = clip.samples[inside]
    return QualityReport(
        duration_s=clip.seconds,
        net_speech_s=activity.net_seconds,
        speech_ratio=activity.ratio,
        snr_db=_snr(clip.samples, activity),
        clipping=float(np.mean(np.abs(voice) >= FULL_SCALE)) if len(voice) else 0.0,
        level_dbfs=dbfs(voice),
        bandwidth_hz=_bandwidth(voice, clip.rate),
        overflows=clip.overflows,
        offset=clip.offset,
        channel=clip.channel,
    )


def judge(report: QualityReport, policy: QualityPolicy) -> tuple[Reason, ...]:
    """Return why the recording must be refused; empty when it is good enough."""
    if report.net_speech_s <= 0:
        return (Reason.NO_SPEECH,)
    checks = (
        (Reason.LOST_AUDIO, report.overflows > 0),
        (Reason.TOO_SHORT, report.net_speech_s < policy.min_net_s),
        (Reason.MOSTLY_SILENCE, report.speech_ratio <= policy.min_ratio),
        (Reason.TOO_QUIET, report.level_dbfs < policy.min_level_dbfs),
        (Reason.NOISY, report.snr_db < policy.min_snr_db),
        (Reason.CLIPPED, report.clipping >= policy.max_clipping),
        (Reason.NARROW_BAND, report.bandwidth_hz < policy.min_bandwidth_hz),
    )
    return tuple(reason for reason, failed in checks if failed)


def noticed(report: QualityReport, reasons: Sequence[Reason] = ()) -> tuple[Notice, ...]:
    """Return what is worth knowing of a recording, beside the reasons to refuse it."""
    checks = (
        (Notice.NARROW_BAND, report.narrow_band and Reason.NARROW_BAND not in reasons),
        (Notice.CONSTANT_OFFSET, report.offset > 0),
        (Notice.ONE_CHANNEL, report.channel > 0),
    )
    return tuple(notice for notice, true in checks if true)


def _mask(size: int, segments: tuple[tuple[int, int], ...]) -> npt.NDArray[np.bool_]:
    mask = np.zeros(size, dtype=bool)
    for start, stop in segments:
        mask[start:stop] = True
    return mask


def _snr(samples: npt.NDArray[np.float32], activity: Activity) -> float:
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


def _bandwidth(voice: npt.NDArray[np.float32], rate: int) -> float:
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
