"""What the use-cases return: expected results are values, not exceptions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kiosk.core.hearing.audio import AudioClip
    from kiosk.core.hearing.quality import QualityReport, Reason
    from kiosk.core.limits.attempts import Lock
    from kiosk.core.voice.embedding import Embedding
    from kiosk.core.voice.heard import Heard
    from kiosk.core.voice.scoring import Score


@dataclass(frozen=True)
class Basis:
    """How a score came about, for records and for details on the screen.

    Attributes:
        scorer: identity of the scorer.
        cosines: cosine score by encoder.
        llr: natural log-likelihood ratio, where the scorer is calibrated.
        one_in: what the threshold was set for: at most one impostor in so many.
    """

    scorer: str = ""
    cosines: Mapping[str, float] = field(default_factory=dict)
    llr: float | None = None
    one_in: int | None = None

    @classmethod
    def of(cls, score: Score) -> Basis:
        """Return the basis of a score."""
        return cls(score.scorer, dict(score.cosines), score.llr, score.one_in)

    def details(self) -> dict[str, object]:
        """Return what records keep of it."""
        cosines = tuple(f"{value:.3f} {model_id}" for model_id, value in self.cosines.items())
        return {
            "scorer": self.scorer,
            "llr": self.llr,
            "one_in": self.one_in,
            "cosines": cosines,
        }


@dataclass(frozen=True)
class Verified:
    """The score reached the threshold, and a second factor that was asked for was right.

    Attributes:
        second_factor: whether one was shown and was right.
    """

    user_id: str
    score: float
    threshold: float
    model_id: str
    quality: QualityReport
    name: str = "verified"
    second_factor: bool = False
    basis: Basis = Basis()


@dataclass(frozen=True)
class NotVerified:
    """The score stayed below the threshold, or the second factor was not right.

    Attributes:
        lock: what follows from it; None when the next try may be made at once.
        tries_left: failures that are still free of a wait; None when that was not counted.
        factor_asked: whether a second factor was in play. The score is for nobody's eyes then: it
            would tell which of the two was wrong.
        factor_wrong: whether it was not right; for records, never for whoever tries.
        compared: False where nobody was there to compare with, and the score is made up; for
            records, never for whoever tries.
    """

    user_id: str
    score: float
    threshold: float
    model_id: str
    quality: QualityReport
    name: str = "not_verified"
    lock: Lock | None = None
    tries_left: int | None = None
    factor_asked: bool = False
    factor_wrong: bool = False
    compared: bool = True
    basis: Basis = Basis()


@dataclass(frozen=True)
class Inconclusive:
    """The recording was not good enough to be compared; it does not count as a failed try.

    Attributes:
        lock: set when there were too many such recordings in a row.
    """

    user_id: str
    reasons: tuple[Reason, ...]
    threshold: float
    model_id: str
    quality: QualityReport
    score: None = None
    name: str = "inconclusive"
    lock: Lock | None = None


@dataclass(frozen=True)
class Locked:
    """There were too many failures before; nothing was compared.

    Attributes:
        lock: why, and for how long.
    """

    user_id: str
    lock: Lock
    model_id: str
    score: None = None
    threshold: None = None
    name: str = "locked"


VerifyOutcome = Verified | NotVerified | Inconclusive | Locked


@dataclass(frozen=True)
class TakeAccepted:
    """A take that may become part of a voiceprint.

    Attributes:
        quality: what was measured.
        embedding: made with the model in use.
        second: made with the second model; None when people are enrolled with one model only.
        sound: a copy of the recording, where the site keeps takes; else None.
    """

    quality: QualityReport
    embedding: Embedding
    second: Embedding | None = None
    sound: AudioClip | None = None

    @property
    def heard(self) -> Heard:
        """Return what the models have heard."""
        from kiosk.core.voice.heard import Heard  # arrays, which lists and help do without

        made = (self.embedding,) if self.second is None else (self.embedding, self.second)
        return Heard(made)

    def wipe(self) -> None:
        """Overwrite embeddings and sound: biometric data is not left to the garbage collector."""
        for each in (self.embedding, self.second, self.sound):
            if each is not None:
                each.wipe()


@dataclass(frozen=True)
class TakeRefused:
    """A take that must be recorded again, and why."""

    quality: QualityReport
    reasons: tuple[Reason, ...]


TakeOutcome = TakeAccepted | TakeRefused


@dataclass(frozen=True)
class Candidate:
    """One person in a ranked identification."""

    user_id: str
    name: str
    score: float


@dataclass(frozen=True)
class Identification:
    """Who of those who may be verified now a voice is most alike, the best first.

    Attributes:
        candidates: empty for whoever may not know who is enrolled.
        margin: score of the best minus score of the second; None with fewer than two people.
        reasons: not empty when the recording was too poor to be compared; no candidates then.
        identified: the best reached the threshold, and a second factor that was asked for was
            right.
        factor_asked: whether a second factor was in play.
        factor_wrong: the best reached the threshold, and the second factor was not right; for
            records, never for whoever tries.
        lock: set when there were too many poor recordings at this place.
        compared: how many people the voice was compared with.
    """

    candidates: tuple[Candidate, ...]
    margin: float | None
    threshold: float
    model_id: str
    quality: QualityReport
    reasons: tuple[Reason, ...] = ()
    identified: bool = False
    factor_asked: bool = False
    factor_wrong: bool = False
    lock: Lock | None = None
    compared: int = 0

    @property
    def name(self) -> Literal["identified", "unknown", "inconclusive"]:
        """Return what came of it."""
        if self.reasons:
            return "inconclusive"
        return "identified" if self.identified else "unknown"

    def outcome_only(self) -> Identification:
        """Return it for whoever may not know who is enrolled."""
        return replace(self, candidates=(), margin=None)
