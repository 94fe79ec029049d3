"""The listener: one plain thread between the microphone and everybody who wants an utterance.

It keeps the microphone open and alive at all times. While *armed* with an attempt it also
resamples, detects speech and finds the end-point; one utterance per arming.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kiosk.core.errors import Defect, KioskError, MicrophoneFailed
from kiosk.core.hearing.speech import Turn
from kiosk.services.hearing.utterance import Arm, Hearing, Losses
from kiosk.services.hearing.utterance import Progress as Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.hearing.speech import Speech
    from kiosk.core.policies import EndPointPolicy
    from kiosk.core.ports import Device, Microphone, Resampler, SpeechDetector

_log = logging.getLogger(__name__)

_TICK_S = 0.02
_LEAD_IN_S = 0.3
"""Sound from before the arming that is heard too: people begin while they still press the key."""
_RETRY_S = (0.25, 0.5, 1.0)


@dataclass(frozen=True)
class MicrophoneUp:
    """The microphone delivers."""

    device: Device


@dataclass(frozen=True)
class MicrophoneDown:
    """The microphone is gone; it is being sought all the time."""

    error: KioskError


@dataclass(frozen=True)
class Pause:
    """A pause: what was said so far may be encoded ahead."""

    speech: Speech


@dataclass(frozen=True)
class Utterance:
    """The end-point.

    Attributes:
        speech: everything heard that counts, with where speech is.
        at: ``time.monotonic()`` of the end-point.
    """

    speech: Speech
    at: float


@dataclass(frozen=True)
class Interrupted:
    """The attempt broke off because the microphone was lost."""

    attempt_id: str


ListenerEvent = MicrophoneUp | MicrophoneDown | Progress | Pause | Utterance | Interrupted


class Listener:
    """Owns the microphone and the thread that reads it.

    Subscribers are called from that thread and must return at once.
    """

    def __init__(
        self,
        microphone: Microphone,
        new_detector: Callable[[], SpeechDetector],
        new_resampler: Callable[[int], Resampler],
        choice: Callable[[], str | None],
    ) -> None:
        """Begin stopped.

        Args:
            microphone: read by nobody else but for display.
            new_detector: makes the speech detector, in the listener's thread.
            new_resampler: makes a resampler from the given rate.
            choice: returns the key of the chosen device, None for the system's default.
        """
        self.microphone = microphone
        self._new_detector = new_detector
        self._new_resampler = new_resampler
        self._choice = choice
        self._guard = threading.Lock()  # of the thread and its end
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._commands: queue.SimpleQueue[Arm | None] = queue.SimpleQueue()
        self._reopen = threading.Event()
        self._thread: threading.Thread | None = None
        self._ending: threading.Thread | None = None
        self._subscribers: list[Callable[[ListenerEvent], None]] = []
        self._detector: SpeechDetector | None = None
        self._state: MicrophoneUp | MicrophoneDown | None = None
        self._attempt_id = ""  # of the hearing, until its end was told
        self._opened_at = 0
        self._losses = Losses()

    @property
    def state(self) -> MicrophoneUp | MicrophoneDown | None:
        """Return the latest news of the microphone; None before the first."""
        return self._state

    def subscribe(self, callback: Callable[[ListenerEvent], None]) -> Callable[[], None]:
        """Call this with every event from now on; returns how to end that."""
        self._subscribers = [*self._subscribers, callback]

        def unsubscribe() -> None:
            self._subscribers = [c for c in self._subscribers if c is not callback]

        return unsubscribe

    def start(self) -> None:
        """Open the microphone and keep it open; does nothing when started."""
        with self._guard:
            if self._thread is None:
                self._stop = threading.Event()
                self._thread = threading.Thread(
                    target=self._run, args=(self._stop, self._ending), name="listener", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """Close the microphone; waits up to 2 s for the thread.

        A thread that hangs in the sound system ends later; the next one waits until it has.
        """
        with self._guard:
            thread, self._thread = self._thread, None
            if thread is None:
                return
            self._ending = thread
            self._stop.set()
        self._wake.set()
        thread.join(2.0)

    def arm(self, attempt_id: str, policy: EndPointPolicy) -> None:
        """Hear one utterance from now on, in the place of one that was being heard."""
        lead_in = int(_LEAD_IN_S * self.microphone.rate)
        cursor = max(0, self.microphone.position - lead_in)
        self._commands.put(Arm(attempt_id, policy, cursor))
        self._wake.set()

    def disarm(self) -> None:
        """Hear nothing any more; what was heard is dropped."""
        self._commands.put(None)
        self._wake.set()

    def reopen(self) -> None:
        """Open the device anew: another one was chosen."""
        self._reopen.set()
        self._wake.set()

    def _tell(self, event: ListenerEvent) -> None:
        if isinstance(event, MicrophoneUp | MicrophoneDown):
            self._state = event
        for callback in self._subscribers:
            try:
                callback(event)
            except Exception:  # noqa: BLE001 - whatever a subscriber does, the microphone lives on
                _log.exception("a listener's subscriber failed")

    def _run(self, stop: threading.Event, before: threading.Thread | None) -> None:
        if before is not None:
            before.join()
        try:
            while not stop.is_set():
                try:
                    self._serve(stop)
                except Exception:  # noqa: BLE001 - whatever it was, it must go on
                    # Were this thread to end, the kiosk would wait for speech for ever.
                    _log.exception("the listener failed; it begins again")
                    self.microphone.close()
                    self._tell(
                        MicrophoneDown(Defect("Listening failed. The kiosk starts it again."))
                    )
                    self._interrupt()
                    self._wake.wait(_RETRY_S[-1])
        finally:
            self.microphone.close()
            self._interrupt()

    def _serve(self, stop: threading.Event) -> None:
        hearing: Hearing | None = None
        failures = 0
        while not stop.is_set():
            self._wake.clear()
            if self._reopen.is_set() or not self.microphone.delivering:
                self._lose()
                hearing = None
                if not self._open():
                    self._wake.wait(_RETRY_S[min(failures, len(_RETRY_S) - 1)])
                    failures += 1
                    continue
                failures = 0
            self._losses.look(self.microphone)
            hearing = self._step(self._newest_command(hearing))
            self._wake.wait(_TICK_S)

    def _lose(self) -> None:
        chosen = self._reopen.is_set()
        self._reopen.clear()
        if self.microphone.device is not None:
            # Another choice is no loss. Told before it is closed: a device that hangs takes
            # seconds to close.
            if isinstance(self._state, MicrophoneUp) and not chosen:
                self._tell(MicrophoneDown(MicrophoneFailed("The microphone is gone.")))
            self.microphone.close()
        self._interrupt()

    def _interrupt(self) -> None:
        attempt_id, self._attempt_id = self._attempt_id, ""
        if attempt_id:
            self._tell(Interrupted(attempt_id))

    def _open(self) -> bool:
        try:
            if self._detector is None:
                self._detector = self._new_detector()
            self._opened_at = self.microphone.position
            device = self.microphone.open(self._choice())
        except KioskError as error:
            down = self._state
            if not isinstance(down, MicrophoneDown) or down.error.code != error.code:
                _log.warning("%s %s", error.code, error.message)
                self._tell(MicrophoneDown(error))
            return False
        _log.info("microphone open: %s at %d Hz", device.key, self.microphone.rate)
        self._tell(MicrophoneUp(device))
        return True

    def _newest_command(self, hearing: Hearing | None) -> Hearing | None:
        while True:
            try:
                command = self._commands.get_nowait()
            except queue.Empty:
                return hearing
            if hearing is not None:
                hearing.wipe()
            hearing, self._attempt_id = None, ""
            if command is not None and self._detector is not None:
                self._attempt_id = command.attempt_id
                # A lead-in does not reach back to what was recorded before a gap.
                command = replace(command, cursor=max(command.cursor, self._opened_at))
                rate = self.microphone.rate
                resampler = self._new_resampler(rate)
                hearing = Hearing(command, self._detector, resampler, rate, self._losses)

    def _step(self, hearing: Hearing | None) -> Hearing | None:
        if hearing is None:
            return None
        block = self.microphone.read_since(hearing.cursor)
        hearing.cursor = block.cursor
        hearing.lost += int(block.lost > 0)
        if not len(block.samples):
            return hearing
        hearing.offset = max(hearing.offset, block.offset)
        hearing.channel = block.channel
        turns, due = hearing.hear(block.samples)
        if due:
            self._tell(hearing.progress())
        if Turn.END_POINT in turns or Turn.NO_SPEECH in turns:
            self._tell(hearing.progress())
            self._attempt_id = ""
            heard = hearing.speech(self.microphone.overflows)
            hearing.wipe()
            self._tell(Utterance(heard, time.monotonic()))
            return None
        if Turn.PAUSE in turns:
            self._tell(Pause(hearing.speech(self.microphone.overflows)))
        return hearing
