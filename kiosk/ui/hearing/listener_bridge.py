"""Between the listener's thread and Qt: events become signals, utterances become jobs.

An utterance goes from the listener straight to the recognition thread; the GUI thread only learns
that it was heard, and later what was decided.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal

from kiosk.core.hearing.speech import lent
from kiosk.services.hearing.listening import (
    Interrupted,
    MicrophoneDown,
    MicrophoneUp,
    Pause,
    Progress,
    Utterance,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.errors import KioskError
    from kiosk.core.hearing.speech import Speech
    from kiosk.core.policies import EndPointPolicy
    from kiosk.services.facade import Kiosk
    from kiosk.services.hearing.listening import ListenerEvent
    from kiosk.ui.hearing.recognition_thread import RecognitionThread, Ticket

T = TypeVar("T")


@dataclass(eq=False)
class _Waiting:
    attempt_id: str
    work: Callable[[Speech, threading.Event], Any]
    done: Callable[[Any], None]
    failed: Callable[[KioskError], None]
    tickets: list[Ticket] = field(default_factory=list)


class ListenerBridge(QObject):
    """Signals arrive in the GUI thread.

    Signals:
        microphone: ``MicrophoneUp`` or ``MicrophoneDown``.
        progress: ``Progress`` of the current attempt.
        heard: attempt ID, at the end-point.
        interrupted: attempt ID, when the microphone was lost in the middle of it.
    """

    microphone = Signal(object)
    progress = Signal(object)
    heard = Signal(str)
    interrupted = Signal(str)

    def __init__(self, kiosk: Kiosk, recognition: RecognitionThread) -> None:
        """Listen to the kiosk's listener; must be made in the GUI thread."""
        super().__init__()
        self._kiosk = kiosk
        self._recognition = recognition
        self._lock = threading.Lock()
        self._waiting: _Waiting | None = None
        self._unsubscribe = kiosk.listener.subscribe(self._on_event)

    def close(self) -> None:
        """Hear nothing more."""
        self.stop()
        self._unsubscribe()

    def listen(
        self,
        attempt_id: str,
        policy: EndPointPolicy,
        work: Callable[[Speech, threading.Event], T],
        done: Callable[[T], None],
        failed: Callable[[KioskError], None],
    ) -> None:
        """Hear one utterance and work on it in the recognition thread.

        Args:
            attempt_id: in all signals about it.
            policy: when it is over.
            work: runs in the recognition thread with the speech and the cancel event.
            done: called in the GUI thread with the result, unless :meth:`stop` came first.
            failed: called in the GUI thread with the error.
        """
        self.stop()
        with self._lock:
            self._waiting = _Waiting(attempt_id, work, done, failed)
        self._kiosk.listener.arm(attempt_id, policy)

    def stop(self) -> None:
        """Stop hearing, and drop what is being worked on."""
        with self._lock:
            waiting, self._waiting = self._waiting, None
        self._kiosk.listener.disarm()
        for ticket in waiting.tickets if waiting is not None else ():
            ticket.cancel()
        self._recognition.submit(lambda _: self._kiosk.engine.forget())

    def _on_event(self, event: ListenerEvent) -> None:
        """Run in the listener's thread."""
        if isinstance(event, MicrophoneUp | MicrophoneDown):
            self.microphone.emit(event)
        elif isinstance(event, Progress):
            if self._wants(event.attempt_id):
                self.progress.emit(event)
        elif isinstance(event, Pause):
            self._on_pause(event)
        elif isinstance(event, Interrupted):
            if self._wants(event.attempt_id):
                self.interrupted.emit(event.attempt_id)
        else:
            self._on_utterance(event)

    def _wants(self, attempt_id: str) -> bool:
        with self._lock:
            return self._waiting is not None and self._waiting.attempt_id == attempt_id

    # Jobs are handed over within the lock: those of an attempt come before the one with which
    # stop() has the engine forget it, and none of them escapes being cancelled.

    def _on_pause(self, event: Pause) -> None:
        with self._lock:
            waiting = self._waiting
            if waiting is not None and waiting.attempt_id == event.speech.attempt_id:
                kiosk = self._kiosk

                def work(_: threading.Event) -> None:
                    with lent(event.speech):
                        kiosk.engine.prepare(event.speech)
                    # Whoever was enrolled meanwhile is known before the verdict is waited for.
                    kiosk.scoring.now()

                waiting.tickets.append(self._recognition.submit(work))
                return
        event.speech.wipe()

    def _on_utterance(self, event: Utterance) -> None:
        speech, forget = event.speech, self._kiosk.engine.forget
        with self._lock:
            waiting = self._waiting
            if waiting is None or waiting.attempt_id != speech.attempt_id:
                speech.wipe()
                return
            wanted = waiting.work

            def work(cancelled: threading.Event) -> Any:
                try:
                    with lent(speech):
                        return wanted(speech, cancelled)
                finally:
                    # Nothing of a voice is kept for longer than its attempt; a recording that was
                    # too poor to be compared leaves what was encoded ahead behind.
                    forget()

            self.heard.emit(speech.attempt_id)
            waiting.tickets.append(self._recognition.submit(work, waiting.done, waiting.failed))
