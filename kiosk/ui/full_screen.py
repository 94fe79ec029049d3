"""All of the screen, and nothing but the screen, with a window manager or without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QScreen
    from PySide6.QtWidgets import QWidget


class FullScreen(QObject):
    """Keeps a window as large as its screen, also when that changes.

    Where there is no window manager nobody else makes a window large: an X server on its own
    leaves it at the size with which it was made.

    Args:
        window: shown with :meth:`enter`.
        may_leave: whether whoever is there may have it in another state.
    """

    def __init__(self, window: QWidget, may_leave: Callable[[], bool]) -> None:
        super().__init__(window)
        self._window = window
        self._may_leave = may_leave
        self._screen: QScreen | None = None
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.primaryScreenChanged.connect(self._fit)
        app.screenRemoved.connect(self._fit)
        window.installEventFilter(self)

    @Slot()
    def enter(self) -> None:
        """Show the window on all of the primary screen."""
        self._window.showFullScreen()
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Return to full screen where a visitor has found a way out of it."""
        if (
            watched is self._window
            and event.type() == QEvent.Type.WindowStateChange
            and self._window.isVisible()
            and not self._window.isFullScreen()
            and not self._may_leave()
        ):
            # Afterwards: within its own event a window cannot change its state again.
            QTimer.singleShot(0, self, self.enter)
        return False

    @Slot()
    def _fit(self) -> None:
        screen: QScreen | None = QGuiApplication.primaryScreen()
        if screen is None:
            return  # the last one is switched off; the next one is told
        if screen is not self._screen:
            if self._screen is not None:
                self._screen.geometryChanged.disconnect(self._fit)
            self._screen = screen
            screen.geometryChanged.connect(self._fit)
        handle = self._window.windowHandle()
        # Of the handle: a widget that is given a size is in full screen no more.
        if self._window.isFullScreen() and handle.geometry() != screen.geometry():
            handle.setGeometry(screen.geometry())
