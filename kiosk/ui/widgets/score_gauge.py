"""Where a score lies, and where the threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QPointF, QRectF, QSize, Qt, QVariantAnimation, Slot
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk.ui import accessibility
from kiosk.ui.widgets.painting import PaintedWidget, fill, painter_for

if TYPE_CHECKING:
    from kiosk.ui.theme.controller import ThemeController

_TRACK = 16
_MARKER = 14
_ON_SCALE = (-0.5, 1.0)
"""What is shown of the scale of a calibrated score: its line is in the middle, and stays there."""


class ScoreGauge(PaintedWidget):
    """A score on a track, beside the threshold it is compared with.

    A calibrated score has its threshold at one place of one scale, the line, and the words below
    say what it means. Color, icon and words say the same. Scores beyond the shown window are pinned
    to its end with an arrow; the number stays true.

    Args:
        theme: gives colors and motion.
        window: lowest and highest cosine score on the track; the whole range is [-1, 1], and what
            lies below -0.2 hardly occurs.
        parent: Qt parent.

    Raises:
        ValueError: the window is empty or not within [-1, 1].
    """

    def __init__(
        self,
        theme: ThemeController,
        window: tuple[float, float] = (-0.2, 1.0),
        parent: QWidget | None = None,
    ) -> None:
        if not -1.0 <= window[0] < window[1] <= 1.0:
            raise ValueError("the window lies within [-1, 1]")
        super().__init__(theme, parent)
        self._cosines = self._window = window
        self._one_in: int | None = None
        self._score: float | None = None
        self._threshold = 0.0
        self._accepted = False
        self._at = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._motion = QVariantAnimation(self)
        self._motion.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._motion.valueChanged.connect(self._move)
        self.set_score(None, 0.0)

    @property
    def text(self) -> str:
        """Return the words shown with the number, such as ``Above the threshold``."""
        if self._score is None:
            return self.tr("No score yet")
        if self._accepted:
            return self.tr("Above the threshold")
        return self.tr("Below the threshold")

    @property
    def meaning(self) -> str:
        """Return the words at the threshold: what it means, or where it is."""
        if self._one_in is None:
            return self.tr("Threshold {0}").replace("{0}", signed(self._threshold))
        text = self.tr("Threshold: at most 1 impostor in {0} reaches it here")
        return text.replace("{0}", f"{self._one_in:,}")

    def set_score(
        self,
        score: float | None,
        threshold: float,
        *,
        accepted: bool | None = None,
        one_in: int | None = None,
    ) -> None:
        """Show a score.

        Args:
            score: in [-1, 1]; None when there is none to show.
            threshold: from which a score is accepted.
            accepted: what was decided; by default whether the score reaches the threshold.
            one_in: at most one impostor in so many reaches the threshold; None for a plain cosine.
        """
        self._score, self._threshold, self._one_in = score, threshold, one_in
        self._window = self._cosines if one_in is None else _ON_SCALE
        if accepted is None:
            accepted = score is not None and score >= threshold
        self._accepted = accepted
        accessibility.name(self, self._spoken())
        self._motion.stop()
        if score is None:
            self.update()
            return
        end = self._place(score)
        duration = self.theme.motion(long=True)
        if duration == 0 or not self.isVisible():
            self._move(end)
            return
        self._motion.setDuration(duration)
        self._motion.setStartValue(0.0)
        self._motion.setEndValue(end)
        self._motion.start()

    def _spoken(self) -> str:
        if self._one_in is not None:
            said = self.text
            if self._score is not None:
                score = self.tr("Score {0}").replace("{0}", f"{self._score:.2f}")
                said = f"{score}. {said}"
            return f"{said}. {self.meaning}."
        threshold = self.tr("threshold {0}").replace("{0}", f"{self._threshold:.2f}")
        if self._score is None:
            return f"{self.tr('no score')}, {threshold}"
        score = self.tr("score {0}").replace("{0}", f"{self._score:.2f}")
        side = self.tr("above") if self._accepted else self.tr("below")
        return f"{score}, {threshold}, {side}"

    @Slot("QVariant")
    def _move(self, value: float) -> None:
        self._at = float(value)
        self.update()

    def _place(self, score: float) -> float:
        """Return where on the line, in [0, 1], a score lies."""
        low, high = self._window
        return min(1.0, max(0.0, (score - low) / (high - low)))

    def sizeHint(self) -> QSize:
        """Suggest number, line and words above each other."""
        number = QFontMetrics(self.theme.font("title", self)).height()
        words = QFontMetrics(self.theme.font("caption", self)).height()
        gaps = 2 * self.theme.space("m") + self.theme.space("s")
        return QSize(480, number + _TRACK + words + gaps)

    def minimumSizeHint(self) -> QSize:
        """Keep room for the number and the words beside it."""
        title = QFontMetrics(self.theme.font("title", self)).horizontalAdvance("−0.00")
        words = QFontMetrics(self.theme.font("body", self)).horizontalAdvance(self.text)
        room = title + words + self.theme.space("xxl")
        below = QFontMetrics(self.theme.font("caption", self)).horizontalAdvance(self.meaning)
        return QSize(max(240, room, below + 4), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint number and words, the line, then the threshold and its label."""
        del event
        painter = painter_for(self)
        number = QFontMetrics(self.theme.font("title", self)).height()
        inset = _MARKER + 2
        top = number + self.theme.space("m") + (_MARKER - _TRACK / 2)
        track = QRectF(inset, top, self.width() - 2 * inset, _TRACK)
        self._paint_headline(painter, number)
        self._paint_track(painter, track)
        self._paint_threshold(painter, track)
        if self._score is not None:
            self._paint_marker(painter, track)
        painter.end()

    def _role(self) -> str:
        return "positive" if self._accepted else "negative"

    def _paint_headline(self, painter: QPainter, height: int) -> None:
        theme = self.theme
        font = theme.font("title", self, QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        number = "—" if self._score is None else signed(self._score)
        row = QRectF(0, 0, self.width(), height)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(row, Qt.AlignmentFlag.AlignLeft | middle, number)
        font = theme.font("body", self, QFont.Weight.Medium)
        painter.setFont(font)
        role = "text-muted" if self._score is None else self._role()
        painter.setPen(theme.color(role))
        painter.drawText(row, Qt.AlignmentFlag.AlignRight | middle, self.text)
        if self._score is None:
            return
        metrics = QFontMetrics(font)
        side = metrics.height()
        left = self.width() - metrics.horizontalAdvance(self.text) - side - theme.space("s")
        icon = QRectF(left, (height - side) / 2, side, side)
        theme.icons.paint(
            painter, "check-circle" if self._accepted else "x-circle", icon, theme.color(role)
        )

    def _paint_track(self, painter: QPainter, track: QRectF) -> None:
        theme = self.theme
        fill(painter, track, theme.color("gauge-track"), _TRACK / 2)
        if self._score is None:
            return
        painter.save()
        painter.setClipRect(QRectF(track.left(), track.top(), track.width() * self._at, _TRACK))
        fill(painter, track, theme.color(self._role()), _TRACK / 2)
        painter.restore()

    def _paint_threshold(self, painter: QPainter, track: QRectF) -> None:
        theme = self.theme
        x = track.left() + track.width() * self._place(self._threshold)
        tick = QRectF(x - 1.5, track.top() - 6, 3, _TRACK + 12)
        fill(painter, tick.adjusted(-2, 0, 2, 0), theme.color("surface-raised"), 2)
        fill(painter, tick, theme.color("gauge-marker"), 1.5)
        painter.setFont(theme.font("caption", self))
        painter.setPen(theme.color("text-muted"))
        metrics = painter.fontMetrics()
        label = metrics.elidedText(self.meaning, Qt.TextElideMode.ElideRight, self.width())
        width = metrics.horizontalAdvance(label) + 2
        left = min(max(0.0, x - width / 2), self.width() - width)
        row = QRectF(left, track.bottom() + theme.space("m") - 4, width, metrics.height())
        painter.drawText(row, Qt.AlignmentFlag.AlignCenter, label)

    def _paint_marker(self, painter: QPainter, track: QRectF) -> None:
        theme, score = self.theme, self._score or 0.0
        center = QPointF(track.left() + track.width() * self._at, track.center().y())
        painter.setPen(QPen(theme.color("surface-raised"), 3))
        painter.setBrush(theme.color(self._role()))
        beyond = (score > self._window[1]) - (score < self._window[0])
        if beyond:
            tip, wing = _MARKER * beyond, _MARKER
            points = [QPointF(tip, 0), QPointF(-tip, -wing), QPointF(-tip, wing)]
            painter.drawPolygon(QPolygonF([center + point for point in points]))
        else:
            painter.drawEllipse(center, _MARKER, _MARKER)


def signed(score: float) -> str:
    """Return a score with two decimals and a true minus sign; never ``−0.00``."""
    text = f"{score:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "\N{MINUS SIGN}")
