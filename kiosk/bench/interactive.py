"""Times that a person at the screen feels: from end-point to verdict, and stalls of the window."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from kiosk.bench.figures import Spread
from kiosk.bench.pulse import Pulse
from kiosk.core.errors import Defect
from kiosk.core.visit.outcomes import Inconclusive
from kiosk.services.hearing.listening import Utterance

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError
    from kiosk.core.hearing.audio import AudioClip
    from kiosk.core.hearing.speech import Speech
    from kiosk.core.visit.outcomes import VerifyOutcome
    from kiosk.demo.robot import Robot
    from kiosk.demo.virtual_audio import VirtualMicrophone
    from kiosk.services.hearing.listening import ListenerEvent
    from kiosk.ui.navigation import Ui

_UTTERANCE_PATIENCE_S = 120.0


@dataclass(frozen=True)
class LatencyFigures:
    """From the end-point to the stored verdict in the GUI thread.

    Attributes:
        verdict: the times.
        encoded_ahead: utterances whose embedding was ready at the end-point.
        inconclusive: utterances that were refused by the quality gates.
    """

    verdict: Spread
    encoded_ahead: int
    inconclusive: int


class _Stopwatch(QObject):
    """Hears utterances as the speak screen does, and times the verdicts."""

    def __init__(self, ui: Ui, user_id: str) -> None:
        super().__init__()
        self._ui = ui
        self._user_id = user_id
        self._end_points: dict[str, float] = {}
        self.waits: list[float] = []
        self.inconclusive = 0
        self.error: KioskError | None = None
        self.busy = False

    def note(self, event: ListenerEvent) -> None:
        """Keep the moment of an end-point; called in the listener's thread."""
        if isinstance(event, Utterance):
            self._end_points[event.speech.attempt_id] = event.at

    def begin(self) -> None:
        """Listen for the next utterance."""
        attempt_id = uuid.uuid4().hex
        self.busy = True
        kiosk = self._ui.kiosk

        def verify(speech: Speech, cancelled: threading.Event) -> VerifyOutcome:
            return kiosk.verify(self._user_id, speech, cancelled)

        def decided(outcome: VerifyOutcome) -> None:
            self.waits.append(time.monotonic() - self._end_points.pop(attempt_id))
            self.inconclusive += isinstance(outcome, Inconclusive)
            self.busy = False

        def failed(error: KioskError) -> None:
            self.error = error
            self.busy = False

        policy = kiosk.policies.verification.end_point
        self._ui.bridge.listen(attempt_id, policy, verify, decided, failed)


def measure_latency(
    ui: Ui,
    robot: Robot,
    microphone: VirtualMicrophone,
    user_id: str,
    utterances: list[AudioClip],
) -> LatencyFigures:
    """Speak into the virtual microphone and time each verdict, the window being on the screen.

    Raises:
        KioskError: a verification failed.
    """
    engine = ui.kiosk.engine
    hits = engine.ahead_hits
    watch = _Stopwatch(ui, user_id)
    unsubscribe = ui.kiosk.listener.subscribe(watch.note)
    try:
        for clip in utterances:
            watch.begin()
            microphone.play(clip.samples, wait=False)
            robot.wait("a verdict", lambda: not watch.busy, _UTTERANCE_PATIENCE_S)
            if watch.error is not None:
                raise watch.error
    finally:
        unsubscribe()
        ui.bridge.stop()
    return LatencyFigures(Spread.of(watch.waits), engine.ahead_hits - hits, watch.inconclusive)


@dataclass(frozen=True)
class GapFigures:
    """How late the GUI thread came to a timer of 5 ms.

    Attributes:
        idle: with the waveform moving and nothing else.
        encoding: the same while the recognition thread encodes without a pause.
        encodings: how many clips were encoded meanwhile.
    """

    idle: Spread
    encoding: Spread
    encodings: int


def measure_gaps(ui: Ui, robot: Robot, clip: AudioClip, seconds: float = 10.0) -> GapFigures:
    """Measure how late the GUI thread is, first idle and then while clips are being encoded."""
    idle = _gaps(robot, seconds)
    engine = ui.kiosk.engine
    stop = threading.Event()
    done: list[int] = []

    def encode(_: threading.Event) -> int:
        count = 0
        while not stop.is_set():
            engine.encode_clip(clip)
            count += 1
        return count

    ui.recognition.submit(encode, done.append)
    busy = _gaps(robot, seconds)
    stop.set()
    robot.wait("the encoder to stop", lambda: bool(done))
    if not done[0]:
        raise Defect("Nothing was encoded.")
    return GapFigures(idle, busy, done[0])


def _gaps(robot: Robot, seconds: float) -> Spread:
    pulse = Pulse()
    end = time.monotonic() + seconds
    pulse.start()
    robot.wait("the measurement", lambda: time.monotonic() >= end, seconds + 5)
    pulse.stop()
    return Spread.of(pulse.late)
