"""The raised strip that holds the navigation, and who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.core.acting import Role
from kiosk.ui.widgets.labels import Text
from kiosk.ui.widgets.painting import PaintedWidget, painter_for

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from kiosk.core.operators import Account
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


def role_word(role: Role) -> str:
    """Return what a role of an account is called, translated."""
    return _tr("Administrator") if role is Role.ADMINISTRATOR else _tr("Operator")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Roles", text)
