"""What the presenter tells the view."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.ui.messages import Message


class Page(Enum):
    """What the self-service side shows."""

    WELCOME = "welcome"
    OTHER_WAYS = "other_ways"
    WHO = "who"
    SPEAK = "speak"
    RESULT = "result"


PAGE_OF = {
    "out_of_service": Page.WELCOME,
    "idle": Page.WELCOME,
    "identifying": Page.WHO,
    "listening": Page.SPEAK,
    "analysing": Page.SPEAK,
}
"""The page of each state of the session; all others are results."""


@dataclass(frozen=True)
class Result:
    """What the Result page shows.

    Attributes:
        state: ``verified``, ``not_verified`` or ``inconclusive``.
        user_id: who claimed to be here.
        score: cosine score; None when nothing was compared or scores are not to be shown.
        threshold: the threshold it was compared with; None together with the score.
        advice: what to do better, or what went wrong.
        tries_left: rejections that are still permitted in this visit.
        may_retry: whether the person may speak again at once.
    """

    state: str
    user_id: str
    score: float | None
    threshold: float | None
    advice: tuple[Message, ...]
    tries_left: int
    may_retry: bool
