"""How much speech was heard so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QRectF, QSize, Qt, QVariantAnimation, Slot
from PySide6.QtGui import QPaintEvent, QPen
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from kiosk.ui import accessibility
from kiosk.ui.widgets.painting import painter_for

if TYPE_CHECKING:
    from kiosk.ui.theme.controller import ThemeController

_STEP = 25


class NetSpeechRing(QProgressBar):
    """A ring that fills with speech heard, not with time passed.

    It is a progress bar to screen readers, which hear a sentence at every quarter.

    Args:
        theme: gives colors and motion.
        diameter: in pixels.
        parent: Qt parent.
    """

    def __init__(
        self, theme: ThemeController, diameter: int = 160, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._diameter = diameter
        self._share = 0.0
        self._shown = 0.0
        self._enough = False
        self._said = 0
        self.setRange(0, 100)
        self.setValue(0)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._motion = QVariantAnimation(self)
        self._motion.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._motion.valueChanged.connect(self._move)
        theme.follow(self._restyle)
        accessibility.name(self, self.tr("Speech heard"))

    @property
    def share(self) -> float:
        """Return the share of the needed speech in [0, 1]."""
        return self._share

    @property
    def shown(self) -> float:
        """Return the share painted at this moment, which follows :attr:`share`."""
        return self._shown

    @property
    def enough(self) -> bool:
        """Return whether enough was heard."""
        return self._enough

    def set_share(self, share: float, *, enough: bool | None = None) -> None:
        """Show how much was heard.

        Args:
            share: of the speech that is needed; pulled into [0, 1].
            enough: whether that suffices; by default when the share is 1.
        """
        self._share = min(1.0, max(0.0, share))
        self._enough = self._share >= 1.0 if enough is None else enough
        percent = round(100 * self._share)
        self.setValue(percent)
        self._speak(percent)
        duration = self._theme.motion()
        self._motion.stop()
        if duration == 0 or not self.isVisible():
            self._move(self._share)
            return
        self._motion.setDuration(duration)
        self._motion.setStartValue(self._shown)
        self._motion.setEndValue(self._share)
        self._motion.start()

    def reset(self) -> None:
        """Begin a new take, without motion."""
        self._motion.stop()
        self._share, self._enough, self._said = 0.0, False, 0
        self.setValue(0)
        self._move(0.0)

    def _speak(self, percent: int) -> None:
        reached = 100 if self._enough else percent // _STEP * _STEP
        if reached > self._said:
            self._said = reached
            text = (
                self.tr("Enough was heard")
                if self._enough
                else self.tr("{0} percent heard").replace("{0}", str(reached))
            )
            self.setAccessibleDescription(text)
            accessibility.announce(self, text)

    @Slot("QVariant")
    def _move(self, value: float) -> None:
        self._shown = float(value)
        self.update()

    @Slot()
    def _restyle(self) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        """Return the diameter both ways."""
        return QSize(self._diameter, self._diameter)

    def minimumSizeHint(self) -> QSize:
        """Return the same: a ring does not shrink."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint track, arc and the icon in the middle."""
        del event
        theme = self._theme
        painter = painter_for(self)
        stroke = self._diameter / 13
        side = self._diameter - stroke - 2
        ring = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        role = "positive" if self._enough else "accent"
        painter.setPen(QPen(theme.color("gauge-track"), stroke))
        painter.drawEllipse(ring)
        if self._shown > 0:
            cap = Qt.PenCapStyle.RoundCap
            painter.setPen(QPen(theme.color(role), stroke, Qt.PenStyle.SolidLine, cap))
            # Sixteenths of a degree, clockwise from the top.
            painter.drawArc(ring, 90 * 16, round(-360 * 16 * self._shown))
        icon = self._diameter * 0.36
        middle = QRectF(0, 0, icon, icon)
        middle.moveCenter(ring.center())
        theme.icons.paint(
            painter, "check" if self._enough else "microphone", middle, theme.color(role)
        )
        painter.end()
