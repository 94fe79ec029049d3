"""Who is claimed, and with what their voice is compared; the same for whoever does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.errors import (
    InvalidInput,
    NotEnrolled,
    PersonDisabled,
    ReenrollmentNeeded,
)
from kiosk.core.limits.second_factor import Factor, FactorKind, clean_badge
from kiosk.core.people.users import clean_user_id, fold_id
from kiosk.core.voice.heard import Voice
from kiosk.services.known import known

if TYPE_CHECKING:
    from kiosk.core.keys.ports import KioskSecret
    from kiosk.core.limits.attempts import Lock
    from kiosk.core.people.users import Person
    from kiosk.core.ports import UnitOfWork, UnitOfWorkFactory
    from kiosk.services.limits.attempts import Attempts
    from kiosk.services.limits.second_factor import SecondFactors

_LOOK_AT = 50
"""So many people are looked at for somebody with a voiceprint of the model in use."""
_PSEUDONYM = 16
_NOBODY = "-"
"""What no ID can be."""


@dataclass(frozen=True)
class Admission:
    """What the public side learns about a claim: nothing about whether there is such a person.

    Attributes:
        user_id: the ID that is claimed; for a badge of nobody a pseudonym of its number, which
            no ID can be. A number that could be an ID as well stays, but folded: records take
            a pseudonym for every ID that nobody has.
        shown: the badge, when one was read in the place of an ID.
        asks: whether a second factor is asked for; of everybody or of nobody.
        lock: why nobody is asked to speak; None when they are.
    """

    user_id: str
    shown: tuple[Factor, ...]
    asks: bool
    lock: Lock | None


@dataclass(frozen=True)
class Template:
    """With what a claim is compared.

    Attributes:
        known: whether somebody has the ID.
        genuine: whether the voiceprint is that person's.
        stale: whether they have voiceprints, but none of a model that decides.
        voice: theirs, or somebody else's that decides nothing; None where nobody has one.
    """

    known: bool
    genuine: bool
    voice: Voice | None
    stale: bool = False


class Claims:
    """Resolves claims, and finds templates.

    Args:
        uow: begins transactions.
        attempts: who may try.
        factors: whose badge it is.
        secret: makes decoys that nobody else can make.
    """

    def __init__(
        self,
        uow: UnitOfWorkFactory,
        attempts: Attempts,
        factors: SecondFactors,
        secret: KioskSecret,
    ) -> None:
        self._uow = uow
        self._attempts = attempts
        self._factors = factors
        self._secret = secret
        self._stand_in: tuple[str, tuple[str, ...]] | None = None

    def admit(self, text: str) -> Admission:
        """Return who is claimed, by ID or by badge.

        Raises:
            InvalidInput: it can be neither.
        """
        user_id, badge = _read(text)
        hashed = self._factors.badge_hash(badge or "")
        shown: tuple[Factor, ...] = ()
        with self._uow() as work:
            self._factors.follow(work)
            person = self._person(work, user_id or _NOBODY)
            owner = work.second_factors.owner(FactorKind.BADGE, hashed)
            # A reader types a badge as it is, and people type their ID in any spelling.
            if person is not None and (person.user_id == user_id or owner is None):
                claimed = person.user_id
            else:
                # Of nobody too: whether it was a badge must not show in what follows.
                claimed = owner or fold_id(user_id or f"badge:{hashed[:_PSEUDONYM]}")
                if badge is not None:
                    shown = (Factor(badge, FactorKind.BADGE),)
            lock = self._attempts.lock(work, self._attempts.keys(claimed))
            work.commit()
        return Admission(claimed, shown, self._factors.asked, lock)

    def choose_stand_in(self, work: UnitOfWork, models: tuple[str, ...]) -> None:
        """Choose whose voiceprint is read in the place of one that does not exist.

        Reading and opening one takes time, and so must a claim that leads to none. To be called
        before every blind comparison, of whomever.
        """
        if self._stand_in is not None and self._stand_in[1] == models:
            return
        for user_id in work.people.user_ids()[:_LOOK_AT]:
            if set(models) <= set(work.people.model_ids(user_id)):
                self._stand_in = (user_id, models)
                return

    def spelled(self, user_id: str) -> str:
        """Return a claimed ID as it was enrolled, and that of nobody folded: one for all spellings.

        Asks as many questions either way.
        """
        with self._uow() as work:
            person = self._person(work, user_id)
        return fold_id(user_id) if person is None else person.user_id

    def known(self, work: UnitOfWork, user_id: str) -> bool:
        """Return whether somebody has an ID; asks as many questions either way."""
        return self._person(work, user_id) is not None

    def template(self, work: UnitOfWork, user_id: str, models: tuple[str, ...]) -> Template:
        """Return whether the person can be compared, and a voice: theirs, or the stand-in's.

        The same questions are asked of the database in both cases. That of the stand-in decides
        nothing: comparing with it only takes time.
        """
        person = self._person(work, user_id)
        known = set(work.people.model_ids(user_id))
        work.people.model_ids(_NOBODY if known else self._beside)
        genuine = person is not None and person.enabled and bool(known & set(models))
        made = []
        for model_id in models:
            theirs = genuine and model_id in known
            found = work.people.voiceprint(user_id if theirs else self._beside, model_id)
            # Of somebody whom one encoder does not know, the stand-in's is only read.
            if found is not None and theirs is genuine:
                made.append(found)
        if not made and not genuine:
            self._stand_in = None  # erased meanwhile; another one is chosen before the next try
        voice = Voice(tuple(made)) if made else None
        stale = person is not None and bool(known) and not known & set(models)
        return Template(person is not None, genuine and voice is not None, voice, stale)

    @property
    def _beside(self) -> str:
        """Return who is looked up beside somebody who does not exist."""
        return _NOBODY if self._stand_in is None else self._stand_in[0]

    def _person(self, work: UnitOfWork, user_id: str) -> Person | None:
        """Return a person. One is found and one is not, each time: finding takes longer."""
        found = work.people.get(user_id)
        work.people.get(_NOBODY if found is not None else self._beside)
        return found

    def decoy_seed(self, user_id: str, model_id: str) -> bytes:
        """Return from what the score of an ID is made that nobody has."""
        return self._secret.mac("decoy", f"{model_id}\0{user_id}".encode())


def voice_in(work: UnitOfWork, user_id: str, models: tuple[str, ...]) -> Voice:
    """Return a person's voice, or say why there is none: for whoever may know that.

    Raises:
        UnknownUser: nobody has that ID.
        PersonDisabled: an operator suspended the person.
        ReenrollmentNeeded: none of these models knows them, but another one does.
        NotEnrolled: the person has no voiceprint.
    """
    person = known(work, user_id)
    user_id = person.user_id
    if not person.enabled:
        raise PersonDisabled(f"{user_id} is disabled.")
    found = [work.people.voiceprint(user_id, model_id) for model_id in models]
    voice = Voice(tuple(each for each in found if each is not None))
    if voice.voiceprints:
        return voice
    others = work.people.model_ids(user_id)
    if others:
        raise ReenrollmentNeeded(
            f"{user_id} was enrolled with model {', '.join(others)}; "
            f"{' and '.join(models)} {'is' if len(models) == 1 else 'are'} in use."
        )
    raise NotEnrolled(f"{user_id} has no voiceprint.")


def _read(text: str) -> tuple[str | None, str | None]:
    """Return what was typed as an ID and as a badge, one of which may be None.

    Raises:
        InvalidInput: it can be neither.
    """
    badge: str | None
    try:
        badge = clean_badge(text)
    except InvalidInput:
        badge = None
    try:
        return clean_user_id(text), badge
    except InvalidInput:
        if badge is None:
            raise
        return None, badge
