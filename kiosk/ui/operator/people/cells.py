"""Cells of the people table that leave room for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStyledItemDelegate

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSize
    from PySide6.QtWidgets import QStyleOptionViewItem

    from kiosk.ui.theme.controller import ThemeController


class CappedCells(QStyledItemDelegate):
    """Asks for no more than a given width; longer texts end in an ellipsis.

    Args:
        theme: gives the text scale.
        parent: Qt parent.
        widest: pixels at 100 % text.
    """

    def __init__(self, theme: ThemeController, parent: QObject, widest: int = 150) -> None:
        super().__init__(parent)
        self._theme = theme
        self._widest = widest

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        size = super().sizeHint(option, index)
        size.setWidth(min(size.width(), round(self._widest * self._theme.text_scale / 100)))
        return size
