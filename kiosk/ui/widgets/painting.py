"""What widgets that paint themselves have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from kiosk.ui.theme.controller import ThemeController


class PaintedWidget(QWidget):
    """Paints itself from roles, and anew whenever the theme changes.

    Args:
        theme: answers every question about looks.
        parent: Qt parent.
    """

    def __init__(self, theme: ThemeController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        theme.follow(self._restyle)

    @Slot()
    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()


def painter_for(widget: QWidget) -> QPainter:
    """Return a painter with smooth edges and no pen; the caller ends it."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    return painter


def fill(painter: QPainter, rect: QRectF, color: QColor, radius: float) -> None:
    """Fill a rectangle with rounded corners."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(rect, radius, radius)


def focus_ring(painter: QPainter, rect: QRectF, color: QColor, width: int, radius: float) -> None:
    """Draw the focus ring just inside a rectangle."""
    half = width / 2
    painter.setPen(QPen(color, width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), radius, radius)
