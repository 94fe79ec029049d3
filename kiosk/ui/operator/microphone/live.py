"""What the microphone hears at this moment: waveform, level, spectrum, figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from kiosk.ui import accessibility
from kiosk.ui.operator.microphone.analysis import SoundWindow
from kiosk.ui.operator.parts import IconText
from kiosk.ui.operator.words import NOTHING, number
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.hearing.level_meter import LevelMeter
from kiosk.ui.widgets.hearing.waveform import WaveformView
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    import numpy.typing as npt
    from PySide6.QtGui import QHideEvent, QShowEvent

    from kiosk.core.ports import Block, Microphone
    from kiosk.ui.theme.controller import ThemeController

_FRAME_MS = 66
_CALM_FRAME_MS = 250
_LOW_HZ, _HIGH_HZ = 50.0, 8_000.0
_LOW_DB, _HIGH_DB = -110.0, 0.0
_SMOOTHING = 0.35
_NOISY_DBFS = -45.0


class Spectrum(QWidget):
    """Level over frequency from 50 Hz to 8 kHz, both logarithmic.

    Args:
        theme: gives colors.
    """

    def __init__(self, theme: ThemeController) -> None:
        super().__init__()
        self._theme = theme
        self._smooth: npt.NDArray[np.float64] = np.empty(0)
        self.setMinimumHeight(100)
        accessibility.name(self, self.tr("Spectrum"), self.tr("Level over frequency, live"))
        self._plot = pg.PlotWidget(background=None)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        self._plot.setStyleSheet("background: transparent; border: none;")
        # A plot asks for 640 x 480; here it takes what is left.
        self._plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._curve = pg.PlotCurveItem(fillLevel=_LOW_DB, skipFiniteCheck=True)
        item = self._plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.addItem(self._curve)
        box = item.getViewBox()
        box.disableAutoRange()
        box.setMouseEnabled(False, False)
        box.setRange(
            xRange=(np.log10(_LOW_HZ), np.log10(_HIGH_HZ)), yRange=(_LOW_DB, _HIGH_DB), padding=0
        )
        # The units stand with the figures: titles beside the axes would take half of the room.
        ticks = ((100, "100 Hz"), (300, "300 Hz"), (1000, "1 kHz"), (3000, "3 kHz"))
        item.getAxis("bottom").setTicks([[(float(np.log10(hz)), text) for hz, text in ticks]])
        item.getAxis("left").setTicks([[(db, f"{number(db, 0)} dB") for db in (-100, -50)]])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        theme.follow(self._restyle)
        self._restyle()

    def show_levels(
        self, frequencies: npt.NDArray[np.float64], levels: npt.NDArray[np.float64]
    ) -> None:
        """Show a spectrum, smoothed over time.

        Args:
            frequencies: in Hz, ascending, shape ``(n,)``; empty for nothing.
            levels: in dB, shape ``(n,)``.
        """
        inside = (frequencies >= _LOW_HZ) & (frequencies <= _HIGH_HZ)
        levels = np.maximum(levels[inside], _LOW_DB)
        if len(levels) != len(self._smooth):
            self._smooth = levels
        else:
            self._smooth = self._smooth + _SMOOTHING * (levels - self._smooth)
        self._curve.setData(np.log10(frequencies[inside]), self._smooth)

    @Slot()
    def _restyle(self) -> None:
        theme, item = self._theme, self._plot.getPlotItem()
        color = theme.color("waveform")
        self._curve.setPen(pg.mkPen(color, width=1))
        soft = theme.color("waveform")
        soft.setAlpha(70)
        self._curve.setBrush(pg.mkBrush(soft))
        muted = theme.color("text-muted")
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setPen(pg.mkPen(theme.color("outline-strong")))
            axis.setTextPen(pg.mkPen(muted))
            axis.setStyle(tickFont=theme.font("caption", "operator"))


class LiveSound(Card):
    """Reads the microphone for display about 15 times a second, while it can be seen.

    Args:
        theme: gives looks.
        microphone: read with a cursor of its own.
    """

    def __init__(self, theme: ThemeController, microphone: Microphone) -> None:
        super().__init__(theme, "m")
        self._theme = theme
        self._microphone = microphone
        self._window = SoundWindow()
        self._cursor = 0
        self._wave = WaveformView(theme, microphone)
        self._wave.setMinimumHeight(64)
        self._wave.setMaximumHeight(80)
        self._level = LevelMeter(theme)
        self._spectrum = Spectrum(theme)
        self._values: dict[str, Text] = {}
        self._told = (False, 0)
        self._faults = IconText(theme)
        self._faults.hide()
        self.body.addWidget(Text(self.tr("What it hears now"), "title"))
        self.body.addWidget(self._wave)
        self.body.addWidget(self._level)
        self.body.addLayout(self._figures())
        self.body.addWidget(self._faults)
        self.body.addWidget(self._spectrum, 1)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.advance)

    def _figures(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(self._theme.space("m"))
        grid.setVerticalSpacing(0)
        titles = {
            "noise": self.tr("Noise floor"),
            "clipping": self.tr("Clipping, 5 s"),
            "overflows": self.tr("Overflows"),
            "rate": self.tr("Rate"),
        }
        for column, (key, title) in enumerate(titles.items()):
            self._values[key] = Text(NOTHING, "strong")
            self._values[key].setObjectName(f"microphone.{key}")
            grid.addWidget(Text(title, "caption", "muted"), 0, column)
            grid.addWidget(self._values[key], 1, column)
            grid.setColumnStretch(column, 1)
        return grid

    def showEvent(self, event: QShowEvent) -> None:
        """Begin with what is heard from now on."""
        super().showEvent(event)
        self._begin()
        self._timer.start(_CALM_FRAME_MS if self._theme.reduced_motion else _FRAME_MS)

    def hideEvent(self, event: QHideEvent) -> None:
        """Cost nothing while nobody looks, and keep nothing."""
        super().hideEvent(event)
        self._timer.stop()
        self._window.reset(0)

    @Slot()
    def advance(self) -> None:
        """Read what has arrived and show it; the timer calls this."""
        microphone = self._microphone
        if microphone.rate != self._window.rate or microphone.position < self._cursor:
            self._begin()
        if self._window.rate:
            block = microphone.read_since(self._cursor)
            self._cursor = block.cursor
            self._window.push(block.samples)
            self._show_faults(block)
        figures = self._window.figures()
        cut = figures.clipping > 0
        self._level.set_level(figures.level_dbfs, figures.peak_dbfs)
        noise = figures.noise_dbfs
        self._show("noise", NOTHING if noise is None else f"{number(noise, 0)} dBFS")
        self._values["noise"].set_tone(
            "warning" if noise is not None and noise > _NOISY_DBFS else "normal"
        )
        self._show("clipping", f"{number(100 * figures.clipping, 1)} %")
        self._values["clipping"].set_tone("warning" if cut else "normal")
        self._show("overflows", str(microphone.overflows))
        self._values["overflows"].set_tone("warning" if microphone.overflows else "normal")
        rate = self._window.rate
        self._show("rate", f"{number(rate / 1000, 1)} kHz" if rate else NOTHING)
        self._spectrum.show_levels(*self._window.spectrum())

    def _show_faults(self, block: Block) -> None:
        """Tell what the kiosk makes up for, but somebody should mend."""
        if (block.offset > 0, block.channel) == self._told:
            return
        self._told = (block.offset > 0, block.channel)
        told = []
        if block.offset:
            told.append(self.tr("The microphone adds a constant offset, which is removed."))
        if block.channel:
            said = self.tr("Only channel {0} is used: the other one spoils the voice.")
            told.append(said.replace("{0}", str(block.channel)))
        self._faults.set_state(" ".join(told), "alert-triangle", "warning")
        self._faults.setVisible(bool(told))

    def _show(self, key: str, value: str) -> None:
        if self._values[key].text() != value:
            self._values[key].setText(value)

    def _begin(self) -> None:
        self._window.reset(self._microphone.rate)
        self._cursor = self._microphone.position
        self._level.reset()
