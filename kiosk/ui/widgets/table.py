"""Tables on the operator side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from kiosk.ui import accessibility

if TYPE_CHECKING:
    from kiosk.ui.theme.controller import ThemeController


def prepare_table(theme: ThemeController, table: QTableView, name: str) -> None:
    """Make a table calm and usable by keyboard: whole rows, no grid, Tab leaves it.

    Args:
        theme: gives the height of a row.
        table: any table view; columns are sized by their contents, the last one fills the rest.
        name: what a screen reader calls it, already translated.
    """
    accessibility.name(table, name)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setCornerButtonEnabled(False)
    rows = table.verticalHeader()
    rows.hide()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setDefaultSectionSize(theme.target("operator"))
    columns = table.horizontalHeader()
    columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
    columns.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    columns.setStretchLastSection(True)
    columns.setHighlightSections(False)
    columns.setFocusPolicy(Qt.FocusPolicy.NoFocus)
