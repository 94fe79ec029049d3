"""Hearing one recording: from the first sound to its judgement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from kiosk.core.errors import MicrophoneFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.errors import KioskError
    from kiosk.core.hearing.speech import Speech
    from kiosk.core.policies import EndPointPolicy
    from kiosk.services.hearing.listening import Progress
    from kiosk.ui.navigation import Ui


class Hearing(QObject):
    """Hears one recording at a time; what belongs to an earlier one is dropped.

    Signals:
        progress: :class:`kiosk.services.hearing.listening.Progress`.
        heard: the end-point was reached; it is being judged.

    Args:
        ui: the microphone and the threads.
        parent: Qt parent.
    """

    progress = Signal(object)
    heard = Signal()

    def __init__(self, ui: Ui, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = ui.bridge
        self._attempt_id = ""
        self._failed: Callable[[KioskError], None] = lambda _: None
        ui.bridge.progress.connect(self._on_progress)
        ui.bridge.heard.connect(self._on_heard)
        ui.bridge.interrupted.connect(self._on_interrupted)

    @property
    def active(self) -> bool:
        """Return whether a recording is being heard or judged."""
        return bool(self._attempt_id)

    def start(
        self,
        attempt_id: str,
        end_point: EndPointPolicy,
        judge: Callable[[Speech], Any],
        done: Callable[[Any], None],
        failed: Callable[[KioskError], None],
    ) -> None:
        """Hear one recording.

        Args:
            attempt_id: unlike that of any other.
            end_point: when it is over.
            judge: called in the recognition thread.
            done: called with what ``judge`` returned.
            failed: called when it could not be judged, or the microphone was lost.
        """
        self._attempt_id, self._failed = attempt_id, failed

        def judged(result: Any) -> None:
            if self._ended(attempt_id):
                done(result)

        def refused(error: KioskError) -> None:
            if self._ended(attempt_id):
                failed(error)

        self._bridge.listen(attempt_id, end_point, lambda speech, _: judge(speech), judged, refused)

    def stop(self) -> None:
        """Give it up."""
        if self._attempt_id:
            self._attempt_id = ""
            self._bridge.stop()

    def _ended(self, attempt_id: str) -> bool:
        current = attempt_id == self._attempt_id
        if current:
            self._attempt_id = ""
        return current

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        if progress.attempt_id == self._attempt_id:
            self.progress.emit(progress)

    @Slot(str)
    def _on_heard(self, attempt_id: str) -> None:
        if attempt_id == self._attempt_id:
            self.heard.emit()

    @Slot(str)
    def _on_interrupted(self, attempt_id: str) -> None:
        if attempt_id == self._attempt_id:
            self.stop()
            self._failed(MicrophoneFailed("The microphone was lost."))
