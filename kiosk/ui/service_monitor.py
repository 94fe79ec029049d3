"""Knows whether the kiosk can serve: runs the start-up until it works, watches the microphone."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from kiosk.services.hearing.listening import MicrophoneDown, MicrophoneUp

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError
    from kiosk.services.facade import Kiosk
    from kiosk.ui.hearing.listener_bridge import ListenerBridge
    from kiosk.ui.hearing.recognition_thread import RecognitionThread

_log = logging.getLogger(__name__)
_STORAGE = "storage"
RETRY_MS = 3_000
"""How long a failed start-up, or a defect, is shown before it is tried again."""


class ServiceMonitor(QObject):
    """The one judge of "in service".

    Signals:
        changed: :attr:`ready`, :attr:`trouble` or :attr:`task` is another.
        storage_ready: preferences can be read, though the voice model may still be loading.

    Attributes:
        task: name of the start-up task that runs, for the screen.
    """

    changed = Signal()
    storage_ready = Signal()
    _reported = Signal(str)

    def __init__(
        self,
        kiosk: Kiosk,
        recognition: RecognitionThread,
        bridge: ListenerBridge,
        *,
        retry_ms: int = RETRY_MS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._kiosk = kiosk
        self._recognition = recognition
        self._microphone: MicrophoneUp | MicrophoneDown | None = kiosk.listener.state
        self._fault: KioskError | None = None
        self._started = False
        self.task = ""
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(retry_ms)
        self._retry.timeout.connect(self.start)
        self._reported.connect(self._on_reported)
        bridge.microphone.connect(self._on_microphone)

    @property
    def ready(self) -> bool:
        """Return whether everything is there that a verification needs."""
        return self._started and isinstance(self._microphone, MicrophoneUp) and not self._fault

    @property
    def trouble(self) -> KioskError | None:
        """Return what is missing; None while the start-up runs for the first time."""
        if self._fault is not None:
            return self._fault
        return self._microphone.error if isinstance(self._microphone, MicrophoneDown) else None

    @Slot()
    def start(self) -> None:
        """Run what is not done yet of the start-up, in the recognition thread."""
        startup, report = self._kiosk.startup, self._reported.emit
        self._recognition.submit(
            lambda _: startup.run(report, until=_STORAGE), self._on_storage, self._on_failed
        )

    def stop(self) -> None:
        """Try nothing more."""
        self._retry.stop()

    @Slot(object)
    def fail(self, error: KioskError) -> None:
        """Go out of service for a while because of a defect."""
        self._fault = error
        self._retry.start()
        self.changed.emit()

    def _on_storage(self, _: None) -> None:
        self.storage_ready.emit()
        startup, report = self._kiosk.startup, self._reported.emit
        self._recognition.submit(lambda _: startup.run(report), self._on_started, self._on_failed)

    def _on_started(self, _: None) -> None:
        self._fault = None
        self._started = True
        self.task = ""
        self.changed.emit()

    def _on_failed(self, error: KioskError) -> None:
        if self._fault is None or self._fault.code != error.code:
            _log.error("not in service: %s %s", error.code, error.message)
        self.fail(error)

    @Slot(str)
    def _on_reported(self, task: str) -> None:
        self.task = task
        self.changed.emit()

    @Slot(object)
    def _on_microphone(self, event: MicrophoneUp | MicrophoneDown) -> None:
        self._microphone = event
        self.changed.emit()
