"""Who is signed in at the window."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from kiosk.core.accounts.acting import VISITOR
from kiosk.core.accounts.roles import may
from kiosk.core.errors import NotPermitted

if TYPE_CHECKING:
    from kiosk.core.accounts.operators import Account
    from kiosk.core.accounts.roles import Action
    from kiosk.services.accounts.operators import Operators
    from kiosk.ui.hearing.recognition_thread import RecognitionThread


class Session(QObject):
    """Known here and nowhere else, and never stored: with the window it ends.

    Whatever is submitted to the recognition thread is done by whoever is signed in at that moment,
    if their account is then what it was when they signed in: whom an administrator has disabled
    meanwhile, at the command line or another window, can do nothing any more.

    Signals:
        revoked: the ``Account`` of somebody who is signed in was disabled, removed or changed.
    """

    revoked = Signal(object)

    def __init__(self, recognition: RecognitionThread, operators: Operators) -> None:
        """Begin with a visitor."""
        super().__init__()
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
        self._recognition.guard = partial(self._require_current, account)

    def end(self) -> None:
        """They are gone."""
        if self._account is None:
            return
        self._account = None
        # Whoever is signed out because they may do nothing any more is recorded, too.
        self._recognition.guard = None
        self._recognition.submit(lambda _: self._operators.sign_out())
        self._recognition.actor = VISITOR

    @Slot()
    def look(self) -> None:
        """Look whether the account is still what it was; see :attr:`revoked`."""
        if self._account is not None:
            # Not as a job of theirs: nobody has asked for anything that could be refused.
            look = partial(self._tell_revoked, self._account)
            self._recognition.submit(lambda _: look(), actor=self._account.actor)

    def may(self, action: Action) -> bool:
        """Return whether whoever is there may do something."""
        return may(action, self._recognition.actor)

    def _require_current(self, account: Account) -> None:
        """Refuse to act for an account that was changed; in the recognition thread."""
        if self._tell_revoked(account):
            raise NotPermitted(
                "The account was disabled or changed by an administrator.",
                hint="Sign in again, or ask an administrator.",
            )

    def _tell_revoked(self, account: Account) -> bool:
        """Say so where an account is no longer what it was; in the recognition thread."""
        current = self._operators.is_current(account)
        if not current:
            self.revoked.emit(account)
        return not current
