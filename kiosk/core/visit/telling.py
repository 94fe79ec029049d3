"""Who is told what of a decision: decided here, once, for command line, HTTP, screen and records.

A rejection tells whoever does not belong here something: how near they came, and, over several
voices, whether there is anybody under the ID at all. Where a second factor was in play, its score
tells which of the two was wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from kiosk.core.accounts.roles import Action, may
from kiosk.core.visit.outcomes import Inconclusive, Locked, NotVerified

if TYPE_CHECKING:
    from kiosk.core.accounts.acting import Actor
    from kiosk.core.hearing.quality import QualityReport, Reason
    from kiosk.core.limits.attempts import Lock
    from kiosk.core.visit.outcomes import Basis, Identification, Verified, VerifyOutcome

SECOND_FACTOR = "second_factor"
"""Reason of a rejection beside the voice; for operators and records, never for whoever tries."""


class ScoreDisplay(StrEnum):
    """After which decisions visitors are told the score; the value is what is stored."""

    NEVER = "no"
    VERIFIED = "yes"
    """The default."""
    ALWAYS = "always"
    """After rejections too, as under supervision; one against nobody is made up then, see
    :mod:`kiosk.core.voice.decoys`."""


@dataclass(frozen=True)
class Told:
    """What somebody is told of a decision.

    Attributes:
        threshold: None when it was not looked at.
        basis: None whenever the score is.
        reasons: codes: why nothing was compared, or what was wrong beside the voice.
        refused: of them those of the quality gate.
        quality: None when nothing was measured.
    """

    outcome: str
    user_id: str
    model_id: str
    score: float | None = None
    threshold: float | None = None
    basis: Basis | None = None
    reasons: tuple[str, ...] = ()
    refused: tuple[Reason, ...] = ()
    quality: QualityReport | None = None
    lock: Lock | None = None

    @property
    def notices(self) -> list[str]:
        """Return codes of what is worth knowing though it is no reason to refuse."""
        from kiosk.core.hearing.quality import noticed  # arrays, which lists do without

        if self.quality is None:
            return []
        return [notice.value for notice in noticed(self.quality, self.refused)]

    @property
    def measured(self) -> dict[str, float] | None:
        """Return the quality by name."""
        return None if self.quality is None else self.quality.as_dict()

    @property
    def retry_after_s(self) -> int | None:
        """Return in how many seconds a try is accepted; None at once, or until an operator acts."""
        return None if self.lock is None else self.lock.retry_after_s


def visible_to(
    outcome: VerifyOutcome, actor: Actor, display: ScoreDisplay = ScoreDisplay.VERIFIED
) -> Told:
    """Return what somebody is told of a verification.

    Args:
        outcome: what was decided.
        actor: who is told; the system stands for the records.
        display: which scores visitors are told.
    """
    name, user_id, model_id = outcome.name, outcome.user_id, outcome.model_id
    if isinstance(outcome, Locked):
        why = (outcome.lock.reason.value,)
        return Told(name, user_id, model_id, reasons=why, lock=outcome.lock)
    threshold, quality = outcome.threshold, outcome.quality
    if isinstance(outcome, Inconclusive):
        return Told(
            name,
            user_id,
            model_id,
            threshold=threshold,
            reasons=tuple(reason.value for reason in outcome.reasons),
            refused=outcome.reasons,
            quality=quality,
            lock=outcome.lock,
        )
    seen = _score_visible(outcome, actor, display)
    failed = outcome if isinstance(outcome, NotVerified) else None
    wrong = failed is not None and failed.factor_wrong and _trusted(actor)
    return Told(
        name,
        user_id,
        model_id,
        score=outcome.score if seen else None,
        threshold=threshold,
        basis=outcome.basis if seen else None,
        reasons=(SECOND_FACTOR,) if wrong else (),
        quality=quality,
        lock=None if failed is None else failed.lock,
    )


def candidates_visible_to(found: Identification, actor: Actor) -> Identification:
    """Return an identification without what somebody may not know: people and their scores."""
    # A voice that was found and rejected all the same would tell which of the two was wrong.
    half = found.factor_asked and not found.identified and not _trusted(actor)
    return found.outcome_only() if half or not may(Action.SEE_PEOPLE, actor) else found


def _trusted(actor: Actor) -> bool:
    """Return whether it is an operator, and no program: whoever tries stands behind those."""
    return actor.actions is None and may(Action.SEE_PEOPLE, actor)


def _score_visible(outcome: Verified | NotVerified, actor: Actor, display: ScoreDisplay) -> bool:
    if not isinstance(outcome, NotVerified):
        return _trusted(actor) or display is not ScoreDisplay.NEVER
    if _trusted(actor):
        return outcome.compared  # what is made up is no score
    if outcome.factor_asked:
        return False
    return may(Action.SEE_PEOPLE, actor) or display is ScoreDisplay.ALWAYS
