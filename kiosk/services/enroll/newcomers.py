"""Add somebody new, under an ID that nobody had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.accounts.acting import acting
from kiosk.core.errors import InvalidInput
from kiosk.core.people.users import fold_id

if TYPE_CHECKING:
    from kiosk.core.people.users import Person
    from kiosk.core.ports import UnitOfWork
    from kiosk.services.limits.attempts import Attempts
    from kiosk.services.limits.second_factor import SecondFactors


class Newcomers:
    """The one way in which people are added, whatever is known of their voice.

    Args:
        attempts: has counted what was tried under the ID while nobody had it.
        factors: knows whose badges there are.
    """

    def __init__(self, attempts: Attempts, factors: SecondFactors) -> None:
        self._attempts = attempts
        self._factors = factors

    def require_usable(self, work: UnitOfWork, user_id: str) -> None:
        """Refuse an ID that is the number of somebody's badge.

        Who types or reads it means an ID first: the owner of the badge would be taken for the
        newcomer, and would fail under their ID.

        Args:
            work: the transaction.
            user_id: a cleaned ID that nobody has.

        Raises:
            InvalidInput: it is the number of a badge; whose, is not told.
        """
        folded = fold_id(user_id)
        # The keypad types capitals.
        spellings = (user_id, folded, folded.upper())
        if any(self._factors.owner(work, each) is not None for each in spellings):
            raise InvalidInput("This ID is the number of a badge.", hint="Use another ID.")

    def add(self, work: UnitOfWork, person: Person) -> None:
        """Add a person, against whom nothing is held that others did under the ID before.

        Raises:
            AlreadyEnrolled: the ID is taken.
            InvalidInput: see :meth:`require_usable`.
        """
        self.require_usable(work, person.user_id)
        self._attempts.repeats.over(_series())
        work.people.add(person)
        self._attempts.forget(work, person.user_id)

    def refused_again(self) -> int | None:
        """Return the number of an enrollment that is refused, where it is to be recorded.

        Those of one program are a series, whichever IDs it sends. Each one of a person is recorded.
        """
        if acting().actions is None:
            return 1
        return self._attempts.repeats.due(_series())


def _series() -> str:
    return f"enrollment:{acting().name}"
