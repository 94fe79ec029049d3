"""What happens on the Microphone page; knows no widget."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from kiosk.core.errors import MicrophoneFailed
from kiosk.core.hearing.quality import judge, measure
from kiosk.core.policies import EndPointPolicy
from kiosk.services.hearing.listening import MicrophoneDown, MicrophoneUp
from kiosk.services.preferences import MICROPHONE

if TYPE_CHECKING:
    from threading import Event

    from kiosk.core.errors import KioskError
    from kiosk.core.hearing.quality import QualityReport, Reason
    from kiosk.core.hearing.speech import Speech
    from kiosk.core.ports import Device
    from kiosk.ui.navigation import Ui

SELF_TEST_S = 5.0
"""Length of the self-test in seconds."""

_PAUSE_S = 0.2
# Nothing but the time ends a self-test: speaking early or pausing must not shorten it. The
# end-point follows one pause after the longest utterance.
_LONGEST_S = SELF_TEST_S - _PAUSE_S
_SELF_TEST = EndPointPolicy(
    wanted_net_s=_LONGEST_S - 0.01,
    enough_net_s=_LONGEST_S - 0.01,
    pause_s=_PAUSE_S,
    end_silence_s=_LONGEST_S,
    short_silence_s=_LONGEST_S,
    no_speech_s=SELF_TEST_S,
    longest_s=_LONGEST_S,
)


@dataclass(frozen=True)
class Devices:
    """The microphones and the choice among them.

    Attributes:
        found: the microphones, the system's default first.
        chosen: key of the chosen one; None for the system's default.
    """

    found: tuple[Device, ...]
    chosen: str | None


@dataclass(frozen=True)
class Verdict:
    """What the self-test found.

    Attributes:
        report: the measurements.
        reasons: why an enrollment take like this would be refused; empty when it would do.
    """

    report: QualityReport
    reasons: tuple[Reason, ...]


class MicrophonePresenter(QObject):
    """Lists and chooses microphones, and runs the self-test.

    Signals:
        devices: :class:`Devices`.
        state_changed: another microphone is open, or none; see :attr:`device`, :attr:`down`.
        tested: :class:`Verdict`.
        testing_changed: a self-test began or ended; see :attr:`testing`.
        failed: :class:`kiosk.core.errors.KioskError`.
    """

    devices = Signal(object)
    state_changed = Signal()
    tested = Signal(object)
    testing_changed = Signal()
    failed = Signal(object)

    def __init__(self, ui: Ui, parent: QObject | None = None) -> None:
        """Begin with nothing loaded."""
        super().__init__(parent)
        self._kiosk = ui.kiosk
        self._recognition = ui.recognition
        self._bridge = ui.bridge
        self._attempt_id = ""
        ui.bridge.microphone.connect(self._on_microphone)
        ui.bridge.interrupted.connect(self._on_interrupted)

    @property
    def device(self) -> Device | None:
        """Return the microphone that is open."""
        state = self._kiosk.listener.state
        return state.device if isinstance(state, MicrophoneUp) else None

    @property
    def down(self) -> KioskError | None:
        """Return why no microphone is open, when that is known."""
        state = self._kiosk.listener.state
        return state.error if isinstance(state, MicrophoneDown) else None

    @property
    def testing(self) -> bool:
        """Return whether a self-test is running."""
        return bool(self._attempt_id)

    def load(self) -> None:
        """Read the list of microphones as it is known."""
        self._recognition.submit(lambda _: self._devices(), self.devices.emit, self.failed.emit)

    @Slot()
    def look_again(self) -> None:
        """Look at the hardware anew; the microphone is closed for that moment.

        The system only tells what was plugged in or out while no device is open, so the listener
        that owns the microphone stops meanwhile.
        """
        self.stop_test()
        listener, catalog = self._kiosk.listener, self._kiosk.catalog

        def work(cancelled: Event) -> Devices:
            listener.stop()
            try:
                catalog.devices(refresh=True)
            finally:
                # Canceled means that the program ends: the microphone stays closed then.
                if not cancelled.is_set():
                    listener.start()
            return self._devices()

        self._recognition.submit(work, self.devices.emit, self.failed.emit)

    def choose(self, key: str | None) -> None:
        """Use a microphone from now on, and after the next start too.

        Args:
            key: its key; None for the system's default.
        """
        self.stop_test()
        kiosk = self._kiosk

        def work() -> Devices:
            kiosk.preferences.set(MICROPHONE, key)
            kiosk.listener.reopen()
            return self._devices()

        self._recognition.submit(lambda _: work(), self.devices.emit, self.failed.emit)

    @Slot()
    def start_test(self) -> None:
        """Listen for five seconds and judge what was heard as an enrollment take."""
        if self.testing:
            return
        attempt_id = self._attempt_id = uuid.uuid4().hex
        quality = self._kiosk.enroll.policy.quality

        def work(speech: Speech, _: Event) -> Verdict:
            report = measure(speech)
            return Verdict(report, judge(report, quality))

        self._bridge.listen(attempt_id, _SELF_TEST, work, self._tested, self._test_failed)
        self.testing_changed.emit()

    @Slot()
    def stop_test(self) -> None:
        """Give the self-test up."""
        if self.testing:
            self._bridge.stop()
            self._end_test()

    def _tested(self, verdict: Verdict) -> None:
        # What was encoded ahead is not wanted here: nobody is to be recognized.
        self._bridge.stop()
        self._end_test()
        self.tested.emit(verdict)

    def _test_failed(self, error: KioskError) -> None:
        self._end_test()
        self.failed.emit(error)

    def _end_test(self) -> None:
        self._attempt_id = ""
        self.testing_changed.emit()

    def _devices(self) -> Devices:
        kiosk = self._kiosk
        return Devices(tuple(kiosk.catalog.devices()), kiosk.preferences.get(MICROPHONE))

    @Slot(object)
    def _on_microphone(self, _: object) -> None:
        self.state_changed.emit()

    @Slot(str)
    def _on_interrupted(self, attempt_id: str) -> None:
        if attempt_id == self._attempt_id:
            self._bridge.stop()
            self._test_failed(MicrophoneFailed("The microphone was lost during the test."))
