"""Says that there is more below than can be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Slot
from PySide6.QtGui import QLinearGradient

from kiosk.ui.widgets.painting import PaintedWidget, painter_for

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QScrollArea

    from kiosk.ui.theme.controller import ThemeController

_HEIGHT = 56
_CHIP = 32
_ICON = 20
_NEARLY = 8
"""Pixels: less than this below the edge is only a margin."""


class ScrollHint(PaintedWidget):
    """Fades the lower edge of a scroll area out, with an arrow, while there is more below.

    A page that happens to be cut between two cards looks complete. It takes no clicks and no focus;
    screen readers read everything anyway.

    Args:
        theme: gives looks.
        area: over whose lower edge it lies.
    """

    def __init__(self, theme: ThemeController, area: QScrollArea) -> None:
        super().__init__(theme, area)
        self._area = area
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        bar = area.verticalScrollBar()
        bar.valueChanged.connect(self._look)
        bar.rangeChanged.connect(self._look)
        area.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the lower edge."""
        if event.type() == QEvent.Type.Resize:
            self._look()
        return super().eventFilter(watched, event)

    @Slot()
    def _look(self) -> None:
        bar, seen = self._area.verticalScrollBar(), self._area.viewport().geometry()
        self.setGeometry(seen.left(), seen.bottom() + 1 - _HEIGHT, seen.width(), _HEIGHT)
        self.setVisible(bar.maximum() - bar.value() > _NEARLY)
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the fading, then the arrow on its disc."""
        del event
        painter = painter_for(self)
        ground = self.theme.color("surface")
        clear = self.theme.color("surface")
        clear.setAlpha(0)
        fading = QLinearGradient(0, 0, 0, self.height())
        fading.setColorAt(0.0, clear)
        fading.setColorAt(0.7, ground)
        painter.fillRect(self.rect(), fading)
        chip = QRectF((self.width() - _CHIP) / 2, self.height() - _CHIP - 2, _CHIP, _CHIP)
        painter.setBrush(self.theme.color("surface-raised"))
        painter.setPen(self.theme.color("outline-strong"))
        painter.drawEllipse(chip.adjusted(0.5, 0.5, -0.5, -0.5))
        inset = (_CHIP - _ICON) / 2
        icon = chip.adjusted(inset, inset, -inset, -inset)
        self.theme.icons.paint(painter, "chevron-down", icon, self.theme.color("text"))
        painter.end()
