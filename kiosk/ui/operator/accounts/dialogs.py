"""What is asked before an account is made or removed, and the PIN that is told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt

from kiosk.core.accounts.acting import Role
from kiosk.core.accounts.operators import MAX_LOGIN
from kiosk.ui.operator.overlay import Overlay, confirm
from kiosk.ui.operator.parts import Field, Tick
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from kiosk.core.accounts.operators import Account
    from kiosk.core.errors import KioskError
    from kiosk.ui.theme.controller import ThemeController

    Refused = Callable[[KioskError], None]


def ask_new(
    theme: ThemeController, anchor: QWidget, add: Callable[[str, str, Role, Refused], None]
) -> Overlay:
    """Ask for login, name and role of a new account.

    Args:
        theme: gives looks.
        anchor: a widget on the page.
        add: called with them, and with what to call when it is refused; the panel stays until it
            is dismissed.
    """
    overlay = Overlay(theme, anchor, _tr("Add an account"), "accounts.new_dialog")
    rules = _tr("Use small letters a–z, digits, dots, dashes and underscores.")
    login = Field(theme, _tr("Login"), "accounts.new_login", rules)
    login.line.setMaxLength(MAX_LOGIN)
    name = Field(theme, _tr("Name"), "accounts.new_name", _tr("Optional."))
    administrator = Tick(theme, "accounts.new_administrator")
    administrator.set_text(_tr("Administrator: can change accounts, settings, keys and backups"))
    note = _tr(
        "The kiosk creates a PIN and shows it once. The owner changes it at the first sign-in."
    )
    for part in (login, name, administrator, Text(note, "caption", "muted")):
        overlay.body.addWidget(part)
    overlay.add_cancel()
    button = overlay.add_button(Button(theme, _tr("Add"), "primary"))
    button.setObjectName("accounts.new_dialog.confirm")

    def refused(error: KioskError) -> None:
        button.setEnabled(True)
        login.complain(str(error))
        login.line.setFocus()

    def submit() -> None:
        if button.isEnabled():
            button.setEnabled(False)
            login.complain("")
            role = Role.ADMINISTRATOR if administrator.box.isChecked() else Role.OPERATOR
            add(login.line.text(), name.line.text(), role, refused)

    button.clicked.connect(submit)
    login.line.returnPressed.connect(name.line.setFocus)
    name.line.returnPressed.connect(submit)
    overlay.open(login.line)
    return overlay


def show_pin(theme: ThemeController, anchor: QWidget, login: str, pin: str) -> Overlay:
    """Show the PIN for the next sign-in, this one time.

    Args:
        theme: gives looks.
        anchor: a widget on the page.
        login: whose it is.
        pin: eight digits.
    """
    title = _tr("PIN for {0}").replace("{0}", login)
    overlay = Overlay(theme, anchor, title, "accounts.pin_dialog")
    shown = Text(f"{pin[:4]} {pin[4:]}", "display", center=True)
    shown.setObjectName("accounts.pin")
    shown.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
    told = _tr("Tell only {0}. It is not shown again, and must be changed at the next sign-in.")
    overlay.body.addWidget(shown)
    overlay.body.addWidget(Text(told.replace("{0}", login)))
    close = overlay.add_button(Button(theme, _tr("Done"), "primary"))
    close.setObjectName("accounts.pin_dialog.done")
    close.clicked.connect(overlay.dismiss)
    overlay.closed.connect(lambda: shown.setText(""))
    overlay.open(close)
    return overlay


def ask_reset(
    theme: ThemeController, anchor: QWidget, account: Account, reset: Callable[[str], None]
) -> Overlay:
    """Ask whether somebody shall get another PIN.

    Args:
        theme: gives looks.
        anchor: a widget on the page.
        account: whose.
        reset: called with the login.
    """
    title = _tr("Create a new PIN for {0}?").replace("{0}", account.login)
    body = _tr("The current PIN or password stops working. Failed tries are cleared.")
    texts = (title, body, _tr("Create PIN"))
    return confirm(theme, anchor, "accounts.reset_dialog", texts, lambda: reset(account.login))


def ask_remove(
    theme: ThemeController, anchor: QWidget, account: Account, remove: Callable[[str], None]
) -> Overlay:
    """Ask whether an account shall be removed.

    Args:
        theme: gives looks.
        anchor: a widget on the page.
        account: which.
        remove: called with the login.
    """
    title = _tr("Remove the account {0}?").replace("{0}", account.login)
    body = _tr("Nobody can sign in with it any more. Its audit records stay.")
    texts = (title, body, _tr("Remove"))
    return confirm(theme, anchor, "accounts.remove_dialog", texts, lambda: remove(account.login))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Accounts", text)
