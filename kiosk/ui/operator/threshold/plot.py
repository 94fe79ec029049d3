"""How genuine and impostor scores are spread here, and the line between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from kiosk.ui import accessibility
from kiosk.ui.operator.words import number

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PySide6.QtGui import QBrush, QColor, QPen

    from kiosk.ui.operator.threshold.presenter import Shares
    from kiosk.ui.theme.controller import ThemeController

    Values = npt.NDArray[np.float64]

_HEIGHT = 230
_NEAR = 0.15
_TICKS = (-1.0, -0.5, 0.0, 0.25, 0.5, 1.0)
_ROOM = 1.3
"""Above the highest share there is room for words."""


class ScoresPlot(QWidget):
    """Two spreads of scores and the line.

    Impostors are hatched, genuine scores are filled, and each carries its name: nothing depends on
    seeing colors. What it shows is also its accessible description.

    Args:
        theme: gives colors.
    """

    def __init__(self, theme: ThemeController) -> None:
        super().__init__()
        self._theme = theme
        self._shares: Shares | None = None
        self._line = 0.0
        self._spoken = ""
        self.setObjectName("threshold.plot")
        self.setFixedHeight(_HEIGHT)
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
        # The outermost figures at the axes stand halfway beyond their ends.
        edge = theme.space("s")
        item.layout.setContentsMargins(0, edge, edge, 0)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._plot)
        theme.follow(self._draw)
        self._draw()

    def show_shares(self, shares: Shares | None, line: float, spoken: str) -> None:
        """Show other scores.

        Args:
            shares: None shows nothing.
            line: where the threshold is.
            spoken: what is seen, in words.
        """
        self._shares, self._line, self._spoken = shares, line, spoken
        self._draw()

    @Slot()
    def _draw(self) -> None:
        theme, item, shares = self._theme, self._plot.getPlotItem(), self._shares
        item.clear()
        self._dress_axes()
        accessibility.name(self, self.tr("Scores at this site"), self._spoken)
        if shares is None:
            return
        each = (shares.impostors, shares.genuine)
        highest = max((float(one.max()) for one in each if len(one)), default=1.0)
        item.getViewBox().setRange(
            xRange=(float(shares.edges[0]), float(shares.edges[-1])),
            yRange=(0.0, 100 * highest * _ROOM),
            padding=0,
        )
        muted, accent = theme.color("text-muted"), theme.color("waveform")
        if len(shares.genuine):
            soft = theme.color("waveform")
            soft.setAlpha(90)
            self._steps(shares.genuine, pg.mkPen(accent, width=2), pg.mkBrush(soft))
        if len(shares.impostors):
            hatched = pg.mkBrush(muted)
            hatched.setStyle(Qt.BrushStyle.BDiagPattern)
            dotted = pg.mkPen(muted, width=2, style=Qt.PenStyle.DotLine)
            self._steps(shares.impostors, dotted, hatched)
        line = pg.mkPen(theme.color("text"), width=2, style=Qt.PenStyle.DashLine)
        item.addItem(pg.InfiniteLine(self._line, angle=90, pen=line))
        name = self.tr("Threshold, {0}").replace("{0}", number(self._line))
        self._name(name, self._line, 100 * highest * _ROOM, theme.color("text"), (0.0, 0.0))
        if len(shares.impostors):
            self._name_peak(self.tr("Impostors"), shares.impostors, muted)
        if len(shares.genuine):
            self._name_peak(self.tr("Genuine"), shares.genuine, accent)

    def _dress_axes(self) -> None:
        theme, item = self._theme, self._plot.getPlotItem()
        muted = theme.color("text-muted")
        size = f"{theme.font('caption', 'operator').pointSizeF():g}pt"
        left, bottom = self.tr("Share (%)"), self.tr("Score")
        for side, label in (("left", left), ("bottom", bottom)):
            axis = item.getAxis(side)
            axis.setPen(pg.mkPen(theme.color("outline-strong")))
            axis.setTextPen(pg.mkPen(muted))
            axis.setStyle(tickFont=theme.font("caption", "operator"))
            axis.enableAutoSIPrefix(False)
            axis.setLabel(label, **{"color": muted.name(), "font-size": size})
        item.getAxis("bottom").setTicks([[(each, number(each)) for each in _TICKS]])

    def _steps(self, shares: Values, pen: QPen, brush: QBrush) -> None:
        assert self._shares is not None
        # Where nothing is, no line is drawn: it would look like a little.
        some = shares.nonzero()[0]
        first, last = int(some[0]), int(some[-1])
        edges = self._shares.edges[first : last + 2]
        curve = pg.PlotCurveItem(
            edges,
            100 * shares[first : last + 1],
            stepMode="center",
            fillLevel=0,
            pen=pen,
            brush=brush,
        )
        self._plot.getPlotItem().addItem(curve)

    def _name_peak(self, text: str, shares: Values, color: QColor) -> None:
        assert self._shares is not None
        place, edges = int(shares.argmax()), self._shares.edges
        middle = float(edges[place] + edges[place + 1]) / 2
        share = (middle - edges[0]) / (edges[-1] - edges[0])
        # Near an edge it goes on inwards.
        side = 0.0 if share < _NEAR else 1.0 if share > 1 - _NEAR else 0.5
        self._name(text, middle, 100 * float(shares[place]), color, (side, 1.0))

    def _name(
        self, text: str, x: float, y: float, color: QColor, anchor: tuple[float, float]
    ) -> None:
        label = pg.TextItem(text, color=color, anchor=anchor)
        label.setFont(self._theme.font("caption", "operator"))
        label.setPos(x, y)
        self._plot.getPlotItem().addItem(label, ignoreBounds=True)
