"""Makes the scorer that everything compares with, and keeps it up to date with who is enrolled."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from kiosk.core.accounts.roles import Action, require
from kiosk.core.errors import InvalidInput, ModelRefused, SettingsInvalid
from kiosk.core.voice.heard import Voice
from kiosk.core.voice.scoring import CosineScorer
from kiosk.core.voice.site_scorer import SiteScorer
from kiosk.services.preferences import POLICY_ONE_IN, threshold_in_force
from kiosk.services.voice.adapting import ADAPTATION, ON, POLICY
from kiosk.services.voice.duplicates import duplicate_threshold
from kiosk.services.voice.gallery import Gallery

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from kiosk.core.ports import ModelCard, UnitOfWork, UnitOfWorkFactory
    from kiosk.core.voice.scoring import Scorer
    from kiosk.services.preferences import Preferences
    from kiosk.services.voice.engine import VoiceEngine

DEFAULT_ONE_IN = 100
ONE_IN = (10, 100_000)
"""Policies that can be chosen."""


class Scoring:
    """The scorer of the encoders that decide now; safe from any thread.

    Args:
        engine: has the encoders.
        uow: begins transactions.
    """

    def __init__(self, engine: VoiceEngine, uow: UnitOfWorkFactory) -> None:
        self._engine = engine
        self._uow = uow
        self._gallery = Gallery()
        self._lock = threading.Lock()
        self._made: tuple[tuple[object, ...], Scorer] | None = None

    def current(
        self,
        work: UnitOfWork,
        card: ModelCard | None = None,
        models: tuple[str, ...] | None = None,
    ) -> Scorer:
        """Return the scorer, made anew where people, encoders or policy have changed.

        Args:
            work: the transaction; the scorer knows who is enrolled within it.
            card: the first encoder that heard what is to be compared; the present one by default.
            models: all that heard it; those that decide now by default.

        Raises:
            ModelMissing, ModelAltered, ModelRefused: the encoders cannot be used.
            SettingsInvalid: the policy or the threshold that is stored is none.
            StorageError: it is not known who is enrolled.
        """
        card = self._engine.card if card is None else card
        models = self._engine.deciding if models is None else models
        calibrations = self._engine.calibrations(models)
        policy = POLICY if work.preferences.get(ADAPTATION) == ON else None
        values: tuple[object, ...]
        if calibrations:
            one_in = one_in_force(work)
            values = (models, policy, one_in)
        else:
            models = models[:1]
            threshold, duplicate = threshold_in_force(work, card), duplicate_threshold(work, card)
            values = (models, policy, threshold, duplicate)
        with self._lock:
            changed = self._gallery.follow(work, models)
            if not changed and self._made is not None and self._made[0] == values:
                return self._made[1]
            scorer: Scorer
            if calibrations:
                bundled = {each: self._bundled(each) for each in models}
                scorer = SiteScorer(calibrations, self._gallery.people(), bundled, one_in, policy)
            else:
                others = self._engine.cohort(models[0])
                people = self._gallery.people()
                scorer = CosineScorer(models[0], threshold, people, duplicate, others, policy)
            self._made = (values, scorer)
            return scorer

    def asked(
        self, work: UnitOfWork, voice: Voice, cards: Sequence[ModelCard]
    ) -> list[tuple[Scorer, Voice]]:
        """Return by whom a new voice is compared with everybody, each with what it knows of it.

        Args:
            work: the transaction.
            voice: the new one.
            cards: of the encoders that know it; those that do not decide compare on their own.

        Raises:
            KioskError: somebody's voiceprint cannot be read: nobody knows who that is.
        """
        if not self._engine.ready:
            # Without the encoders each cosine is compared alone, by the threshold of its model.
            known = [(card, voice.by(card.model_id)) for card in cards]
            return [(self.alone(work, c), Voice((mine,))) for c, mine in known if mine is not None]
        scorer = self.current(work)
        self.require_readable()
        together = tuple(each for each in voice.voiceprints if each.model_id in scorer.models)
        asked: list[tuple[Scorer, Voice]] = [(scorer, Voice(together))] if together else []
        for card in cards:
            mine = voice.by(card.model_id)
            if card.model_id not in scorer.models and mine is not None:
                asked.append((self.alone(work, card), Voice((mine,))))
        return asked

    def alone(self, work: UnitOfWork, card: ModelCard) -> Scorer:
        """Return a scorer by the cosine of one encoder that does not decide."""
        gallery = Gallery()
        gallery.follow(work, (card.model_id,))
        if gallery.unreadable is not None:
            raise gallery.unreadable
        threshold, duplicate = threshold_in_force(work, card), duplicate_threshold(work, card)
        return CosineScorer(card.model_id, threshold, gallery.people(), duplicate)

    def now(self) -> Scorer:
        """Return what :meth:`current` does, in a transaction of its own."""
        with self._uow() as work:
            return self.current(work)

    def warm(self) -> None:
        """Open everybody's voiceprints and make the scorer, before anybody waits for it."""
        gallery = Gallery()
        # Outside of the lock, which is taken within transactions: this begins some itself.
        gallery.warm(self._uow, self._engine.deciding)
        with self._lock:
            self._gallery, self._made = gallery, None
        self.now()

    def require_readable(self) -> None:
        """Refuse to go on where somebody's voiceprint cannot be read: nobody knows who that is.

        Raises:
            KioskError: why it cannot be read.
        """
        with self._lock:
            if self._gallery.unreadable is not None:
                raise self._gallery.unreadable

    def forget(self) -> None:
        """Overwrite what is kept in memory."""
        with self._lock:
            self._made = None
            self._gallery.forget()

    def _bundled(self, model_id: str) -> npt.NDArray[np.float32]:
        found = self._engine.cohort(model_id)
        if found is None:
            raise ModelRefused(
                f"The voice model {model_id} came without other people to compare with.",
                hint="Install the program again.",
            )
        return found


def one_in_force(work: UnitOfWork) -> int:
    """Return the policy: at most one impostor in so many is accepted.

    Raises:
        SettingsInvalid: what is stored is none.
    """
    stored = work.preferences.get(POLICY_ONE_IN)
    if stored is None:
        return DEFAULT_ONE_IN
    if not stored.isascii() or not stored.isdecimal() or not ONE_IN[0] <= int(stored) <= ONE_IN[1]:
        raise SettingsInvalid(
            "The stored policy is not a number of impostors.",
            hint="Set it again with 'kiosk model policy'.",
        )
    return int(stored)


def set_one_in(preferences: Preferences, one_in: int | None) -> None:
    """Choose the policy: at most one impostor in so many; None for one in 100.

    Raises:
        InvalidInput: it cannot be chosen.
        NotPermitted: who acts may not change the threshold.
    """
    require(Action.THRESHOLD)
    if one_in is not None and not ONE_IN[0] <= one_in <= ONE_IN[1]:
        raise InvalidInput(
            f"The policy cannot be one impostor in {one_in}.",
            hint=f"Give a number from {ONE_IN[0]} to {ONE_IN[1]}.",
        )
    preferences.set(POLICY_ONE_IN, None if one_in is None else str(one_in))
