"""Pages on top of each other, with a short fade from one to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QVariantAnimation, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

if TYPE_CHECKING:
    from kiosk.ui.theme.controller import ThemeController


class _Veil(QWidget):
    """A picture of the page before, painted ever more transparent over the new one.

    A graphics effect on the new page would have every frame of its waveform rendered twice.
    """

    def __init__(self, picture: QPixmap, milliseconds: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._picture = picture
        self._opacity = 1.0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setGeometry(parent.rect())
        self._fade = QVariantAnimation(self, duration=milliseconds)
        self._fade.setStartValue(1.0)
        self._fade.setEndValue(0.0)
        self._fade.valueChanged.connect(self._set_opacity)
        self._fade.finished.connect(self.deleteLater)
        self.show()
        self.raise_()
        self._fade.start()

    @Slot("QVariant")
    def _set_opacity(self, value: float) -> None:
        self._opacity = float(value)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the page before over the new one."""
        del event
        painter = QPainter(self)
        painter.setOpacity(self._opacity)
        painter.drawPixmap(0, 0, self._picture)
        painter.end()


class FadingStack(QStackedWidget):
    """A stack that fades, unless nothing should move.

    Args:
        theme: says how long a change takes.
        parent: Qt parent.
    """

    def __init__(self, theme: ThemeController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._veil: _Veil | None = None

    def turn_to(self, page: QWidget, *, fade: bool = True) -> None:
        """Show a page of the stack; it takes part in the flow at once, also while it fades in.

        Args:
            page: which.
            fade: False where either page is so full that a picture of it takes long.
        """
        before = self.currentWidget()
        if before is page:
            return
        self._drop_veil()
        duration = self._theme.motion(long=True)
        picture = None
        if fade and before is not None and duration and self.isVisible():
            picture = before.grab()
        self.setCurrentWidget(page)
        if picture is not None:
            self._veil = _Veil(picture, duration, self)
            self._veil.destroyed.connect(self._forget_veil)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Drop a fade: its picture has another size."""
        super().resizeEvent(event)
        self._drop_veil()

    def _drop_veil(self) -> None:
        if self._veil is not None:
            self._veil.destroyed.disconnect(self._forget_veil)
            self._veil.hide()
            self._veil.deleteLater()
            self._veil = None

    @Slot()
    def _forget_veil(self) -> None:
        self._veil = None
