"""Rows of a table that come page by page, and of which only what is seen is ever asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kiosk.ui.theme.controller import ThemeController

R = TypeVar("R")
_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column.

    Attributes:
        title: in the header, translated.
        text: what a cell says.
        tip: what a cell's tool tip says, when it is not the text; None for no tool tip.
        icon: name and role of the icon beside the text, or None.
        order: what whoever reads the rows is asked to order by; None where that cannot be done.
        right: whether it holds numbers.
        most: widest in pixels, at 100 % text in a table of 1,000 pixels; 0 for no bound.
        about: tool tip of the header, translated.
    """

    title: str
    text: Callable[[R], str]
    tip: Callable[[R], str | None] | None = None
    icon: Callable[[R], tuple[str, str] | None] | None = None
    order: Any = None
    right: bool = False
    most: int = 0
    about: str | None = None


class Listing(QAbstractTableModel, Generic[R]):
    """Rows of people, records or accounts; read only.

    Signals:
        more_wanted: the last row is near, and there are more.
        ordered: the rows are wanted in the order :attr:`order`.

    Attributes:
        columns: from left to right.
        order: number of the column by which rows are ordered.
        ascending: the lowest first.

    Args:
        theme: gives the icons.
        columns: from left to right.
        key: what finds a row again, such as an ID.
        parent: Qt parent.
    """

    more_wanted = Signal()
    ordered = Signal()

    def __init__(
        self,
        theme: ThemeController,
        columns: Sequence[Column[R]],
        key: Callable[[R], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.order = 0
        self.ascending = True
        self._theme = theme
        self._key = key
        self._rows: list[R] = []
        self._found = 0
        self._asked = False

    def show(self, rows: Sequence[R], found: int | None = None) -> None:
        """Show other rows.

        Args:
            rows: the first of those that were found.
            found: how many that were; these are all when None.
        """
        self.beginResetModel()
        self._rows = list(rows)
        self._found = len(self._rows) if found is None else found
        self._asked = False
        self.endResetModel()

    @Slot(list)
    def append(self, rows: Sequence[R]) -> None:
        """Show further rows; none when there are no more after all."""
        self._asked = False
        if not rows:
            self._found = len(self._rows)
            return
        first = len(self._rows)
        self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
        self._rows += rows
        self.endInsertRows()

    @property
    def found(self) -> int:
        """Return how many rows there are, read or not."""
        return self._found

    def rows(self) -> Sequence[R]:
        """Return the rows that were read."""
        return self._rows

    def at(self, row: int) -> R:
        """Return one row."""
        return self._rows[row]

    def row_of(self, key: str) -> int | None:
        """Return where a row stands, or None."""
        return next((i for i, row in enumerate(self._rows) if self._key(row) == key), None)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.columns)

    def canFetchMore(self, parent: _Index) -> bool:
        return not parent.isValid() and not self._asked and len(self._rows) < self._found

    def fetchMore(self, parent: _Index) -> None:
        if self.canFetchMore(parent):
            self._asked = True
            self.more_wanted.emit()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        ascending = order is Qt.SortOrder.AscendingOrder
        if self.columns[column].order is None or (column, ascending) == (
            self.order,
            self.ascending,
        ):
            return
        self.order, self.ascending = column, ascending
        self.ordered.emit()

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == _Role.DisplayRole:
            return column.title
        if role == _Role.ToolTipRole:
            return column.about
        if role == _Role.TextAlignmentRole:
            return _RIGHT if column.right else _LEFT
        return None

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> Any:
        row = index.row()
        if not 0 <= row < len(self._rows):
            return None
        column = self.columns[index.column()]
        if role == _Role.DisplayRole:
            return column.text(self._rows[row])
        if role == _Role.TextAlignmentRole:
            return _RIGHT if column.right else _LEFT
        if role == _Role.DecorationRole and column.icon is not None:
            looks = column.icon(self._rows[row])
            return None if looks is None else self._theme.icon(*looks)
        if role == _Role.ToolTipRole:
            return (column.tip or column.text)(self._rows[row])
        return None
