"""The live waveform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from kiosk.ui import accessibility
from kiosk.ui.widgets.hearing.envelope import Envelope, clipped, loudness

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from kiosk.core.hearing.audio import Samples
    from kiosk.core.ports import SampleSource
    from kiosk.ui.theme.controller import ThemeController

FRAME_MS = 16
CALM_FRAME_MS = 100


class WaveformView(QWidget):
    """Draws what the microphone hears, about 60 times a second, while it can be seen.

    It reads the source with a cursor of its own, so it takes nothing from anybody. What was heard
    before it was shown is not drawn: on a public screen that was somebody else.

    Args:
        theme: gives colors and says whether to move less.
        source: the microphone; None until there is one.
        columns: how many columns the envelope has.
        seconds: how much sound is in the picture.
        parent: Qt parent.
    """

    def __init__(
        self,
        theme: ThemeController,
        source: SampleSource | None = None,
        *,
        columns: int = 600,
        seconds: float = 5.0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._source = source
        self._envelope = Envelope(columns, seconds)
        self._rate = 0
        self._cursor = 0
        self._clipping = False
        along = np.arange(columns, dtype=np.float32)
        # There along the top, back along the bottom: one filled outline.
        self._outline_x = np.concatenate((along, along[::-1]))
        self._plot = pg.PlotWidget(self, background=None)
        self._live = pg.PlotCurveItem(fillLevel="enclosed", skipFiniteCheck=True, antialias=False)
        self._cut = pg.PlotCurveItem(fillLevel="enclosed", skipFiniteCheck=True, antialias=False)
        self._set_up_plot()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._plot)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.advance)
        theme.follow(self._restyle)
        self._restyle()
        self._describe()
        self._draw()

    def set_source(self, source: SampleSource | None) -> None:
        """Draw another microphone, or none."""
        self._source = source
        self._rate = 0
        self.advance()

    @property
    def running(self) -> bool:
        """Return whether frames are being drawn."""
        return self._timer.isActive()

    @property
    def frame_ms(self) -> int:
        """Return how many milliseconds lie between two frames."""
        return self._timer.interval()

    @property
    def clipping(self) -> bool:
        """Return whether a part of the picture was cut off."""
        return self._clipping

    def envelope(self) -> tuple[Samples, Samples]:
        """Return lowest and highest sample of each column in the picture, oldest first."""
        return self._envelope.window()

    def sizeHint(self) -> QSize:
        """Suggest a wide strip."""
        return QSize(720, 160)

    def minimumSizeHint(self) -> QSize:
        """Stay recognizable."""
        return QSize(160, 64)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin with what is said from now on."""
        super().showEvent(event)
        self._rate = 0
        self.advance()
        self._timer.start(CALM_FRAME_MS if self._theme.reduced_motion else FRAME_MS)

    def hideEvent(self, event: QHideEvent) -> None:
        """Cost nothing while nobody looks."""
        super().hideEvent(event)
        self._timer.stop()

    @Slot()
    def advance(self) -> None:
        """Read what has arrived and draw it; the timer calls this for every frame."""
        source = self._source
        rate = source.rate if source is not None else 0
        if source is None or rate != self._rate or source.position < self._cursor:
            self._begin(rate)
            return
        if rate == 0 or source.position == self._cursor:
            return
        block = source.read_since(self._cursor)
        self._cursor = block.cursor
        self._envelope.push(block.samples, block.cursor - len(block.samples))
        self._draw()

    def _begin(self, rate: int) -> None:
        """Start anew: opened, closed, or another device."""
        self._rate = rate
        self._cursor = self._source.position if self._source is not None else 0
        self._envelope.reset(rate or 1, self._cursor if rate else 0)
        self._restyle_pens()
        self._draw()
        self._describe()

    def _draw(self) -> None:
        low, high = self._envelope.window()
        cut = clipped(low, high)
        low, high = loudness(low), loudness(high)
        self._live.setData(self._outline_x, np.concatenate((high, low[::-1])))
        if cut.any():
            bottom, top = np.where(cut, low, 0.0), np.where(cut, high, 0.0)
            self._cut.setData(self._outline_x, np.concatenate((top, bottom[::-1])))
        self._cut.setVisible(bool(cut.any()))
        if self._clipping != cut.any():
            self._clipping = bool(cut.any())
            self._describe()

    def _describe(self) -> None:
        if self._rate == 0:
            state = self.tr("The microphone is closed")
        elif self._clipping:
            state = self.tr("The sound is too loud and is cut off")
        else:
            state = self.tr("The microphone is listening")
        accessibility.name(self, self.tr("Live sound"), state)

    def _set_up_plot(self) -> None:
        plot = self._plot.getPlotItem()
        plot.hideAxis("left")
        plot.hideAxis("bottom")
        plot.hideButtons()
        plot.setMenuEnabled(False)
        plot.setContentsMargins(0, 0, 0, 0)
        # Fixed ranges: finding them anew for every frame costs more than drawing.
        box = plot.getViewBox()
        box.disableAutoRange()
        box.setMouseEnabled(False, False)
        box.setRange(xRange=(0, self._envelope.columns - 1), yRange=(-1.04, 1.04), padding=0)
        plot.addItem(self._live, ignoreBounds=True)
        plot.addItem(self._cut, ignoreBounds=True)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._plot.setStyleSheet("background: transparent; border: none;")

    @Slot()
    def _restyle(self) -> None:
        self._restyle_pens()
        if self._timer.isActive():
            self._timer.start(CALM_FRAME_MS if self._theme.reduced_motion else FRAME_MS)

    def _restyle_pens(self) -> None:
        color = self._theme.color("waveform" if self._rate else "waveform-idle")
        # Width 1 and opaque: anything else leaves Qt's fast path.
        self._live.setPen(pg.mkPen(color, width=1))
        self._live.setBrush(pg.mkBrush(color))
        warning = self._theme.color("warning")
        self._cut.setPen(pg.mkPen(warning, width=1))
        self._cut.setBrush(pg.mkBrush(warning))
