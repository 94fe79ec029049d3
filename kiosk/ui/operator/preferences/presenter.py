"""Switches the HTTP service in the recognition thread."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError
    from kiosk.services.service_switch import ServiceStatus, ServiceSwitch
    from kiosk.ui.navigation import Ui


class ServicePresenter(QObject):
    """How the service is, and what the operator wants of it.

    Signals:
        changed: :attr:`status` or :attr:`busy` is another.
        failed: with the error: what was wanted could not be stored.

    Attributes:
        busy: whether it is being switched.

    Args:
        ui: the threads.
        service: the switch.
        parent: Qt parent.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, ui: Ui, service: ServiceSwitch, parent: QObject) -> None:
        super().__init__(parent)
        self._ui = ui
        self._service = service
        self._asked: bool | None = None

    @property
    def busy(self) -> bool:
        """Return whether it is being switched."""
        return self._asked is not None

    @property
    def status(self) -> ServiceStatus:
        """Return how it is; while it is being switched, with what was asked for."""
        status = self._service.status
        return status if self._asked is None else replace(status, wanted=self._asked)

    def switch(self, on: bool) -> None:
        """Switch it on or off; starting takes a second or two."""
        self._asked = on
        self._ui.recognition.submit(lambda _: self._service.switch(on=on), self._done, self._failed)
        self.changed.emit()

    def _done(self, _: ServiceStatus) -> None:
        self._asked = None
        self.changed.emit()

    def _failed(self, error: KioskError) -> None:
        self._asked = None
        self.changed.emit()
        self.failed.emit(error)
