"""What the threshold means at this very site, for people to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.accounts.roles import Action, require
from kiosk.core.measuring.false_accepts import strangers_needed, upper_bound
from kiosk.core.voice.site_scorer import LINE, SiteScorer, all_on_scale

if TYPE_CHECKING:
    import numpy.typing as npt

    from kiosk.core.ports import UnitOfWorkFactory
    from kiosk.services.voice.engine import VoiceEngine
    from kiosk.services.voice.scoring import Scoring

    Values = npt.NDArray[np.float64]

_LEAST = 2
"""People without whom there is nobody to be an impostor."""


@dataclass(frozen=True, eq=False)
class SiteReport:
    """How genuine and impostor comparisons score here.

    Attributes:
        one_in: the policy: at most one impostor in so many.
        people: enrolled here with all encoders that decide.
        impostors: scores of every person's takes against everybody else, on the scale.
        genuine: scores of every take against the other takes of the same person, on the scale.
        line: the threshold on that scale.
        fmr: share of the impostor comparisons that reach the line; None with fewer than two people.
        bound: with 95 % confidence the FMR of people like those enrolled is at most this; by
            person, not by comparison. None with fewer than two people.
        fnmr: share of the genuine comparisons below the line; None where nobody has two takes.
        needed: how many people must be enrolled until the policy itself can be claimed with 95 %
            confidence, if none of them is taken for another.
    """

    one_in: int
    people: int
    impostors: Values
    genuine: Values
    line: float
    fmr: float | None
    bound: float | None
    fnmr: float | None
    needed: int


class SiteReports:
    """Measures what the threshold means here."""

    def __init__(self, uow: UnitOfWorkFactory, engine: VoiceEngine, scoring: Scoring) -> None:
        """Use these."""
        self._uow = uow
        self._engine = engine
        self._scoring = scoring

    def measure(self, one_in: int | None = None) -> SiteReport | None:
        """Return what the threshold means here; None where the encoders were never calibrated.

        Args:
            one_in: another policy than the one in force, to see what it would mean.

        Raises:
            NotPermitted: visitors may not know.
            ModelMissing, ModelAltered, ModelRefused: the encoders cannot be used.
        """
        require(Action.SEE_PEOPLE)
        self._engine.follow()
        with self._uow() as work:
            scorer = self._scoring.current(work)
        if not isinstance(scorer, SiteScorer):
            return None
        policy = scorer.one_in if one_in is None else one_in
        return report_of(scorer, policy)


def report_of(scorer: SiteScorer, one_in: int) -> SiteReport:
    """Return what a policy means for the people that a scorer knows."""
    site = scorer.site
    limit = site.threshold(one_in)
    needed = strangers_needed(1 / one_in)
    own = site.genuine()
    genuine = all_on_scale(own - limit)
    fnmr = float(np.mean(own < limit)) if len(own) else None
    if site.people < _LEAST:
        return SiteReport(one_in, site.people, np.empty(0), genuine, LINE, None, None, fnmr, needed)
    taken = site.taken(limit)
    flat = site.impostors[~np.isnan(site.impostors)]
    impostors = all_on_scale(flat - limit)
    return SiteReport(
        one_in,
        site.people,
        impostors,
        genuine,
        LINE,
        float(np.mean(flat >= limit)),
        upper_bound(float(taken.sum()), len(taken)),
        fnmr,
        needed,
    )
