"""The Accounts page: who may sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QTableView, QWidget

from kiosk.core.accounts.acting import Role
from kiosk.ui import accessibility, messages
from kiosk.ui.operator.accounts.dialogs import ask_new, ask_remove, ask_reset, show_pin
from kiosk.ui.operator.accounts.model import Column, columns
from kiosk.ui.operator.accounts.presenter import AccountsPresenter
from kiosk.ui.operator.flow import FlowLayout
from kiosk.ui.operator.screens import OperatorPage
from kiosk.ui.operator.tables.listing import Listing
from kiosk.ui.operator.tables.looks import TableLooks
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.labels import Text
from kiosk.ui.widgets.toast import Toast

if TYPE_CHECKING:
    from kiosk.core.accounts.operators import Account
    from kiosk.core.errors import KioskError
    from kiosk.ui.navigation import Ui
    from kiosk.ui.operator.overlay import Overlay
    from kiosk.ui.operator.screens import Navigator
    from kiosk.ui.widgets.buttons import ButtonKind


class AccountsPage(OperatorPage):
    """All accounts, for administrators.

    Args:
        ui: the use-cases, threads and looks.
        navigator: leads to other screens.
        parent: Qt parent.
    """

    def __init__(self, ui: Ui, navigator: Navigator, parent: QWidget | None = None) -> None:
        super().__init__(ui, navigator, parent)
        self._ui = ui
        self._asking: Overlay | None = None
        self._entering = False
        self.presenter = AccountsPresenter(ui, self)
        self._model: Listing[Account] = Listing(
            ui.theme, columns(), lambda account: account.login, self
        )
        theme = ui.theme
        self._error = HintBanner(theme)
        self._error.setObjectName("accounts.error")
        policy = self._error.sizePolicy()
        policy.setRetainSizeWhenHidden(False)
        self._error.setSizePolicy(policy)
        self._table = QTableView()
        self._table.setObjectName("accounts.table")
        self._table.setModel(self._model)
        TableLooks(theme, self._table, Column.NAME)
        accessibility.name(
            self._table, self.tr("Accounts"), self.tr("Arrows choose another account")
        )
        self._note = Text("", "caption", "muted")
        self._buttons: dict[str, Button] = {}
        self.body.addWidget(self._error)
        self.body.addWidget(self._table, 1)
        self.body.addWidget(self._note)
        self.body.addWidget(self._actions())
        self._toast = Toast(theme, self)
        self.presenter.loaded.connect(self._on_loaded)
        self.presenter.done.connect(self._on_done)
        self.presenter.given.connect(self._on_given)
        self.presenter.failed.connect(self._on_failed)
        self._table.selectionModel().selectionChanged.connect(self._offer)
        self._offer()

    def entered(self) -> None:
        """The page is shown: read the accounts anew."""
        self._error.clear()
        self._entering = True
        self.presenter.reload()

    def left(self) -> None:
        """The page is left: names are not kept on a screen that nobody looks at."""
        self._entering = False
        self._model.show(())
        self._toast.dismiss()

    @property
    def logins(self) -> list[str]:
        """Return the logins from top to bottom."""
        return [account.login for account in self._model.rows()]

    def selected(self) -> Account | None:
        """Return the account that is selected."""
        found = self._table.selectionModel().selectedRows()
        return self._model.at(found[0].row()) if found else None

    def select(self, login: str) -> None:
        """Select an account, if it is there."""
        row = self._model.row_of(login)
        if row is not None:
            self._table.setCurrentIndex(self._model.index(row, 0))

    def _actions(self) -> QWidget:
        strip = QWidget()
        row = FlowLayout(strip, self.theme.space("s"))
        shown: tuple[tuple[str, str, str, ButtonKind], ...] = (
            ("add", self.tr("Add"), "user-plus", "primary"),
            ("reset", self.tr("New PIN"), "refresh", "secondary"),
            ("role", self.tr("Make administrator"), "id-badge", "secondary"),
            ("toggle", self.tr("Disable"), "lock", "secondary"),
            ("remove", self.tr("Remove"), "trash", "danger"),
        )
        for action, text, icon, kind in shown:
            button = Button(self.theme, text, kind, icon=icon)
            button.setObjectName(f"accounts.{action}")
            button.clicked.connect(lambda _=False, action=action: self._act(action))
            self._buttons[action] = button
            row.addWidget(button)
        return strip

    # --- what happens ------------------------------------------------------------------------

    @Slot()
    def _offer(self) -> None:
        """Offer what can be done with the selected account; say why what cannot."""
        account = self.selected()
        me = self._ui.session.account
        own = account is not None and me is not None and account.login == me.login
        for action, button in self._buttons.items():
            button.setEnabled(action == "add" or (account is not None and not own))
        self._note.setText(
            self.tr("This is your own account. Only another administrator can change it.")
            if own
            else self.tr("A new account gets a PIN, to be changed at the first sign-in.")
        )
        if account is not None:
            is_operator = account.role is Role.OPERATOR
            self._buttons["role"].set_text(
                self.tr("Make administrator") if is_operator else self.tr("Make operator")
            )
            toggle = self._buttons["toggle"]
            toggle.set_text(self.tr("Disable") if account.enabled else self.tr("Enable"))
            toggle.set_icon("lock" if account.enabled else "check-circle")

    def _act(self, action: str) -> None:
        self._error.clear()
        if action == "add":
            self._asking = ask_new(self.theme, self, self.presenter.add)
            return
        account = self.selected()
        if account is None:
            return
        login = account.login
        if action == "reset":
            ask_reset(self.theme, self, account, self.presenter.reset)
        elif action == "role":
            operator = account.role is Role.OPERATOR
            self.presenter.set_role(login, Role.ADMINISTRATOR if operator else Role.OPERATOR)
        elif action == "toggle":
            self.presenter.set_enabled(login, enabled=not account.enabled)
        else:
            ask_remove(self.theme, self, account, self.presenter.remove)

    @Slot(list)
    def _on_loaded(self, accounts: list[Account]) -> None:
        before = self.selected() or self._ui.session.account
        self._model.show(accounts)
        # Nothing to move in: the Tab key passes by, and nobody looks for a focus without a row.
        ways = Qt.FocusPolicy
        self._table.setFocusPolicy(ways.StrongFocus if accounts else ways.NoFocus)
        if before is not None:
            self.select(before.login)
        self._offer()
        if self._entering:
            self._entering = False
            first = self._table if accounts else self._buttons["add"]
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(str, str)
    def _on_done(self, what: str, login: str) -> None:
        said = {
            "role": (self.tr("The role of {0} is changed."), "id-badge"),
            "enabled": (self.tr("{0} can sign in."), "check-circle"),
            "disabled": (self.tr("{0} can no longer sign in."), "lock"),
            "removed": (self.tr("The account {0} is removed."), "trash"),
        }
        text, icon = said[what]
        self._toast.show_message(text.replace("{0}", login), icon)

    @Slot(str, str)
    def _on_given(self, login: str, pin: str) -> None:
        if self._asking is not None:
            self._asking.dismiss()
            self._asking = None
        if self.isVisible():
            show_pin(self.theme, self, login, pin)

    @Slot(object)
    def _on_failed(self, error: KioskError) -> None:
        message = messages.for_error(error)
        text = f"{message.title.rstrip('.')}. {message.hint} ({message.code})"
        self._error.show_hint(text, "negative", message.icon)
