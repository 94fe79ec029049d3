"""A person's scores over time against the threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from kiosk.ui import accessibility
from kiosk.ui.operator.words import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.people.users import AttemptRecord
    from kiosk.ui.theme.controller import ThemeController

_COUNTABLE = 60
_SYMBOLS = {"verified": ("o", "positive"), "not_verified": ("x", "negative")}


class HistoryPlot(QWidget):
    """Each compared attempt as a point, the oldest left; the threshold as it was then.

    Shape and color both say how it ended. What it shows is also its accessible description.

    Args:
        theme: gives colors.
    """

    def __init__(self, theme: ThemeController) -> None:
        super().__init__()
        self._theme = theme
        self._attempts: tuple[AttemptRecord, ...] = ()
        self.setObjectName("people.plot")
        self.setMinimumHeight(220)
        self._plot = pg.PlotWidget(background=None)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        self._plot.setStyleSheet("background: transparent; border: none;")
        # A plot asks for 640 x 480; here it takes what is left.
        self._plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        item = self._plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.getViewBox().setMouseEnabled(False, False)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._plot)
        theme.follow(self._draw)
        self._draw()

    def show_attempts(self, attempts: Sequence[AttemptRecord]) -> None:
        """Show attempts, newest first; those without a score are left out."""
        self._attempts = tuple(one for one in reversed(attempts) if one.score is not None)
        self._draw()

    @property
    def points(self) -> int:
        """Return how many attempts are drawn."""
        return len(self._attempts)

    @Slot()
    def _draw(self) -> None:
        theme, item = self._theme, self._plot.getPlotItem()
        item.clear()
        muted = theme.color("text-muted")
        for side, label in (("left", self.tr("Score")), ("bottom", self.tr("Attempt"))):
            axis = item.getAxis(side)
            axis.setPen(pg.mkPen(theme.color("outline-strong")))
            axis.setTextPen(pg.mkPen(muted))
            axis.setStyle(tickFont=theme.font("caption", "operator"))
            axis.setLabel(label, **{"color": muted.name(), "font-size": self._label_size()})
        count = len(self._attempts)
        scores = [one.score for one in self._attempts if one.score is not None]
        low = min([-0.1, *scores]) - 0.05
        item.getViewBox().setRange(xRange=(0.5, max(count, 5) + 0.5), yRange=(low, 1.12), padding=0)
        tick = max(5, count // 10)
        # A line for each attempt, where they are not too many to be told apart.
        minor = [(1, 0)] if count <= _COUNTABLE else []
        item.getAxis("bottom").setTickSpacing(levels=[(tick, 0), *minor])
        if count:
            # Each threshold holds from half an attempt before to half after.
            edges = [index + 0.5 for index in range(count + 1)]
            limits = [one.threshold for one in self._attempts]
            pen = pg.mkPen(theme.color("text"), width=2, style=Qt.PenStyle.DashLine)
            item.addItem(pg.PlotCurveItem(edges, limits, stepMode="center", pen=pen))
        for outcome, (symbol, role) in _SYMBOLS.items():
            places = [i + 1 for i, one in enumerate(self._attempts) if one.outcome == outcome]
            values = [one.score for one in self._attempts if one.outcome == outcome]
            color = theme.color(role)
            item.addItem(
                pg.ScatterPlotItem(
                    places,
                    values,
                    symbol=symbol,
                    size=12,
                    pen=pg.mkPen(theme.color("surface-raised"), width=1),
                    brush=pg.mkBrush(color),
                )
            )
        accessibility.name(self, self.tr("Score history"), self._spoken())

    def _label_size(self) -> str:
        return f"{self._theme.font('caption', 'operator').pointSizeF():g}pt"

    def _spoken(self) -> str:
        if not self._attempts:
            return self.tr("There are no scores yet.")
        scores = [one.score for one in self._attempts if one.score is not None]
        passed = sum(one.outcome == "verified" for one in self._attempts)
        text = self.tr("{0} of {1} attempts verified; scores from {2} to {3}; threshold {4} now.")
        values = (
            str(passed),
            str(len(scores)),
            number(min(scores)),
            number(max(scores)),
            number(self._attempts[-1].threshold),
        )
        for place, value in enumerate(values):
            text = text.replace(f"{{{place}}}", value)
        return text

    @property
    def spoken(self) -> str:
        """Return in words what the plot shows."""
        return self._spoken()
