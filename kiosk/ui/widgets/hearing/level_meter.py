"""How loud it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from kiosk.ui import accessibility
from kiosk.ui.widgets.painting import fill, painter_for

if TYPE_CHECKING:
    from kiosk.ui.theme.controller import ThemeController

FLOOR = -60
"""The quietest level shown, in dBFS."""

HOLD_MS = 1500
CLIP_MS = 2000
_BAR = 16


class LevelMeter(QProgressBar):
    """A level in dBFS with the highest of the last moment held, and a lamp for clipping.

    To screen readers it is a progress bar from -60 to 0.

    Args:
        theme: gives colors.
        parent: Qt parent.
    """

    def __init__(self, theme: ThemeController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._level = self._peak = float(FLOOR)
        self._clipping = False
        self.setRange(FLOOR, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._hold = QTimer(self, singleShot=True, interval=HOLD_MS)
        self._hold.timeout.connect(self._let_peak_fall)
        self._lamp = QTimer(self, singleShot=True, interval=CLIP_MS)
        self._lamp.timeout.connect(self._lamp_out)
        theme.follow(self._restyle)
        accessibility.name(self, self.tr("Microphone level"))
        self.set_level(FLOOR)

    @property
    def peak(self) -> float:
        """Return the level held, in dBFS."""
        return self._peak

    @property
    def clipping(self) -> bool:
        """Return whether the lamp is lit."""
        return self._clipping

    def set_level(self, level: float, peak: float | None = None, *, clipped: bool = False) -> None:
        """Show a level.

        Args:
            level: in dBFS; pulled into [-60, 0].
            peak: highest sample of the same moment in dBFS; the level by default.
            clipped: whether samples were cut off; lights the lamp for two seconds.
        """
        self._level = _bounded(level)
        peak = _bounded(level if peak is None else peak)
        if peak >= self._peak:
            self._peak = peak
            if peak > FLOOR:
                self._hold.start()
        if clipped:
            self._clipping = True
            self._lamp.start()
        self.setValue(round(self._level))
        self._describe()
        self.update()

    def reset(self) -> None:
        """Forget level, peak and lamp."""
        self._hold.stop()
        self._lamp.stop()
        self._level = self._peak = float(FLOOR)
        self._clipping = False
        self.set_level(FLOOR)

    @Slot()
    def _let_peak_fall(self) -> None:
        self._peak = self._level
        self.update()

    @Slot()
    def _lamp_out(self) -> None:
        self._clipping = False
        self._describe()
        self.update()

    @Slot()
    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def _describe(self) -> None:
        text = self.tr("{0} decibels").replace("{0}", str(round(self._level)))
        if self._clipping:
            text = f"{text}, {self._clip_word()}"
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)

    def _clip_word(self) -> str:
        return self.tr("Clipping")

    def sizeHint(self) -> QSize:
        """Suggest a strip as high as bar and words."""
        return QSize(320, _BAR + self._theme.space("s") + self._words().height())

    def minimumSizeHint(self) -> QSize:
        """Keep room for both words."""
        return QSize(200, self.sizeHint().height())

    def _words(self) -> QFontMetrics:
        return QFontMetrics(self._theme.font("caption", self))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint bar, held peak and words."""
        del event
        theme = self._theme
        painter = painter_for(self)
        bar = QRectF(0, 0, self.width(), _BAR)
        fill(painter, bar, theme.color("gauge-track"), _BAR / 2)
        role = "warning" if self._clipping else "accent"
        filled = bar.width() * self._share(self._level)
        if filled >= 1:
            painter.save()
            painter.setClipRect(QRectF(0, 0, filled, _BAR))
            fill(painter, bar, theme.color(role), _BAR / 2)
            painter.restore()
        if self._peak > FLOOR:
            at = min(bar.width() - 4, bar.width() * self._share(self._peak))
            fill(painter, QRectF(at, -1, 4, _BAR + 2), theme.color("gauge-marker"), 2)
        self._paint_words(painter)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        theme = self._theme
        top = _BAR + theme.space("s")
        row = QRectF(0, top, self.width(), self._words().height())
        painter.setFont(theme.font("caption", self, tabular=True))
        painter.setPen(theme.color("text-muted"))
        number = f"{self._level:.0f} dBFS".replace("-", "\N{MINUS SIGN}")
        painter.drawText(row, Qt.AlignmentFlag.AlignLeft, number)
        if not self._clipping:
            return
        font = theme.font("caption", self, QFont.Weight.DemiBold)
        painter.setFont(font)
        word = self._clip_word()
        width = QFontMetrics(font).horizontalAdvance(word)
        painter.setPen(theme.color("warning"))
        painter.drawText(row, Qt.AlignmentFlag.AlignRight, word)
        side = row.height() * 0.85
        icon = QRectF(row.right() - width - side - 6, top + row.height() * 0.08, side, side)
        theme.icons.paint(painter, "alert-triangle", icon, theme.color("warning"))

    def _share(self, level: float) -> float:
        return (level - FLOOR) / -FLOOR


def _bounded(level: float) -> float:
    return min(0.0, max(float(FLOOR), level))
