"""Is a recording good enough to be compared or stored?

Measured before anything is encoded: a poor recording gives a meaningless score, and a person who
is told why can do better at once.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Self, get_type_hints

import numpy as np

from kiosk.core.hearing.gates.bandwidth import BANDWIDTH, NARROW_BAND, NARROW_BAND_HZ
from kiosk.core.hearing.gates.clipping import CLIPPED, CLIPPING
from kiosk.core.hearing.gates.gate import Gate, Measure
from kiosk.core.hearing.gates.level import LEVEL, TOO_QUIET
from kiosk.core.hearing.gates.lost_audio import LOST_AUDIO, OVERFLOWS
from kiosk.core.hearing.gates.net_speech import NET_SPEECH, NO_SPEECH, TOO_SHORT
from kiosk.core.hearing.gates.noise import NOISY, SNR
from kiosk.core.hearing.gates.pauses import MOSTLY_SILENCE, SPEECH_RATIO
from kiosk.core.hearing.gates.several_speakers import SEVERAL_SPEAKERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from kiosk.core.hearing.speech import Speech
    from kiosk.core.policies import QualityPolicy


class Reason(Enum):
    """Why a recording is refused, or noticed: the list of gates, the first to be told first.

    The value is the gate's code.
    """

    _value_: str
    gate: Gate

    def __new__(cls, gate: Gate) -> Self:
        """Make a member that is found by its gate's code."""
        member = object.__new__(cls)
        member._value_ = gate.code
        member.gate = gate
        return member

    @classmethod
    def of(cls, code: str) -> Reason | None:
        """Return the reason of a code; None for one that a newer program has stored."""
        return next((each for each in cls if each.value == code), None)

    NO_SPEECH = NO_SPEECH
    LOST_AUDIO = LOST_AUDIO
    TOO_SHORT = TOO_SHORT
    MOSTLY_SILENCE = MOSTLY_SILENCE
    TOO_QUIET = TOO_QUIET
    NOISY = NOISY
    CLIPPED = CLIPPED
    NARROW_BAND = NARROW_BAND
    SEVERAL_SPEAKERS = SEVERAL_SPEAKERS


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
    """Measurements of one recording; they are stored and answered under these names."""

    duration_s: Annotated[
        float, Measure("Length in seconds.", 6.04, lambda speech, _: speech.clip.seconds)
    ]
    net_speech_s: Annotated[float, NET_SPEECH]
    speech_ratio: Annotated[float, SPEECH_RATIO]
    snr_db: Annotated[float, SNR]
    clipping: Annotated[float, CLIPPING]
    level_dbfs: Annotated[float, LEVEL]
    bandwidth_hz: Annotated[float, BANDWIDTH]
    overflows: Annotated[int, OVERFLOWS]
    offset: Annotated[
        float,
        Measure(
            "Constant offset that was taken out, as a share of full scale.",
            0.0,
            lambda speech, _: speech.clip.offset,
        ),
    ] = 0.0
    channel: Annotated[
        int,
        Measure(
            "The one channel that was used because together they spoil the voice; 0 otherwise.",
            0.0,
            lambda speech, _: speech.clip.channel,
        ),
    ] = 0

    @property
    def narrow_band(self) -> bool:
        """Return whether this is speech of telephone bandwidth, whatever its sampling rate."""
        return 0 < self.bandwidth_hz < NARROW_BAND_HZ

    def value(self, measure: Measure) -> float:
        """Return one measurement."""
        return float(getattr(self, _NAMES[measure]))

    def as_dict(self) -> dict[str, float]:
        """Return the measurements rounded for storage and display."""
        return {key: round(float(value), 4) for key, value in asdict(self).items()}


MEASURES: dict[str, Measure] = {
    name: hint.__metadata__[0]
    for name, hint in get_type_hints(QualityReport, include_extras=True).items()
}
"""What is measured, by the name in the report."""
_NAMES = {measure: name for name, measure in MEASURES.items()}


def measure(speech: Speech) -> QualityReport:
    """Measure a recording whose speech has been found. Never raises on finite samples."""
    clip = speech.clip
    voice = clip.samples[_mask(len(clip), speech.activity.segments)]
    values: dict[str, Any] = {name: each.of(speech, voice) for name, each in MEASURES.items()}
    return QualityReport(**values)


def judge(report: QualityReport, policy: QualityPolicy) -> tuple[Reason, ...]:
    """Return why the recording must be refused; empty when it is good enough."""
    failed = tuple(
        reason
        for reason in Reason
        if (found := reason.gate.measure) and not reason.gate.keeps(report.value(found), policy)
    )
    # Nothing else can be said about nothing.
    return (Reason.NO_SPEECH,) if Reason.NO_SPEECH in failed else failed


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
