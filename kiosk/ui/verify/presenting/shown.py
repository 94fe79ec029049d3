"""What the presenter tells the view."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from kiosk.core.accounts.acting import VISITOR
from kiosk.core.visit.outcomes import NotVerified, Verified
from kiosk.core.visit.telling import visible_to
from kiosk.ui.messages import for_reason

if TYPE_CHECKING:
    from kiosk.core.limits.attempts import Lock
    from kiosk.core.visit.telling import ScoreDisplay
    from kiosk.core.visit.verification import VerificationSession
    from kiosk.ui.messages import Message


class Page(Enum):
    """What the self-service side shows."""

    WELCOME = "welcome"
    OTHER_WAYS = "other_ways"
    WHO = "who"
    CONFIRM = "confirm"
    SPEAK = "speak"
    RESULT = "result"


PAGE_OF = {
    "out_of_service": Page.WELCOME,
    "idle": Page.WELCOME,
    "identifying": Page.WHO,
    "confirming": Page.CONFIRM,
    "listening": Page.SPEAK,
    "analysing": Page.SPEAK,
}
"""The page of each state of the session; all others are results."""


@dataclass(frozen=True)
class Result:
    """What the Result page shows.

    Attributes:
        state: ``verified``, ``not_verified``, ``inconclusive`` or ``locked``.
        user_id: who claimed to be here.
        score: None when nothing was compared or scores are not to be shown, as after
            rejections unless the operator wants that, and never when a second factor was in play:
            it would tell which of the two was wrong.
        threshold: the threshold it was compared with; None together with the score.
        advice: what to do better, or what went wrong.
        tries_left: rejections that are still permitted in this visit.
        may_retry: whether the person may speak again at once.
        lock: for how long nobody is compared from now on; None when it is not so.
        factor_asked: whether a second factor was in play.
        one_in: at most one impostor in so many reaches the threshold; None where that is not known.
    """

    state: str
    user_id: str
    score: float | None
    threshold: float | None
    advice: tuple[Message, ...]
    tries_left: int
    may_retry: bool
    lock: Lock | None = None
    factor_asked: bool = False
    one_in: int | None = None


def result_of(
    session: VerificationSession, advice: tuple[Message, ...], scores: ScoreDisplay
) -> Result:
    """Return what to show of the state that a session has come to.

    Args:
        session: in one of the states that a :class:`Result` has.
        advice: what went wrong.
        scores: after which decisions the operator wants them to be seen.
    """
    outcome = session.outcome
    told = None if outcome is None else visible_to(outcome, VISITOR, scores)
    shown = None if told is None or told.score is None else told
    if isinstance(outcome, Verified) and session.state_id != outcome.name:
        shown = None  # of somebody else, or below the threshold: that must not happen
    if told is not None:
        advice += tuple(for_reason(reason) for reason in told.refused)
    return Result(
        session.state_id,
        session.user_id,
        None if shown is None else shown.score,
        None if shown is None else shown.threshold,
        advice,
        session.tries_left,
        session.state_id != "verified" and session.may_retry(),
        session.lock,
        isinstance(outcome, NotVerified) and outcome.factor_asked,
        None if shown is None or shown.basis is None else shown.basis.one_in,
    )
