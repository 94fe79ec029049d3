"""The form for the operator PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRegularExpression, Qt, Signal, Slot
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QBoxLayout, QLineEdit, QVBoxLayout, QWidget

from kiosk.ui.navigation import Route
from kiosk.ui.sign_in.presenter import SignInPresenter
from kiosk.ui.verify.adaptive import SideBySide, cramped, keep_place
from kiosk.ui.verify.column import Column
from kiosk.ui.verify.entry_field import EntryField
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.hint_banner import HintBanner
from kiosk.ui.widgets.keypad import Keypad
from kiosk.ui.widgets.page import Page

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QResizeEvent

    from kiosk.ui.messages import Message
    from kiosk.ui.navigation import Ui
    from kiosk.ui.theme.controller import ThemeController

_MOST_DIGITS = 12


class SignInView(Page):
    """Asks for the PIN; the first time, for a new one, twice.

    Signals:
        signed_in: the PIN was right, or was set.
    """

    signed_in = Signal()

    def __init__(self, ui: Ui, parent: QWidget | None = None) -> None:
        super().__init__(ui.theme, "", parent=parent)
        self.setObjectName("page.sign_in")
        self._ui = ui
        self._presenter = SignInPresenter(ui, self)
        theme = ui.theme
        self._notice = HintBanner(theme)
        self._pin = self._field("signin.pin", self.tr("PIN"))
        self._confirm = self._field("signin.confirm", self.tr("Repeat the PIN"))
        self._fields = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._keypad = Keypad(theme, letters=False)
        self._submit_button = Button(theme, self.tr("Sign in"), "primary", icon="lock")
        self._submit_button.setObjectName("signin.submit")
        back = Button(theme, self.tr("Back"), "secondary", icon="arrow-left")
        back.setObjectName("signin.back")
        column = Column(theme, 712, self)
        column.body.addStretch(1)
        column.body.addWidget(self._notice)
        column.body.addWidget(SideBySide(theme, self._form(theme), self._keypad))
        column.body.addStretch(2)
        self.body.addWidget(column, 1)
        self.add_footer(back, "left")
        self.add_footer(self._submit_button)

        for field in (self._pin, self._confirm):
            field.installEventFilter(self)
            field.textChanged.connect(self._edited)
        self._pin.returnPressed.connect(self._go_on)
        self._confirm.returnPressed.connect(self._submit)
        self._submit_button.clicked.connect(self._submit)
        back.clicked.connect(self._go_back)
        theme.changed.connect(self._fit)
        self._presenter.asked.connect(self._ask)
        self._presenter.busy.connect(self._set_busy)
        self._presenter.refused.connect(self._refuse)
        self._presenter.accepted.connect(self.signed_in)

    def entered(self) -> None:
        """Ask anew."""
        self.set_title(self.tr("Operator"))
        self._confirm.hide()
        self._notice.clear()
        self._wipe()
        self._presenter.begin()

    def left(self) -> None:
        """Forget what was typed."""
        self._presenter.leave()
        self._wipe()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the fields below each other where the keypad takes half of the width."""
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        beside = not cramped(self._ui.theme, self)
        keep_place(self._notice, keep=beside)
        ways = QBoxLayout.Direction
        self._fields.setDirection(ways.LeftToRight if beside else ways.TopToBottom)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the keypad type into the field that has the focus."""
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, QLineEdit):
            self._keypad.attach(watched)
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back."""
        if event.key() == Qt.Key.Key_Escape:
            self._go_back()
        else:
            super().keyPressEvent(event)

    def _field(self, name: str, label: str) -> EntryField:
        field = EntryField(name, label, max_length=_MOST_DIGITS, secret=True)
        field.setValidator(QRegularExpressionValidator(QRegularExpression("[0-9]*"), field))
        return field

    def _form(self, theme: ThemeController) -> QWidget:
        form = QWidget()
        box = QVBoxLayout(form)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("m"))
        self._fields.setSpacing(theme.space("m"))
        self._fields.addWidget(self._pin)
        self._fields.addWidget(self._confirm)
        box.addLayout(self._fields)
        return form

    @Slot(bool)
    def _ask(self, setting: bool) -> None:
        if setting:
            self.set_title(
                self.tr("Choose the operator PIN"),
                self.tr("It guards enrollment and settings: 6 to 12 digits, hard to guess."),
            )
            self._submit_button.set_text(self.tr("Set the PIN"))
        else:
            self.set_title(self.tr("Operator"), self.tr("Enter the operator PIN."))
            self._submit_button.set_text(self.tr("Sign in"))
        self._confirm.setVisible(setting)
        self._notice.clear()
        self._wipe()

    @Slot(bool)
    def _set_busy(self, busy: bool) -> None:
        # Read-only and not disabled: what is disabled loses the focus.
        for field in (self._pin, self._confirm):
            field.setReadOnly(busy)
        self._keypad.setEnabled(not busy)
        self._submit_button.setEnabled(not busy and bool(self._pin.text()))

    @Slot(object)
    def _refuse(self, message: Message) -> None:
        self._wipe()
        self._notice.show_hint(f"{message.title} {message.hint}".strip(), "warning", message.icon)

    @Slot()
    def _edited(self) -> None:
        self._submit_button.setEnabled(bool(self._pin.text()))
        if self._pin.text():
            self._notice.clear()

    @Slot()
    def _go_on(self) -> None:
        if self._confirm.isVisible():
            self._confirm.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self._submit()

    @Slot()
    def _submit(self) -> None:
        pin, confirmation = self._pin.text(), self._confirm.text()
        if pin and not self._pin.isReadOnly():
            self._presenter.submit(pin, confirmation)

    @Slot()
    def _go_back(self) -> None:
        self._ui.go(Route.VERIFY)

    def _wipe(self) -> None:
        self._pin.clear()
        self._confirm.clear()
        self._keypad.attach(self._pin)
        self._pin.setFocus(Qt.FocusReason.OtherFocusReason)
