"""Counts the seconds until something happens by itself."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot


class Countdown(QObject):
    """Seconds, one after the other; can be stopped.

    Signals:
        changed: seconds that are left; 0 when it was stopped.
        over: nothing is left.
    """

    changed = Signal(int)
    over = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._left = 0
        self._second = QTimer(self)
        self._second.setInterval(1000)
        self._second.timeout.connect(self._tick)

    def start(self, seconds: int) -> None:
        """Begin anew with a positive number of seconds."""
        self._left = seconds
        self._second.start()
        self.changed.emit(seconds)

    def stop(self) -> None:
        """Let nothing happen."""
        self._second.stop()
        if self._left:
            self._left = 0
            self.changed.emit(0)

    @Slot()
    def _tick(self) -> None:
        self._left -= 1
        if self._left > 0:
            self.changed.emit(self._left)
        else:
            self._second.stop()
            self.over.emit()
