"""The table of accounts."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Slot,
)

from kiosk.ui.operator.side import role_word
from kiosk.ui.operator.words import NOTHING, local_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.operators import Account
    from kiosk.ui.theme.controller import ThemeController

_Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """The columns from left to right."""

    LOGIN = 0
    NAME = 1
    ROLE = 2
    STATE = 3
    SIGNED_IN = 4


class AccountsModel(QAbstractTableModel):
    """Rows of accounts; read only, replaced as a whole.

    Args:
        theme: gives the icons of the states.
        parent: Qt parent.
    """

    def __init__(self, theme: ThemeController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[Account] = []
        theme.changed.connect(self._restyle)

    def set_rows(self, rows: Sequence[Account]) -> None:
        """Show other accounts."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def at(self, row: int) -> Account:
        """Return one account."""
        return self._rows[row]

    def row_of(self, login: str) -> int | None:
        """Return where an account stands, or None."""
        return next((i for i, row in enumerate(self._rows) if row.login == login), None)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                self.tr("Login"),
                self.tr("Name"),
                self.tr("Role"),
                self.tr("State"),
                self.tr("Last sign-in"),
            )[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        account, column = self._rows[index.row()], Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(account, column)
        if role == Qt.ItemDataRole.DecorationRole and column is Column.STATE:
            return self._theme.icon(*_STATES[_state(account)])
        return None

    def _text(self, account: Account, column: Column) -> str:
        if column is Column.LOGIN:
            return account.login
        if column is Column.NAME:
            return account.name or NOTHING
        if column is Column.ROLE:
            return role_word(account.role)
        if column is Column.STATE:
            words = {
                "enabled": self.tr("Enabled"),
                "disabled": self.tr("Disabled"),
                "new": self.tr("Must choose a PIN"),
            }
            return words[_state(account)]
        return local_time(account.signed_in_at)

    @Slot()
    def _restyle(self) -> None:
        if self._rows:
            first = self.index(0, Column.STATE)
            last = self.index(len(self._rows) - 1, Column.STATE)
            self.dataChanged.emit(first, last, [Qt.ItemDataRole.DecorationRole])


_STATES = {
    "enabled": ("check-circle", "positive"),
    "disabled": ("lock", "text-muted"),
    "new": ("refresh", "warning"),
}


def _state(account: Account) -> str:
    if not account.enabled:
        return "disabled"
    return "new" if account.must_change else "enabled"
