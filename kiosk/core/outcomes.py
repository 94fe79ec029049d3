"""What the use-cases return: expected results are values, not exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.core.embedding import Embedding
    from kiosk.core.quality import QualityReport, Reason


@dataclass(frozen=True)
class Verified:
    """The score reached the threshold."""

    user_id: str
    score: float
    threshold: float
    model_id: str
    quality: QualityReport
    name: str = "verified"


@dataclass(frozen=True)
class NotVerified:
    """The score stayed below the threshold."""

    user_id: str
    score: float
    threshold: float
    model_id: str
    quality: QualityReport
    name: str = "not_verified"


@dataclass(frozen=True)
class Inconclusive:
    """The recording was not good enough to be compared; it does not count as a failed try."""

    user_id: str
    reasons: tuple[Reason, ...]
    threshold: float
    model_id: str
    quality: QualityReport
    score: None = None
    name: str = "inconclusive"


VerifyOutcome = Verified | NotVerified | Inconclusive


@dataclass(frozen=True)
class TakeAccepted:
    """A take that may become part of a voiceprint.

    Attributes:
        quality: what was measured.
        embedding: made with the model in use.
        second: made with the second model; None when people are enrolled with one model only.
    """

    quality: QualityReport
    embedding: Embedding
    second: Embedding | None = None

    def wipe(self) -> None:
        """Overwrite the embeddings: they are biometric data, not left to the garbage collector."""
        for each in (self.embedding, self.second):
            if each is not None and each.vector.flags.writeable:
                each.vector.fill(0.0)


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
    """Everybody enrolled with the model in use, best first.

    Attributes:
        margin: score of the best minus score of the second; None with fewer than two people.
        reasons: not empty when the recording was too poor to be compared; no candidates then.
    """

    candidates: tuple[Candidate, ...]
    margin: float | None
    threshold: float
    model_id: str
    quality: QualityReport
    reasons: tuple[Reason, ...] = ()
