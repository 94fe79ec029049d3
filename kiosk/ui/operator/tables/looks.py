"""What all tables of the operator pages have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView
from shiboken6 import isValid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QTableView

    from kiosk.ui.theme.controller import ThemeController

_ICON = 20
_AIR = 28
"""Pixels of a cell or a heading beside its text."""
_ARROW = 20
_SAMPLE = 60
"""Rows that are measured: the first that were read. Asking every cell takes minutes."""
_LEAST = 48
_ROOM = 1_000
"""Pixels that a table has in a window of 1280."""


class TableLooks(QObject):
    """Sets a table up to be read: whole rows of one height, no grid, columns of measured width.

    Widths come from the headings and a sample of the rows. One column gets the room that is left.
    Without enough of it, all are as wide as their sample and the table scrolls sideways. Nothing
    here asks for more cells than that, however many rows there are.

    Args:
        theme: gives the text scale.
        table: with its model set.
        wide: the column that gets the rest.
        enough: pixels at 100 % text; the wide column may be cut, but not below this.
        most: widest of some columns in pixels, at 100 % text in a table of 1,000 pixels.
    """

    def __init__(
        self,
        theme: ThemeController,
        table: QTableView,
        wide: int,
        enough: int = 150,
        most: Mapping[int, int] | None = None,
    ) -> None:
        super().__init__(table)
        self._theme = theme
        self._table = table
        self._wide = wide
        self._enough = enough
        self._most = dict(most or {})
        self._measured: dict[int, int] = {}
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._measure)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        # The Tab key leaves the table; arrows move within it.
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setAlternatingRowColors(True)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(_LEAST)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.installEventFilter(self)
        # A scroll bar that appears takes room from the columns, and not from the table.
        table.viewport().installEventFilter(self)
        model = table.model()
        for signal in (model.modelReset, model.rowsInserted, model.dataChanged):
            signal.connect(self._later)
        theme.follow(self._restyle)
        self._restyle()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit the columns whenever the table has another size, or another font."""
        if watched is self._table:
            if event.type() in (QEvent.Type.FontChange, QEvent.Type.Show):
                self._restyle()
        elif event.type() == QEvent.Type.Resize:
            self._fit()
        return False

    @Slot()
    def _restyle(self) -> None:
        if not isValid(self._table):
            return
        side = round(_ICON * self._theme.text_scale / 100)
        self._table.setIconSize(QSize(side, side))
        line = self._table.fontMetrics().height()
        high = max(self._theme.target("operator"), line + _AIR // 2)
        rows = self._table.verticalHeader()
        if rows.defaultSectionSize() != high:
            rows.setMinimumSectionSize(min(high, rows.minimumSectionSize()))
            rows.setDefaultSectionSize(high)
        self._measured.clear()
        self._soon.start()
        self._table.viewport().update()

    @Slot()
    def _later(self) -> None:
        self._soon.start()

    @Slot()
    def _measure(self) -> None:
        """Measure headings and a sample; columns only grow: nothing may jump in a search."""
        if not isValid(self._table):
            return  # it is being destroyed, and its model says so by removing its rows
        table, model = self._table, self._table.model()
        metrics, heading = table.fontMetrics(), table.horizontalHeader().fontMetrics()
        rows = min(model.rowCount(), _SAMPLE)
        horizontal, role = Qt.Orientation.Horizontal, Qt.ItemDataRole.DecorationRole
        for column in range(model.columnCount()):
            title = str(model.headerData(column, horizontal) or "")
            # Headings are semi-bold.
            needed = round(heading.horizontalAdvance(title) * 1.08) + _AIR + _ARROW
            indexes = [model.index(row, column) for row in range(rows)]
            texts = {str(model.data(index) or "") for index in indexes}
            icon = table.iconSize().width() + 8 if rows and model.data(indexes[0], role) else 0
            widest = max((metrics.horizontalAdvance(text) for text in texts), default=0)
            needed = max(needed, widest + icon + _AIR)
            self._measured[column] = max(needed, self._measured.get(column, 0))
        self._fit()

    def _fit(self) -> None:
        """Give one column the room that the others leave."""
        if not isValid(self._table) or not self._measured:
            return
        scale, room = self._theme.text_scale / 100, self._table.viewport().width()
        share = max(1.0, room / (_ROOM * scale)) * scale
        widths = {
            column: max(_LEAST, min(width, round(self._most.get(column, width) * share)))
            if column in self._most
            else width
            for column, width in self._measured.items()
        }
        others = sum(widths.values()) - widths[self._wide]
        least = min(widths[self._wide], round(self._enough * scale))
        widths[self._wide] = room - others if room - others >= least else widths[self._wide]
        header = self._table.horizontalHeader()
        for column, width in widths.items():
            if header.sectionSize(column) != width:
                header.resizeSection(column, width)


def sorted_by_header(table: QTableView, column: int, order: Qt.SortOrder) -> None:
    """Let a click on a heading order the rows of a :class:`~.listing.Listing`.

    Args:
        table: with its model set.
        column: by which the rows are ordered in the beginning.
        order: in which direction.
    """
    model, header = table.model(), table.horizontalHeader()
    model.order, model.ascending = column, order is Qt.SortOrder.AscendingOrder  # type: ignore[attr-defined]
    header.setSortIndicator(column, order)
    table.setSortingEnabled(True)

    def back(section: int) -> None:
        """Show no arrow over what cannot be ordered by."""
        if model.columns[section].order is None:  # type: ignore[attr-defined]
            way = Qt.SortOrder.AscendingOrder if model.ascending else Qt.SortOrder.DescendingOrder  # type: ignore[attr-defined]
            header.setSortIndicator(model.order, way)  # type: ignore[attr-defined]

    header.sortIndicatorChanged.connect(back)
