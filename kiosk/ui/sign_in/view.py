"""The forms with which operators sign in, and with which the first of them is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from kiosk.core.accounts.operators import MAX_LOGIN, MAX_PASSWORD
from kiosk.ui.navigation import Route
from kiosk.ui.sign_in.presenter import Form, SignInPresenter
from kiosk.ui.sign_in.words import again_label, secret_label, words_of
from kiosk.ui.verify.adaptive import SideBySide, cramped, keep_place
from kiosk.ui.verify.column import Column
from kiosk.ui.verify.entry_field import EntryField
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.labels import Text
from kiosk.ui.widgets.page import Page
from kiosk.ui.widgets.typing.keypad import Keypad

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QResizeEvent

    from kiosk.core.accounts.operators import Account
    from kiosk.ui.messages import Message
    from kiosk.ui.navigation import Ui
    from kiosk.ui.theme.controller import ThemeController

_LONGEST_NAME = 120
_WIDEST_FORM = 712
"""Pixels: as wide as the keypad's letters."""


class SignInView(Page):
    """Asks for login and PIN or password; the first time, makes an administrator.

    Signals:
        signed_in: with the ``Account``.
    """

    signed_in = Signal(object)

    def __init__(self, ui: Ui, parent: QWidget | None = None) -> None:
        super().__init__(ui.theme, "", parent=parent)
        self.setObjectName("page.sign_in")
        self._ui = ui
        self._presenter = SignInPresenter(ui, self)
        self._form: Form | None = None
        self._first = False
        theme = ui.theme
        self._notice = HintBanner(theme)
        self._login = EntryField("signin.login", self.tr("Login"), max_length=MAX_LOGIN)
        self._name = EntryField(
            "signin.name", self.tr("Your name (optional)"), max_length=_LONGEST_NAME
        )
        self._secret = self._secret_field("signin.pin", self.tr("PIN or password"))
        self._confirm = self._secret_field("signin.confirm", self.tr("Repeat it"))
        self._entries = (self._login, self._name, self._secret, self._confirm)
        self._holders: dict[EntryField, QWidget] = {}
        self._labels: dict[EntryField, Text] = {}
        self._fields = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._keypad = Keypad(theme, cases=True)
        self._submit_button = Button(theme, self.tr("Sign in"), "primary", icon="lock")
        self._submit_button.setObjectName("signin.submit")
        self._back = Button(theme, self.tr("Back"), "secondary", icon="arrow-left")
        self._back.setObjectName("signin.back")
        self._column = column = Column(theme, 1184, self)
        # Tighter than other pages: labels, fields and keypad stand below each other.
        column.body.setSpacing(theme.space("s"))
        column.body.addStretch(1)
        column.body.addWidget(self._notice)
        column.body.addWidget(SideBySide(theme, self._make_form(theme), self._keypad))
        column.body.addStretch(2)
        self.body.addWidget(column, 1)
        self.add_footer(self._back, "left")
        self.add_footer(self._submit_button)

        for field in self._entries:
            field.installEventFilter(self)
            field.textChanged.connect(self._edited)
            field.returnPressed.connect(self._go_on)
        self._submit_button.clicked.connect(self._submit)
        self._back.clicked.connect(self._go_back)
        theme.follow(self._fit)
        self._presenter.asked.connect(self._ask)
        self._presenter.busy.connect(self._set_busy)
        self._presenter.refused.connect(self._refuse)
        self._presenter.accepted.connect(self._accept)

    def entered(self) -> None:
        """Ask anew."""
        self._show_form(None)
        first, self._first = self._first, False
        self._presenter.begin(first=first)

    def expect_first(self) -> None:
        """Begin with the first account the next time, for it is known that there is none."""
        self._first = True

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

    # --- building ----------------------------------------------------------------------------

    def _secret_field(self, name: str, label: str) -> EntryField:
        field = EntryField(name, label, max_length=MAX_PASSWORD, secret=True)
        hints = Qt.InputMethodHint
        field.setInputMethodHints(
            hints.ImhSensitiveData | hints.ImhNoPredictiveText | hints.ImhNoAutoUppercase
        )
        return field

    def _make_form(self, theme: ThemeController) -> QWidget:
        form, inner = QWidget(), QWidget()
        inner.setMaximumWidth(_WIDEST_FORM)
        self._fields.setContentsMargins(0, 0, 0, 0)
        self._fields.setSpacing(theme.space("m"))
        for field in self._entries:
            self._labels[field] = Text(field.accessibleName(), "caption", "muted")
            self._holders[field] = _labeled(theme, field, self._labels[field])
            self._fields.addWidget(self._holders[field])
        box = QVBoxLayout(inner)
        box.setContentsMargins(0, 0, 0, 0)
        box.addLayout(self._fields)
        line = QHBoxLayout(form)
        line.setContentsMargins(0, 0, 0, 0)
        line.addStretch(1)
        line.addWidget(inner, 1000)
        line.addStretch(1)
        return form

    # --- what is asked -----------------------------------------------------------------------

    @Slot(object)
    def _ask(self, form: Form) -> None:
        self._show_form(form)

    def _show_form(self, form: Form | None) -> None:
        """Show a form; None for the one before it is known which."""
        self._form = form
        words = words_of(form)
        self.set_title(words.title, words.subtitle)
        self._submit_button.set_text(words.action)
        naming = form is Form.FIRST
        shown = {
            self._login: form in (Form.FIRST, Form.LOGIN),
            self._name: naming,
            self._secret: not naming,
            self._confirm: form in (Form.CHOOSE_FIRST, Form.CHOOSE_OWN),
        }
        for field, wanted in shown.items():
            self._holders[field].setVisible(wanted)
        self._back.setVisible(form is not Form.FIRST)  # nothing lies behind it
        self._notice.clear()
        self._wipe()
        self._submit_button.setEnabled(self._complete())

    @Slot(bool)
    def _set_busy(self, busy: bool) -> None:
        # Read-only and not disabled: what is disabled loses the focus.
        for field in self._entries:
            field.setReadOnly(busy)
        self._keypad.setEnabled(not busy)
        self._submit_button.setEnabled(not busy and self._complete())

    @Slot(object)
    def _refuse(self, message: Message) -> None:
        self._secret.clear()
        self._confirm.clear()
        self._first_field().setFocus(Qt.FocusReason.OtherFocusReason)
        self._notice.show_hint(f"{message.title} {message.hint}".strip(), "warning", message.icon)
        self._column.ensureWidgetVisible(self._notice)

    @Slot(object)
    def _accept(self, account: Account) -> None:
        self._wipe()
        self.signed_in.emit(account)

    def _complete(self) -> bool:
        needed = self._login if self._form is Form.FIRST else self._secret
        return bool(needed.text())

    @Slot()
    def _edited(self) -> None:
        self._submit_button.setEnabled(self._complete())
        self._tell_missing()
        if any(field.text() for field in (self._secret, self._confirm)):
            self._notice.clear()

    def _tell_missing(self) -> None:
        """Say beside the labels what is missing, while a PIN or password is chosen."""
        secret, again = self._secret.text(), self._confirm.text()
        choosing = self._confirm.isVisibleTo(self)
        for field, text in (
            (self._secret, secret_label(secret if choosing else "")),
            (self._confirm, again_label(secret, again)),
        ):
            self._labels[field].setText(text)
            field.setAccessibleDescription(text if choosing else "")

    @Slot()
    def _go_on(self) -> None:
        shown = [field for field in self._entries if field.isVisible()]
        at = self.focusWidget()
        if at in shown and at is not shown[-1]:
            shown[shown.index(at) + 1].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self._submit()

    @Slot()
    def _submit(self) -> None:
        if self._secret.isReadOnly() or not self._complete():
            return
        if self._form is Form.FIRST:
            self._presenter.name_account(self._login.text(), self._name.text())
        else:
            self._presenter.submit(self._login.text(), self._secret.text(), self._confirm.text())

    @Slot()
    def _go_back(self) -> None:
        if not self._presenter.step_back():
            self._ui.go(Route.VERIFY)

    def _first_field(self) -> EntryField:
        empty = [f for f in self._entries if f.isVisibleTo(self) and not f.text()]
        return empty[0] if empty and self._form is not Form.FIRST else self._shown_first()

    def _shown_first(self) -> EntryField:
        return self._login if self._login.isVisibleTo(self) else self._secret

    def _wipe(self) -> None:
        for field in self._entries:
            field.clear()
        self._keypad.show_digits()
        first = self._shown_first()
        self._keypad.attach(first)
        if first is self._login:
            self._keypad.show_letters()
        first.setFocus(Qt.FocusReason.OtherFocusReason)


def _labeled(theme: ThemeController, field: EntryField, label: Text) -> QWidget:
    """Return a field below its label, which stays when something is typed."""
    holder = QWidget()
    box = QVBoxLayout(holder)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(theme.space("xs"))
    label.setBuddy(field)
    field.setPlaceholderText("")
    box.addStretch(1)
    box.addWidget(label)
    box.addWidget(field)
    return holder
