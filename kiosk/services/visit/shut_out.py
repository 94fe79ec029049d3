"""Who can be verified today, and would be turned away by another setting."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.accounts.roles import Action, require
from kiosk.core.errors import ReenrollmentNeeded
from kiosk.core.limits.second_factor import FactorRule
from kiosk.core.people.users import PeopleOrder
from kiosk.core.voice.ears import evenly
from kiosk.core.voice.embedding import Embedding, Voiceprint
from kiosk.core.voice.heard import Heard, Voice
from kiosk.core.voice.site_scorer import SiteScorer, on_scale

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kiosk.core.ports import UnitOfWorkFactory
    from kiosk.core.voice.comparing import Comparing
    from kiosk.core.voice.scoring import Scorer
    from kiosk.services.limits.second_factor import SecondFactors
    from kiosk.services.voice.engine import VoiceEngine
    from kiosk.services.voice.models import Models
    from kiosk.services.voice.scoring import Scoring

_MOST = 1_000
"""People whose takes are compared with each other; of more, as many are taken evenly."""


@dataclass(frozen=True)
class ShutOut:
    """How many of those who can be verified today would be turned away.

    Attributes:
        count: how many would be, at least and probably.
        people: how many can be verified today.
    """

    count: int
    people: int


NOBODY = ShutOut(0, 0)


@dataclass(frozen=True)
class Standing:
    """How those who can be verified today score.

    Attributes:
        scores: one of each person, lowest first: that of the last attempt, or the mean of their
            takes against their other ones, whichever is lower.
        scorer: what made them.
    """

    scores: tuple[float, ...]
    scorer: Scorer

    def below(self, threshold: float) -> ShutOut:
        """Return who would not reach another threshold."""
        return ShutOut(bisect_left(self.scores, threshold), len(self.scores))

    def at(self, one_in: int) -> ShutOut:
        """Return who would not reach the line of another policy; nobody without calibration."""
        if not isinstance(self.scorer, SiteScorer):
            return ShutOut(0, len(self.scores))
        site = self.scorer.site
        moved = site.threshold(one_in) - site.threshold(self.scorer.one_in)
        return self.below(on_scale(moved)) if moved > 0 else ShutOut(0, len(self.scores))


class ShutOuts:
    """Counts them before a setting is made, for whoever asks whether it shall be.

    Args:
        uow: begins transactions.
        engine: knows what came with the models; none of them has to be loaded.
        models: knows which decide.
        scoring: compares.
        factors: knows who has a PIN or badge.
    """

    def __init__(
        self,
        uow: UnitOfWorkFactory,
        engine: VoiceEngine,
        models: Models,
        scoring: Scoring,
        factors: SecondFactors,
    ) -> None:
        self._uow = uow
        self._engine = engine
        self._models = models
        self._scoring = scoring
        self._factors = factors

    def standing(self) -> Standing:
        """Return how people score today, by whatever decides now.

        Raises:
            NotPermitted: visitors may not know.
            KioskError: the models or voiceprints cannot be read.
        """
        require(Action.SEE_PEOPLE)
        deciding = self._models.comparing()
        known = self._able(deciding)
        card = self._models.card(deciding.models[0])
        for each in deciding.models:
            self._engine.cohort(each)  # read now, not within the transaction
        with self._uow() as work:
            last = {one.user_id: one.value for one in work.people.listed(PeopleOrder.SCORE)}
            scorer = self._scoring.current(work, card, deciding.models)
        ids = sorted(known)
        asked = {ids[place] for place in evenly(len(ids), _MOST)}
        scores: list[float] = []
        for user_id, models in known.items():
            try:
                found = [_own(scorer, user_id, models)] if user_id in asked else []
            except (KeyError, ReenrollmentNeeded):  # cannot be read, or is gone meanwhile
                continue
            tried = last.get(user_id)
            found += [tried] if isinstance(tried, float) else []
            passed = [each for each in found if each is not None and each >= scorer.threshold]
            scores += [min(passed)] if passed else []
        return Standing(tuple(sorted(scores)), scorer)

    @property
    def everybody_is_asked(self) -> bool:
        """Return whether everybody must show a PIN or badge beside the voice."""
        return self._factors.rule is FactorRule.REQUIRED

    def without_factor(self) -> ShutOut:
        """Return who has neither PIN nor badge, and is turned away where everybody is asked."""
        able = self._able(self._models.comparing())
        return ShutOut(len(able.keys() - self._factors.holders().keys()), len(able))

    def by_use(self, model_id: str) -> ShutOut:
        """Return who could not be compared any more if this model came into use.

        Raises:
            ModelMissing: no model is chosen now and none is built in.
        """
        return self._after(lambda: self._models.comparing_after_use(model_id))

    def by_also(self, model_id: str | None) -> ShutOut:
        """Return who could not be compared any more with this second model, or without one."""
        return self._after(lambda: self._models.comparing_with(model_id))

    def _after(self, changed: Callable[[], Comparing]) -> ShutOut:
        require(Action.SEE_PEOPLE)
        now = self._able(self._models.comparing())
        then = self._able(changed())
        return ShutOut(len(now.keys() - then.keys()), len(now))

    def _able(self, deciding: Comparing) -> Mapping[str, tuple[str, ...]]:
        """Return who is compared by which models; who is disabled or cannot be is left out."""
        with self._uow() as work:
            people = work.people.listed(PeopleOrder.STATE)
        known = {
            one.user_id: deciding.by(one.value)
            for one in people
            if one.enabled and isinstance(one.value, tuple)
        }
        return {user_id: models for user_id, models in known.items() if models}


def _own(scorer: Scorer, user_id: str, models: tuple[str, ...]) -> float | None:
    """Return the mean score of a person's takes, each against the others; None of a single one."""
    rows = {model_id: scorer.known(user_id, model_id) for model_id in models}
    count = min(len(each) for each in rows.values())
    if count < 2:
        return None
    values = []
    for left in range(count):
        others = tuple(
            Voiceprint(tuple(Embedding(row, model_id) for row in np.delete(takes, left, axis=0)))
            for model_id, takes in rows.items()
        )
        probe = Heard(tuple(Embedding(takes[left], m) for m, takes in rows.items()))
        values.append(scorer.compare(user_id, Voice(others), probe).value)
    return float(np.mean(values))
