"""Signs that somebody is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication, QWindow

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_TOUCHES = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.TouchBegin,
        QEvent.Type.Wheel,
    }
)


class Touches(QObject):
    """Notices what people do with the program's windows, and changes nothing.

    It looks at what the system sends to a window, which is little. Looking at all events of the
    application takes most of the time of every change of many widgets.

    Signals:
        touched: a key, the mouse, the wheel or a finger.
        exposed: the window is on the screen for the first time.

    Args:
        window: of the program.
    """

    touched = Signal()
    exposed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._exposed = False
        self._app = QGuiApplication.instance()
        assert isinstance(self._app, QGuiApplication)
        # Dialogs, menus and lists that drop down are windows of their own.
        self._app.focusWindowChanged.connect(self.watch)

    @Slot(QWindow)
    def watch(self, window: QWindow | None) -> None:
        """Look at a window, too; one that is watched already is so no more than once."""
        if window is not None:
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice touches, and the moment at which the window appears."""
        kind = event.type()
        if kind in _TOUCHES:
            self.touched.emit()
        elif kind == QEvent.Type.Expose and not self._exposed:
            self._exposed = watched is self._window.windowHandle()
            if self._exposed:
                self.exposed.emit()
        return False
