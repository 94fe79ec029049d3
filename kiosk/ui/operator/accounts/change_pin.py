"""Changing the PIN or password of whoever has signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QLineEdit, QWidget

from kiosk.core.accounts.operators import MAX_PASSWORD
from kiosk.ui.operator.overlay import Overlay
from kiosk.ui.operator.parts import Field
from kiosk.ui.widgets.buttons import Button

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.errors import KioskError
    from kiosk.services.accounts.operators import SignedIn
    from kiosk.ui.navigation import Ui


class ChangePin(QObject):
    """Asks for the present PIN or password and twice for the new one.

    Args:
        ui: the use-cases, threads and looks.
        anchor: a widget on the page that is covered.
        changed: called when the new one holds.
    """

    def __init__(self, ui: Ui, anchor: QWidget, changed: Callable[[], None]) -> None:
        theme = ui.theme
        self._overlay = Overlay(theme, anchor, "", "pin.dialog")
        super().__init__(self._overlay)
        self._ui = ui
        self._changed = changed
        self._overlay.set_title(self.tr("Change your PIN or password"))
        self._current = self._field(self.tr("Current PIN or password"), "pin.current")
        rules = self.tr(
            "Use 6–12 digits, or a password of at least 10 characters. Avoid obvious ones."
        )
        self._new = self._field(self.tr("New PIN or password"), "pin.new", rules)
        self._again = self._field(self.tr("Repeat it"), "pin.again")
        self._overlay.add_cancel()
        self._button = self._overlay.add_button(Button(theme, self.tr("Change"), "primary"))
        self._button.setObjectName("pin.confirm")
        self._button.clicked.connect(self._submit)
        self._current.line.returnPressed.connect(self._new.line.setFocus)
        self._new.line.returnPressed.connect(self._again.line.setFocus)
        self._again.line.returnPressed.connect(self._submit)
        self._overlay.closed.connect(self._wipe)
        self._overlay.open(self._current.line)

    def _field(self, label: str, name: str, help_text: str = "") -> Field:
        field = Field(self._ui.theme, label, name, help_text)
        field.line.setEchoMode(QLineEdit.EchoMode.Password)
        field.line.setMaxLength(MAX_PASSWORD)
        self._overlay.body.addWidget(field)
        return field

    @Slot()
    def _submit(self) -> None:
        current, new = self._current.line.text(), self._new.line.text()
        for field in (self._current, self._new, self._again):
            field.complain("")
        if new != self._again.line.text():
            self._again.complain(self.tr("They don't match. Try again."))
            self._again.line.setFocus()
            return
        account = self._ui.session.account
        if account is None:
            return
        self._button.setEnabled(False)
        operators = self._ui.kiosk.operators
        self._ticket = self._ui.recognition.submit(
            lambda _: operators.change_own(account, current, new), self._done, self._failed
        )
        self._overlay.closed.connect(self._ticket.cancel)

    def _done(self, signed_in: SignedIn) -> None:
        self._ui.session.begin(signed_in.account)
        self._overlay.closed.disconnect(self._ticket.cancel)
        self._overlay.dismiss()
        self._changed()

    def _failed(self, error: KioskError) -> None:
        self._button.setEnabled(True)
        field = self._current if error.code == "OPR-001" else self._new
        field.complain(str(error))
        field.line.selectAll()
        field.line.setFocus()

    @Slot()
    def _wipe(self) -> None:
        for field in (self._current, self._new, self._again):
            field.line.clear()
