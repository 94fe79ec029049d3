"""Tells the supervisor that the window works, from the event loop that draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

if TYPE_CHECKING:
    from kiosk.core.supervision import Supervisor
    from kiosk.ui.service_monitor import ServiceMonitor

_STARTING = "Starting"
_IN_SERVICE = "In service"


class Heartbeat(QObject):
    """A timer of the GUI thread: when that thread hangs, the supervisor hears nothing and acts.

    A kiosk that is out of service beats on: it tries again by itself and says on the screen what
    is missing, which a restart would only interrupt.

    Args:
        supervisor: is told.
        monitor: knows whether the kiosk is in service.
    """

    def __init__(self, supervisor: Supervisor, monitor: ServiceMonitor) -> None:
        super().__init__()
        self._supervisor = supervisor
        self._monitor = monitor
        self._told = ""
        self._begun = False
        self._timer = QTimer(self)
        if supervisor.beat_s is not None:
            self._timer.setInterval(max(1, round(supervisor.beat_s * 1_000)))
        self._timer.timeout.connect(self._beat)
        monitor.changed.connect(self._tell)

    @Slot()
    def take_up(self) -> None:
        """Tell that the window is there, and beat from now on."""
        if self._begun:
            return
        self._begun = True
        self._told = self._status
        self._supervisor.ready(self._told)
        if self._supervisor.beat_s is not None:
            self._beat()
            self._timer.start()

    def close(self) -> None:
        """Tell that the program ends, and beat no more."""
        self._monitor.changed.disconnect(self._tell)
        self._timer.stop()
        self._supervisor.stopping()

    @property
    def _status(self) -> str:
        if self._monitor.ready:
            return _IN_SERVICE
        trouble = self._monitor.trouble
        return _STARTING if trouble is None else f"Out of service: {trouble.code}"

    @Slot()
    def _beat(self) -> None:
        self._supervisor.alive()

    @Slot()
    def _tell(self) -> None:
        status = self._status
        if self._begun and status != self._told:
            self._told = status
            self._supervisor.status(status)
