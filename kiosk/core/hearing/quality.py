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
from kiosk.core.hearing.gates.bandwidth import NARROW_BAND_HZ, bandwidth
from kiosk.core.hearing.gates.clipping import FULL_SCALE
from kiosk.core.hearing.gates.noise import snr

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from kiosk.core.hearing.speech import Speech
    from kiosk.core.policies import QualityPolicy


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
        snr_db=snr(clip.samples, activity),
        clipping=float(np.mean(np.abs(voice) >= FULL_SCALE)) if len(voice) else 0.0,
        level_dbfs=dbfs(voice),
        bandwidth_hz=bandwidth(voice, clip.rate),
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
