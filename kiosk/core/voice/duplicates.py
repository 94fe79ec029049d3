"""Whether a new voice is like that of somebody who is enrolled already, and who decided about it.

With N people enrolled, somebody new is like one of them by chance with the probability
``1 - (1 - FMR) ** N``, FMR being the false match rate at the duplicate threshold: a person decides,
and never the score alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.characters import is_printable
from kiosk.core.errors import DuplicateVoice, InvalidInput, ReenrollmentNeeded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import numpy.typing as npt

    from kiosk.core.voice.embedding import Voiceprint

MAX_REASON = 200
"""Characters in the reason of a decision."""
_BLANK = frozenset("\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}\N{HANGUL FILLER}\uffa0")
"""Letters that cannot be seen."""


@dataclass(frozen=True)
class Alike:
    """Somebody enrolled whose voice is like the new one.

    Attributes:
        user_id: external ID.
        name: display name, may be empty.
        score: mean cosine score of every new take against every enrolled one, in [-1, 1].
        threshold: the duplicate threshold that it reaches, of the same model.
        model_id: the voice model that found it; of two, the one by which the score is farther
            above its threshold.
        enrolled_at: when that voiceprint was made; timezone-aware UTC.
        enabled: False when an operator has suspended the person.
    """

    user_id: str
    name: str
    score: float
    threshold: float
    model_id: str
    enrolled_at: datetime
    enabled: bool = True

    @property
    def margin(self) -> float:
        """Return how far the score is above the threshold."""
        return self.score - self.threshold


@dataclass(frozen=True)
class DuplicateDecision:
    """That a new voice is of another person than those it is like.

    Attributes:
        reason: why, in the words of whoever decided; see :func:`clean_reason`.
        about: IDs of those the decision was made about; None for whoever they are, which only
            programs say that cannot ask anybody.
    """

    reason: str
    about: frozenset[str] | None = None

    def covers(self, alike: Sequence[Alike]) -> bool:
        """Return whether all of these people were decided about."""
        return self.about is None or all(each.user_id in self.about for each in alike)


def decided(alike: Sequence[Alike], decision: DuplicateDecision | None) -> bool:
    """Return whether a voice is like nobody's, or it was decided about all of them."""
    return not alike or (decision is not None and decision.covers(alike))


class DuplicateFound(DuplicateVoice):
    """The voice is like that of these people.

    The message names nobody: it may be shown to whoever may not know who is enrolled.

    Attributes:
        candidates: whom, the most alike first.
    """

    def __init__(self, candidates: Sequence[Alike], *, hint: str | None = None) -> None:
        count = len(candidates)
        whom = "somebody" if count == 1 else f"{count} people"
        super().__init__(
            f"The voice is similar to that of {whom} enrolled already. Nothing was stored.",
            hint=hint,
        )
        self.candidates = tuple(candidates)


def named(candidates: Sequence[Alike]) -> str:
    """Return the IDs and scores of people, for records and for whoever may know them."""
    return ", ".join(f"{each.user_id} (score {each.score:.2f})" for each in candidates)


def clean_reason(text: str) -> str:
    """Return the reason of a decision with its spaces tidied.

    Raises:
        InvalidInput: it is empty, too long, or holds control characters.
    """
    value = " ".join(text.split())
    # Some characters count as printable and show nothing, such as an empty Braille cell.
    if not any(character.isalnum() and character not in _BLANK for character in value):
        raise InvalidInput(
            "The reason is missing.",
            hint="Give a reason why this is a different person, such as: twins.",
        )
    if len(value) > MAX_REASON or not is_printable(value):
        raise InvalidInput(
            "The reason cannot be used.",
            hint=f"Use up to {MAX_REASON} printable characters.",
        )
    return value


def mean_scores(enrolled: Sequence[Voiceprint], new: Voiceprint) -> npt.NDArray[np.float64]:
    """Return how alike a new voice is to each of many: one matrix product for all of them.

    The score of two voiceprints is the mean of the cosine scores of all pairs of their takes, so
    that it compares with the threshold of one take: :func:`kiosk.core.voice.embedding.score`
    averaged over the new takes. A product with the mean of the new takes is that average.

    Args:
        enrolled: voiceprints of the same model, of any number of takes.
        new: the new takes.

    Returns:
        Shape ``(len(enrolled),)``, each in [-1, 1].

    Raises:
        ReenrollmentNeeded: one of them was made by another model.
        ValueError: an embedding is not finite, so that there is no score.
    """
    if not enrolled:
        return np.zeros(0)
    dim = new.takes[0].dim
    for voiceprint in enrolled:
        if voiceprint.model_id != new.model_id or voiceprint.takes[0].dim != dim:
            raise ReenrollmentNeeded(
                f"Somebody was enrolled with another model than {new.model_id}, which is in use."
            )
    counts = np.array([len(voiceprint.takes) for voiceprint in enrolled])
    takes = np.stack([take.vector for voiceprint in enrolled for take in voiceprint.takes])
    probe = np.mean([take.vector for take in new.takes], axis=0, dtype=np.float64)
    scores = takes.astype(np.float64) @ probe
    if not np.isfinite(scores).all():
        raise ValueError("an embedding is not finite")
    firsts = np.concatenate(([0], np.cumsum(counts)[:-1]))
    means: npt.NDArray[np.float64] = np.add.reduceat(scores, firsts) / counts
    return np.clip(means, -1.0, 1.0)
