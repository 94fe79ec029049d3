"""Keeps Python itself from holding up the window."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

if TYPE_CHECKING:
    from kiosk.ui.service_monitor import ServiceMonitor

_TURN_S = 0.0005


class Smooth(QObject):
    """Has the window's thread wait less for the others, which share one interpreter with it.

    The search for garbage leaves alone what was loaded at the start, which stays anyway: looking
    through all that belongs to the voice model takes a quarter of a second, in which the window
    does nothing, whichever thread has made a few thousand objects. And a thread that computes gives
    way sooner than after 5 ms: painting a table asks for its turn hundreds of times.

    Args:
        monitor: knows when everything is loaded.
    """

    def __init__(self, monitor: ServiceMonitor) -> None:
        super().__init__()
        self._monitor = monitor
        self._turn = sys.getswitchinterval()
        sys.setswitchinterval(_TURN_S)
        gc.disable()
        monitor.changed.connect(self._look)

    def close(self) -> None:
        """Leave everything as it was."""
        sys.setswitchinterval(self._turn)
        gc.unfreeze()
        gc.enable()

    @Slot()
    def _look(self) -> None:
        ready = self._monitor.ready
        if ready or (self._monitor.trouble is not None and not gc.isenabled()):
            gc.freeze()
            gc.enable()
        if ready:
            self._monitor.changed.disconnect(self._look)
