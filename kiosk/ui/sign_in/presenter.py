"""Asks for the operator PIN; the first time, sets it. Knows no widget and keeps no PIN."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal, Slot

from kiosk.core.errors import InvalidInput
from kiosk.ui.messages import for_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.errors import KioskError
    from kiosk.ui.navigation import Ui
    from kiosk.ui.recognition_thread import Ticket

T = TypeVar("T")


class SignInPresenter(QObject):
    """One try after another. Wrong ones are counted and delayed by the service, not here.

    Signals:
        asked: the form to show; True when a PIN must be set first.
        busy: whether a PIN is being checked.
        refused: the ``Message`` that says why not.
        accepted: the operator is signed in.
    """

    asked = Signal(bool)
    busy = Signal(bool)
    refused = Signal(object)
    accepted = Signal()

    def __init__(self, ui: Ui, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._recognition = ui.recognition
        self._operators = ui.kiosk.operators
        self._setting: bool | None = None
        self._ticket: Ticket | None = None

    def begin(self) -> None:
        """Find out whether there is a PIN yet."""
        self._setting = None
        self._submit(self._operators.has_pin, self._on_known)

    @Slot()
    def leave(self) -> None:
        """Drop what is being checked."""
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None

    @Slot(str, str)
    def submit(self, pin: str, confirmation: str) -> None:
        """Check the PIN, or set it when there was none.

        Args:
            pin: as entered.
            confirmation: the same again; looked at only when a PIN is set.
        """
        if self._setting is None:
            # Whether there is a PIN could not be found out: ask again before anything is set.
            self.begin()
        elif self._ticket is not None:
            return
        elif not self._setting:
            self._submit(partial(self._operators.check, pin), self._on_accepted)
        elif pin != confirmation:
            differ = InvalidInput(self.tr("The two PINs differ."), hint=self.tr("Enter it again."))
            self.refused.emit(for_error(differ))
        else:
            self._submit(partial(self._operators.set_pin, pin), self._on_accepted)

    def _submit(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        self.leave()
        self.busy.emit(True)
        self._ticket = self._recognition.submit(lambda _: work(), done, self._on_failed)

    def _on_known(self, has_pin: bool) -> None:
        self._ticket = None
        self._setting = not has_pin
        self.busy.emit(False)
        self.asked.emit(self._setting)

    def _on_accepted(self, _: None) -> None:
        self._ticket = None
        self.busy.emit(False)
        self.accepted.emit()

    def _on_failed(self, error: KioskError) -> None:
        self._ticket = None
        self.busy.emit(False)
        self.refused.emit(for_error(error))
