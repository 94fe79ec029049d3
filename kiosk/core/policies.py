"""The limits a site may set, as validated values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from kiosk.core.limits.attempts import AttemptPolicy
from kiosk.core.limits.second_factor import FactorRule

LEAST_THRESHOLD = 0.05
"""Strangers score about 0: whatever is verified with less than this accepts many of them."""


@dataclass(frozen=True)
class QualityPolicy:
    """What a recording must have before it is compared or stored.

    Attributes:
        min_net_s: least net speech in seconds.
        min_snr_db: least signal-to-noise ratio in dB.
        min_ratio: net speech over the span from first to last speech must exceed this.
        max_clipping: share of speech samples at full scale must stay below this.
        min_level_dbfs: least RMS level of the speech, in dB relative to full scale.
        min_bandwidth_hz: least bandwidth; narrower speech is refused. 0 turns the check off.
    """

    min_net_s: float
    min_snr_db: float
    min_ratio: float = 0.55
    max_clipping: float = 0.01
    min_level_dbfs: float = -50.0
    min_bandwidth_hz: float = 0.0


ENROLL_QUALITY = QualityPolicy(min_net_s=2.0, min_snr_db=8.0, min_bandwidth_hz=5_000.0)
"""Gates of an enrollment take. SNR after Facephi's published limit. The end-pointer waits for more
net speech; of shorter recordings that are handed over, people could be enrolled no worse."""
LEARN_QUALITY = replace(ENROLL_QUALITY, min_net_s=3.0)
"""Gates of a verification that the voiceprint learns from by itself: nobody looks at it."""
VERIFY_QUALITY = QualityPolicy(min_net_s=2.0, min_snr_db=3.0)
"""Gates of a verification: narrow-band speech is compared, and noticed."""


@dataclass(frozen=True)
class EndPointPolicy:
    """When an utterance is over; all in seconds.

    Attributes:
        wanted_net_s: net speech that is wanted; after it a short silence ends the utterance.
        enough_net_s: net speech that ends it while the speaker goes on.
        pause_s: silence after which the speech so far is encoded ahead, and how long the end-point
            waits for that when ``enough_net_s`` was reached.
        end_silence_s: silence that ends it when ``wanted_net_s`` was reached.
        short_silence_s: silence that ends it when less was said.
        no_speech_s: silence after which it is given up.
        longest_s: the longest utterance.
    """

    wanted_net_s: float
    enough_net_s: float
    pause_s: float = 0.25
    end_silence_s: float = 0.7
    short_silence_s: float = 2.5
    no_speech_s: float = 8.0
    longest_s: float = 25.0

    def __post_init__(self) -> None:
        """Refuse limits in the wrong order."""
        if not 0 < self.pause_s < self.end_silence_s <= self.short_silence_s:
            raise ValueError("pause < end silence <= short silence is required")
        if not 0 < self.wanted_net_s <= self.enough_net_s < self.longest_s:
            raise ValueError("wanted <= enough < longest is required")


VERIFY_END_POINT = EndPointPolicy(wanted_net_s=2.2, enough_net_s=6.0)
ENROLL_END_POINT = EndPointPolicy(wanted_net_s=3.3, enough_net_s=8.0)


@dataclass(frozen=True)
class VerificationPolicy:
    """How often a person may try in one visit, and over all visits.

    Attributes:
        tries: rejections after which the visit ends.
        inconclusive_tries: recordings that were too poor to compare, after which it ends too.
        attempts: what holds over all visits.
        second_factor: what is asked for beside the voice.
    """

    tries: int = 3
    inconclusive_tries: int = 5
    quality: QualityPolicy = VERIFY_QUALITY
    end_point: EndPointPolicy = VERIFY_END_POINT
    attempts: AttemptPolicy = field(default_factory=AttemptPolicy)
    second_factor: FactorRule = FactorRule.NONE

    def __post_init__(self) -> None:
        """Refuse a policy that lets nobody try."""
        if self.tries < 1 or self.inconclusive_tries < 1:
            raise ValueError("at least one try is required")


@dataclass(frozen=True)
class EnrollmentPolicy:
    """What makes a voiceprint.

    Attributes:
        takes: accepted takes wanted.
    """

    takes: int = 3
    quality: QualityPolicy = ENROLL_QUALITY
    end_point: EndPointPolicy = ENROLL_END_POINT

    def __post_init__(self) -> None:
        """Refuse a voiceprint of nothing."""
        if self.takes < 1:
            raise ValueError("at least one take is required")


@dataclass(frozen=True)
class Policies:
    """All policies of a kiosk."""

    verification: VerificationPolicy = field(default_factory=VerificationPolicy)
    enrollment: EnrollmentPolicy = field(default_factory=EnrollmentPolicy)
