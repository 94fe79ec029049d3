"""Where one is in a sequence of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk.ui import accessibility
from kiosk.ui.widgets.painting import PaintedWidget, painter_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.ui.theme.controller import ThemeController

_DISC = 32


class StepIndicator(PaintedWidget):
    """Numbered steps in a row: done ones have a check, the present one is filled.

    Args:
        theme: gives looks.
        steps: their names, already translated; at least one.
        parent: Qt parent.

    Raises:
        ValueError: there is no step.
    """

    def __init__(
        self, theme: ThemeController, steps: Sequence[str], parent: QWidget | None = None
    ) -> None:
        if not steps:
            raise ValueError("there is at least one step")
        super().__init__(theme, parent)
        self._steps = list(steps)
        self._current = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_current(0)

    @property
    def current(self) -> int:
        """Return the index of the present step."""
        return self._current

    def set_current(self, index: int) -> None:
        """Go to a step.

        Args:
            index: from 0; the number of steps means that all are done.

        Raises:
            IndexError: there is no such step.
        """
        if not 0 <= index <= len(self._steps):
            raise IndexError(f"there is no step {index}")
        self._current = index
        if index == len(self._steps):
            text = self.tr("All steps are done")
        else:
            text = self.tr("Step {0} of {1}: {2}")
            values = (str(index + 1), str(len(self._steps)), self._steps[index])
            for place, value in enumerate(values):
                text = text.replace(f"{{{place}}}", value)
        accessibility.name(self, text)
        self.update()

    def sizeHint(self) -> QSize:
        """Suggest room for every name under its disc."""
        metrics = self._metrics()
        widest = max(metrics.horizontalAdvance(step) for step in self._steps)
        width = len(self._steps) * (max(widest, _DISC) + self.theme.space("l"))
        return QSize(width, _DISC + self.theme.space("s") + metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        """Keep the discs apart; names are cut then."""
        return QSize(len(self._steps) * 2 * _DISC, self.sizeHint().height())

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(self.theme.font("caption", self, QFont.Weight.DemiBold))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line, then disc and name of each step."""
        del event
        painter = painter_for(self)
        cell = self.width() / len(self._steps)
        for index in range(len(self._steps)):
            left = cell * (self._column(index) + 0.5) - _DISC / 2
            disc = QRectF(left, 1, _DISC, _DISC)
            if index:
                self._paint_line(painter, index, cell)
            self._paint_disc(painter, index, disc)
            self._paint_name(painter, index, cell)
        painter.end()

    def _column(self, index: int) -> int:
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        return len(self._steps) - 1 - index if mirrored else index

    def _paint_line(self, painter: QPainter, index: int, cell: float) -> None:
        role = "accent" if index <= self._current else "outline-strong"
        gap = _DISC / 2 + self.theme.space("s")
        one, other = sorted((self._column(index - 1), self._column(index)))
        start, end = cell * (one + 0.5) + gap, cell * (other + 0.5) - gap
        if end > start:
            painter.setPen(QPen(self.theme.color(role), 2))
            painter.drawLine(round(start), 1 + _DISC // 2, round(end), 1 + _DISC // 2)

    def _paint_disc(self, painter: QPainter, index: int, disc: QRectF) -> None:
        theme = self.theme
        painter.setPen(Qt.PenStyle.NoPen)
        if index > self._current:
            painter.setPen(QPen(theme.color("outline-strong"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(disc.adjusted(1, 1, -1, -1))
            painter.setPen(theme.color("text-muted"))
        else:
            painter.setBrush(theme.color("accent"))
            painter.drawEllipse(disc)
            painter.setPen(theme.color("on-accent"))
        if index < self._current:
            inner = disc.adjusted(7, 7, -7, -7)
            theme.icons.paint(painter, "check", inner, theme.color("on-accent"))
            return
        font = theme.font("caption", "operator", QFont.Weight.DemiBold)
        font.setPixelSize(16)  # it must stay within the disc, whatever the text scale
        painter.setFont(font)
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(index + 1))

    def _paint_name(self, painter: QPainter, index: int, cell: float) -> None:
        present = index == self._current
        weight = QFont.Weight.DemiBold if present else QFont.Weight.Normal
        painter.setFont(self.theme.font("caption", self, weight))
        painter.setPen(self.theme.color("text" if present else "text-muted"))
        metrics = painter.fontMetrics()
        room = round(cell - self.theme.space("s"))
        name = metrics.elidedText(self._steps[index], Qt.TextElideMode.ElideRight, room)
        top = 1 + _DISC + self.theme.space("s")
        row = QRectF(cell * self._column(index), top, cell, metrics.height())
        painter.drawText(row, Qt.AlignmentFlag.AlignCenter, name)
