"""What all tables of the operator pages have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView
from shiboken6 import isValid

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTableView

    from kiosk.ui.theme.controller import ThemeController

_ICON = 20


class TableLooks(QObject):
    """Sets a table up to be read: whole rows, no grid, columns as wide as what is in them.

    One column gets the room that is left. Without enough of it, all are as wide as their content
    and the table scrolls sideways.

    Args:
        theme: gives the text scale.
        table: with its model set.
        wide: the column that gets the rest.
        enough: pixels at 100 % text; the wide column may be cut, but not below this.
    """

    def __init__(
        self, theme: ThemeController, table: QTableView, wide: int, enough: int = 150
    ) -> None:
        super().__init__(table)
        self._theme = theme
        self._table = table
        self._wide = wide
        self._enough = enough
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
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(48)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.installEventFilter(self)
        model = table.model()
        for signal in (model.modelReset, model.rowsInserted, model.rowsRemoved, model.dataChanged):
            signal.connect(self.fit)
        theme.changed.connect(self._restyle)
        self._restyle()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit the columns whenever the table has another size."""
        if watched is self._table and event.type() == QEvent.Type.Resize:
            self.fit()
        return False

    @Slot()
    def fit(self) -> None:
        """Give one column the room that the others leave."""
        if not isValid(self._table):
            return  # it is being destroyed, and its model says so by removing its rows
        table, header = self._table, self._table.horizontalHeader()
        # Asked of the contents: the header itself follows only after the next layout.
        columns = range(table.model().columnCount())
        widths = [max(table.sizeHintForColumn(c), header.sectionSizeHint(c)) for c in columns]
        needed = min(widths.pop(self._wide), round(self._enough * self._theme.text_scale / 100))
        fits = table.viewport().width() - sum(widths) >= needed
        mode = QHeaderView.ResizeMode.Stretch if fits else QHeaderView.ResizeMode.ResizeToContents
        if header.sectionResizeMode(self._wide) is not mode:
            header.setSectionResizeMode(self._wide, mode)

    @Slot()
    def _restyle(self) -> None:
        side = round(_ICON * self._theme.text_scale / 100)
        self._table.setIconSize(QSize(side, side))
        self.fit()
