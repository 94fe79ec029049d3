"""Who is signed in at the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.acting import VISITOR
from kiosk.core.roles import may

if TYPE_CHECKING:
    from kiosk.core.operators import Account
    from kiosk.core.roles import Action
    from kiosk.services.operators import Operators
    from kiosk.ui.recognition_thread import RecognitionThread


class Session:
    """Known here and nowhere else, and never stored: with the window it ends.

    Whatever is submitted to the recognition thread is done by whoever is signed in at that moment.
    """

    def __init__(self, recognition: RecognitionThread, operators: Operators) -> None:
        """Begin with a visitor."""
        self._recognition = recognition
        self._operators = operators
        self._account: Account | None = None

    @property
    def account(self) -> Account | None:
        """Return whose session it is; None while a visitor is there."""
        return self._account

    def begin(self, account: Account) -> None:
        """Somebody has signed in."""
        self._account = account
        self._recognition.actor = account.actor

    def end(self) -> None:
        """They are gone."""
        if self._account is None:
            return
        self._account = None
        self._recognition.submit(lambda _: self._operators.sign_out())
        self._recognition.actor = VISITOR

    def may(self, action: Action) -> bool:
        """Return whether whoever is there may do something."""
        return may(action, self._recognition.actor)
