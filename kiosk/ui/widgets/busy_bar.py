"""Waiting for something that takes more than a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, QTimer, QVariantAnimation, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kiosk.ui import accessibility
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.labels import Text
from kiosk.ui.widgets.painting import PaintedWidget, fill, painter_for

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QPaintEvent, QShowEvent

    from kiosk.ui.theme.controller import ThemeController

PATIENCE_MS = 300
"""What is done within this time shows nothing: a flash would only disturb."""

_THICK = 8
_CHUNK = 0.3


class _Bar(PaintedWidget):
    """A bar that fills, or a chunk that travels while nobody knows how long it takes."""

    def __init__(self, theme: ThemeController, parent: QWidget | None) -> None:
        super().__init__(theme, parent)
        self.share: float | None = None
        self._at = 0.5
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._travel = QVariantAnimation(self, duration=1400)
        self._travel.setLoopCount(-1)
        self._travel.setStartValue(0.0)
        self._travel.setEndValue(1.0)
        self._travel.valueChanged.connect(self._move)

    @Slot("QVariant")
    def _move(self, value: float) -> None:
        self._at = float(value)
        self.update()

    def set_share(self, share: float | None) -> None:
        self.share = share
        self._set_motion()
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._set_motion()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._travel.stop()

    def _set_motion(self) -> None:
        if self.share is None and self.isVisible() and not self.theme.reduced_motion:
            if self._travel.state() != QVariantAnimation.State.Running:
                self._travel.start()
        else:
            self._travel.stop()
            self._at = 0.5

    def sizeHint(self) -> QSize:
        return QSize(240, _THICK)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = painter_for(self)
        bar = QRectF(0, 0, self.width(), _THICK)
        fill(painter, bar, self.theme.color("gauge-track"), _THICK / 2)
        if self.share is None:
            begin, end = self._at * (1 + _CHUNK) - _CHUNK, self._at * (1 + _CHUNK)
        else:
            begin, end = 0.0, self.share
        left, right = max(0.0, begin) * bar.width(), min(1.0, end) * bar.width()
        if right > left:
            chunk = QRectF(left, 0, right - left, _THICK)
            fill(painter, chunk, self.theme.color("accent"), _THICK / 2)
        painter.end()


class BusyBar(QWidget):
    """Says what is going on, how far it is, and offers to stop it.

    It appears when the work has lasted 300 ms, not before.

    Signals:
        cancelled: somebody does not want to wait.

    Args:
        theme: gives looks and motion.
        parent: Qt parent.
    """

    cancelled = Signal()

    def __init__(self, theme: ThemeController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = Text(parent=self)
        self._bar = _Bar(theme, self)
        self._cancel = Button(theme, self.tr("Cancel"), parent=self)
        self._cancel.clicked.connect(self.cancelled)
        column = QVBoxLayout()
        column.setSpacing(theme.space("s"))
        column.addWidget(self._text)
        column.addWidget(self._bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.space("l"))
        row.addLayout(column, 1)
        row.addWidget(self._cancel)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._appear)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.hide()

    @property
    def share(self) -> float | None:
        """Return the share done in [0, 1]; None when nobody knows."""
        return self._bar.share

    def start(self, text: str, *, can_cancel: bool = True) -> None:
        """Begin to wait.

        Args:
            text: what is going on, already translated.
            can_cancel: whether stopping it is offered.
        """
        self._text.setText(text)
        accessibility.name(self, text)
        self._bar.set_share(None)
        self._cancel.setVisible(can_cancel)
        if not self.isVisible():
            self._patience.start()

    def set_progress(self, share: float | None, text: str | None = None) -> None:
        """Say how far it is.

        Args:
            share: in [0, 1], or None when nobody knows.
            text: what is going on now; None leaves it.
        """
        self._bar.set_share(None if share is None else min(1.0, max(0.0, share)))
        if text is not None:
            self._text.setText(text)
            accessibility.name(self, text)

    def stop(self) -> None:
        """It is done: disappear."""
        self._patience.stop()
        self.hide()

    @Slot()
    def _appear(self) -> None:
        self.show()
        accessibility.announce(self, self._text.text())
