"""Cells of the people table that leave room for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QAbstractScrollArea, QStyledItemDelegate

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSize
    from PySide6.QtWidgets import QStyleOptionViewItem

    from kiosk.ui.theme.controller import ThemeController


_ROOM = 1_000
"""Pixels that a table has in a window of 1280."""


class CappedCells(QStyledItemDelegate):
    """Asks for no more than a given width; longer texts end in an ellipsis.

    Args:
        theme: gives the text scale.
        parent: the table.
        widest: pixels at 100 % text, in a table of 1,000 pixels; more in a wider one.
    """

    def __init__(self, theme: ThemeController, parent: QObject, widest: int = 150) -> None:
        super().__init__(parent)
        self._theme = theme
        self._widest = widest

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        size = super().sizeHint(option, index)
        widest = self._widest * self._theme.text_scale / 100
        table = self.parent()
        if isinstance(table, QAbstractScrollArea):
            # Where there is more room, these columns get their share of it.
            widest *= max(1.0, table.viewport().width() / (_ROOM * self._theme.text_scale / 100))
        size.setWidth(min(size.width(), round(widest)))
        return size
