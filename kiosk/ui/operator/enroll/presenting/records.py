"""What the Enroll page shows besides the session itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.ui.operator.words import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.enroll.enrollment import EnrollmentSession
    from kiosk.core.people.consent import ConsentText
    from kiosk.core.people.users import Person
    from kiosk.services.enroll.enrolling import EnrollUser


@dataclass(frozen=True)
class Draft:
    """What the form holds before it is accepted.

    Attributes:
        user_id: external ID as typed.
        name: display name as typed.
        replacing: the person's present voiceprint is to be replaced.
    """

    user_id: str = ""
    name: str = ""
    replacing: bool = False


def saving(
    enroll: EnrollUser, session: EnrollmentSession, draft: Draft, text: ConsentText | None
) -> Callable[[object], Person]:
    """Return what stores a session as it is now, to be called in the recognition thread.

    Args:
        enroll: the use-case.
        session: in review; the person has agreed.
        draft: says whether a voiceprint is replaced.
        text: the text that the person has agreed to.
    """
    user_id, name, takes = session.user_id, session.name, tuple(session.takes)
    replacing, decision = draft.replacing, session.decision

    def save(_: object) -> Person:
        return enroll.save(
            user_id,
            name,
            takes,
            consent=text is not None,
            agreed_to=text,
            replacing=replacing,
            decision=decision,
        )

    return save


@dataclass(frozen=True)
class Saved:
    """What the latest session stored, without anything of the voice.

    Attributes:
        user_id: of the person.
        name: as it is stored now.
        takes: how many.
        lowest: lowest score between any two takes, as shown.
        model_id: voice model that made them, and the second one where there is one.
        replaced: whether there was a voiceprint before.
        like: IDs of those whom the voice is like, of whom it was decided that they are others.
        reason: why, in the words of whoever decided.
        kept: whether the recordings are kept, encrypted, as the site has decided.
    """

    user_id: str
    name: str
    takes: int
    lowest: str
    model_id: str
    replaced: bool
    like: tuple[str, ...] = ()
    reason: str = ""
    kept: bool = False

    @classmethod
    def of(cls, person: Person, session: EnrollmentSession, *, replaced: bool) -> Saved:
        """Sum a session up before its takes are wiped."""
        first = session.takes[0]
        made_with = [each.model_id for each in (first.embedding, first.second) if each is not None]
        return cls(
            person.user_id,
            person.name,
            len(session.takes),
            number(1.0 if session.agreement is None else session.agreement.lowest),
            ", ".join(made_with),
            replaced,
            tuple(each.user_id for each in session.alike) if session.decision else (),
            session.decision.reason if session.decision else "",
            any(take.sound is not None for take in session.takes),
        )
