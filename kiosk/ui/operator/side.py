"""The raised strip that holds the navigation, and who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QSize, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.core.accounts.acting import Role
from kiosk.ui import accessibility
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.labels import Text
from kiosk.ui.widgets.painting import PaintedWidget, painter_for

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from kiosk.core.accounts.operators import Account
    from kiosk.ui.theme.controller import ThemeController

_NAV_WIDTH = 232


class Side(PaintedWidget):
    """The strip itself."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it a little above the page, with a line at its right."""
        del event
        painter = painter_for(self)
        painter.fillRect(self.rect(), self.theme.color("surface-raised"))
        edge = self.rect()
        edge.setLeft(edge.right())
        painter.fillRect(edge, self.theme.color("outline"))
        painter.end()

    def sizeHint(self) -> QSize:
        """Return a width at which the words of the navigation do not touch its edge."""
        hint = super().sizeHint()
        return QSize(max(hint.width(), _NAV_WIDTH), hint.height())


class WhoIsThere(QWidget):
    """Name and role of whoever has signed in.

    Args:
        theme: gives distances.
    """

    def __init__(self, theme: ThemeController) -> None:
        super().__init__()
        self._name = Text("", "title")
        self._name.setObjectName("nav.who")
        self._role = Text("", "caption", "muted")
        self._role.setObjectName("nav.role")
        box = QVBoxLayout(self)
        edge = theme.space("m")
        box.setContentsMargins(edge, 0, 0, edge)
        box.setSpacing(0)
        box.addWidget(self._name)
        box.addWidget(self._role)
        self.show_account(None)

    def show_account(self, account: Account | None) -> None:
        """Show somebody; nobody by the name of the pages."""
        if account is None:
            self._name.setText(self.tr("Operator"))
            self._role.setText("")
        else:
            self._name.setText(account.name or account.login)
            self._role.setText(f"{role_word(account.role)} · {account.login}")


class Appearance(QWidget):
    """The three themes.

    Signals:
        chosen: name of a theme.

    Args:
        theme: gives looks, and says which holds.
    """

    chosen = Signal(str)

    def __init__(self, theme: ThemeController) -> None:
        super().__init__()
        self._theme = theme
        self._buttons: dict[str, Button] = {}
        accessibility.name(self, self.tr("Appearance"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.space("xs"))
        for name, text, icon in (
            ("light", self.tr("Light"), "sun"),
            ("dark", self.tr("Dark"), "moon"),
            ("contrast", self.tr("High contrast"), "contrast"),
        ):
            button = Button(theme, "", "quiet", icon=icon, name=text)
            button.setObjectName(f"nav.theme.{name}")
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, name=name: self._choose(name))
            self._buttons[name] = button
            row.addWidget(button)
        row.addStretch(1)
        theme.follow(self._show)
        self._show()

    def _choose(self, name: str) -> None:
        self.chosen.emit(name)
        self._show()

    @Slot()
    def _show(self) -> None:
        for name, button in self._buttons.items():
            button.setChecked(name == self._theme.theme.name)


def role_word(role: Role) -> str:
    """Return what a role of an account is called, translated."""
    return _tr("Administrator") if role is Role.ADMINISTRATOR else _tr("Operator")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Roles", text)
