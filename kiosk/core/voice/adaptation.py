"""A voiceprint that follows its person as the voice changes, within bounds nobody can move.

Let ``A(x)`` be the mean cosine score of a probe ``x`` against the enrolled takes alone (the
*anchors*, ``n`` of them), and ``M(x)`` the mean against anchors and adapted takes together
(``k <= n`` of the latter, so that anchors keep at least half of the weight). All are unit vectors.

**A take is learned** only if ``A(x) >= threshold + margin``, and the person was verified, showed a
second factor, spoke as well as an enrollment demands, and sounds like nobody else.

**The score** is ``S(x) = A(x) + min(max(M(x) - A(x), 0), lift)``.

What follows, for every probe and whatever was learned before:

1. *Nobody helps themselves.* What is learned depends on the anchors and the threshold alone, which
   no attempt changes: learning does not become easier by what was learned, so there is no chain of
   small steps. Whoever stays below ``threshold + margin`` against the anchors never changes
   anything, in however many tries. An impostor at ``threshold - e`` is such a one for every
   ``e >= 0``.
2. *The drift is bounded.* ``A(x) <= S(x) <= A(x) + lift``. Even if all adapted takes were chosen by
   an attacker who can make any embedding that is learned, a voice that scores below
   ``threshold - lift`` against the anchors is never accepted. In other words: the error rates of a
   kiosk that adapts lie between those at ``threshold`` and those at ``threshold - lift``. Without
   the cap there would be no such bound: by Cauchy and Schwarz a learned take ``b`` may lie as near
   to such an impostor ``v`` as ``<b, v> = 1 - (margin + e)**2 / (2 * |mean anchor|**2)``, so that
   ``M(v)`` alone could pass.
3. *Nobody is refused because of it.* ``S(x) >= A(x)``: who passes by the enrolled takes passes.

A take's distance to the anchors is bounded likewise: a voice that drifts on is learned from as long
as it still reaches ``threshold + margin`` now and then, and beyond that the person enrolls again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from kiosk.core.voice.embedding import Voiceprint, score

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kiosk.core.voice.embedding import Embedding


@dataclass(frozen=True)
class AdaptationPolicy:
    """How far a voiceprint may follow its person; see the module for what the figures mean.

    Attributes:
        keep: adapted takes that are kept, the last ones; never more than there are anchors.
        margin: how far above the threshold a take must score to be learned.
        lift: what adapted takes may add to a score at most.
    """

    keep: int = 3
    margin: float = 0.10
    lift: float = 0.05

    def __post_init__(self) -> None:
        """Refuse a policy without bounds."""
        if self.keep < 1:
            raise ValueError("at least one adapted take is kept")
        # What is forgiven below the threshold is less than what was asked above it.
        if not 0.0 < self.lift <= self.margin < 1.0:
            raise ValueError("0 < lift <= margin < 1 is required")

    def room(self, anchors: Voiceprint) -> int:
        """Return how many adapted takes a voiceprint may have."""
        return min(self.keep, len(anchors.takes))


class NotLearned(StrEnum):
    """Why a take was not added to a voiceprint."""

    OFF = "off"
    NO_SECOND_FACTOR = "no_second_factor"
    QUALITY = "quality"
    MARGIN = "margin"
    LIKE_ANOTHER = "like_another"
    NOT_COMPARED = "not_compared"
    """Somebody's voiceprint could not be read, so nobody knows whether it is like another."""


@dataclass(frozen=True, eq=False)
class AdaptedTake:
    """A take that a voiceprint has learned.

    Attributes:
        embedding: of the same model as the anchors.
        position: which of all that were ever learned, from 0.
        created_at: when; timezone-aware UTC.
    """

    embedding: Embedding = field(repr=False)
    position: int
    created_at: datetime


class AdaptedTakes(Protocol):
    """Adapted takes within one unit of work. They go with their voiceprint."""

    def of(self, user_id: str, model_id: str) -> list[AdaptedTake]:
        """Return what a voiceprint has learned, the oldest first."""

    def add(self, user_id: str, embedding: Embedding, at: datetime, keep: int) -> None:
        """Store a take, and erase the oldest ones beyond ``keep``.

        Raises:
            NotEnrolled: the person has no voiceprint of the model.
        """

    def clear(self, user_id: str) -> int:
        """Erase everything that the voiceprints of a person have learned; return how many takes."""

    def counts(self) -> dict[str, int]:
        """Return how many adapted takes people have, by ID; those with none are left out."""


def learns(
    anchors: Voiceprint, take: Embedding, threshold: float, policy: AdaptationPolicy
) -> bool:
    """Return whether a take is near enough to the anchors to be learned.

    Raises:
        ReenrollmentNeeded: it was made by another model.
    """
    return score(anchors, take) >= threshold + policy.margin


def adapted_score(
    anchors: Voiceprint,
    adapted: Sequence[Embedding],
    probe: Embedding,
    threshold: float,
    policy: AdaptationPolicy,
) -> float:
    """Return the score of a probe against a voiceprint that has learned, in [-1, 1].

    Args:
        anchors: the enrolled takes.
        adapted: what was learned, the oldest first; of more than :meth:`AdaptationPolicy.room`,
            the last ones count. One that would not be learned today, because the threshold was
            raised since, does not count.
        probe: of the same model.
        threshold: the one in force.
        policy: the bounds.

    Raises:
        ReenrollmentNeeded: one of them was made by another model.
    """
    by_anchors = score(anchors, probe)
    fit = tuple(take for take in adapted if learns(anchors, take, threshold, policy))
    kept = fit[-policy.room(anchors) :]
    if not kept:
        return by_anchors
    by_all = score(Voiceprint((*anchors.takes, *kept)), probe)
    return min(1.0, by_anchors + min(max(by_all - by_anchors, 0.0), policy.lift))
