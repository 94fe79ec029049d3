"""Who signs in, and with what; the first time, makes the first account. Knows no widget."""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal, Slot

from kiosk.core.accounts.operators import clean_login
from kiosk.core.errors import InvalidInput, KioskError, NotPermitted, WrongPin
from kiosk.core.people.users import clean_name
from kiosk.ui.messages import for_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.accounts.acting import Actor
    from kiosk.core.accounts.operators import Account
    from kiosk.services.accounts.operators import SignedIn
    from kiosk.ui.hearing.recognition_thread import Ticket
    from kiosk.ui.navigation import Ui

T = TypeVar("T")


class Form(Enum):
    """What is asked for."""

    ALONE = "alone"
    """The PIN or password of the only account: there is no login to choose."""
    LOGIN = "login"
    """Login, and PIN or password."""
    FIRST = "first"
    """Login and name of the first account."""
    CHOOSE_FIRST = "choose_first"
    """Its PIN or password, twice."""
    CHOOSE_OWN = "choose_own"
    """Another PIN or password, twice, in the place of one that somebody else knows."""


_CHOOSING = (Form.CHOOSE_FIRST, Form.CHOOSE_OWN)


class SignInPresenter(QObject):
    """One try after another. Wrong ones are counted and delayed by the service, not here.

    No PIN or password is kept between two forms: who has still to choose one of their own is
    known by the account alone.

    Signals:
        asked: the :class:`Form` to show.
        busy: whether something is being checked.
        refused: the ``Message`` that says why not.
        accepted: the ``Account`` that has signed in.
    """

    asked = Signal(object)
    busy = Signal(bool)
    refused = Signal(object)
    accepted = Signal(object)

    def __init__(self, ui: Ui, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._recognition = ui.recognition
        self._operators = ui.kiosk.operators
        self._form: Form | None = None
        self._who = ("", "")
        self._account: Account | None = None
        self._ticket: Ticket | None = None

    def begin(self, *, first: bool = False) -> None:
        """Find out which accounts there are.

        Args:
            first: that there is none is known: nobody waits for what else is being started.
        """
        self._form = None
        self._who, self._account = ("", ""), None
        if first:
            self._ask(Form.FIRST)
            return
        self._submit(self._operators.enabled_accounts, self._on_known)

    @Slot()
    def leave(self) -> None:
        """Drop what is being checked, and who was half-way in."""
        self._account = None
        self._drop()

    def step_back(self) -> bool:
        """Return to the form before, where there is one; whether there was."""
        if self._form is not Form.CHOOSE_FIRST:
            return False
        self._ask(Form.FIRST)
        return True

    def name_account(self, login: str, name: str) -> None:
        """Take login and display name of the first account."""
        if self._form is not Form.FIRST:
            return
        try:
            self._who = (clean_login(login), clean_name(name))
        except KioskError as error:
            self.refused.emit(for_error(error))
            return
        self._ask(Form.CHOOSE_FIRST)

    def submit(self, login: str, secret: str, confirmation: str) -> None:
        """Check what was entered, or store it when it is chosen now.

        Args:
            login: as typed; looked at only where it is asked for.
            secret: PIN or password.
            confirmation: the same again; looked at only when it is chosen.
        """
        if self._form is None:
            # Which accounts there are could not be found out: ask again before anything is set.
            self.begin()
        elif self._ticket is not None:
            return
        elif self._form in _CHOOSING and secret != confirmation:
            differ = InvalidInput(self.tr("They don't match."), hint=self.tr("Try again."))
            self.refused.emit(for_error(differ))
        elif self._form is Form.CHOOSE_FIRST:
            self._submit(partial(self._operators.set_up, *self._who, secret), self._on_accepted)
        elif self._form is Form.CHOOSE_OWN and self._account is not None:
            change = partial(self._operators.change_own, self._account, "", secret)
            self._submit(change, self._on_accepted, self._account.actor)
        else:
            who = login if self._form is Form.LOGIN else None
            self._submit(partial(self._operators.sign_in, who, secret), self._on_accepted)

    def _submit(
        self, work: Callable[[], T], done: Callable[[T], None], actor: Actor | None = None
    ) -> None:
        self._drop()
        self.busy.emit(True)
        self._ticket = self._recognition.submit(
            lambda _: work(), done, self._on_failed, actor=actor
        )

    def _drop(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None

    def _ask(self, form: Form) -> None:
        self._form = form
        self.asked.emit(form)

    def _on_known(self, accounts: int) -> None:
        self._ticket = None
        self.busy.emit(False)
        self._ask({0: Form.FIRST, 1: Form.ALONE}.get(accounts, Form.LOGIN))

    def _on_accepted(self, signed_in: SignedIn) -> None:
        self._ticket = None
        self.busy.emit(False)
        if signed_in.must_change:
            self._account = signed_in.account
            self._ask(Form.CHOOSE_OWN)
        else:
            self.accepted.emit(signed_in.account)

    def _on_failed(self, error: KioskError) -> None:
        self._ticket = None
        self.busy.emit(False)
        if self._form is Form.CHOOSE_OWN and isinstance(error, WrongPin):
            self._account = None  # it was given another PIN, or disabled, meanwhile
            self._ask(Form.LOGIN)
        self.refused.emit(for_error(error))
        if self._form is Form.CHOOSE_FIRST and isinstance(error, NotPermitted):
            self._form = None  # somebody else has made the first account: look again
