"""The listener's real thread, with a microphone that records what the test feeds it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pytest

from kiosk.core.errors import MicrophoneFailed, MicrophoneMissing
from kiosk.core.policies import EndPointPolicy
from kiosk.core.quality import Reason, judge, measure
from kiosk.services.engine import VoiceEngine
from kiosk.services.listening import (
    Interrupted,
    Listener,
    ListenerEvent,
    MicrophoneDown,
    MicrophoneUp,
    Pause,
    Progress,
    Utterance,
)
from tests.unit.services.kit import (
    ANNA,
    FakeMicrophone,
    FakeShelf,
    Kit,
    LoudnessDetector,
    PassThrough,
    card,
    silence,
    voice,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kiosk.core.audio import Samples
    from kiosk.core.ports import Block, Device

POLICY = EndPointPolicy(wanted_net_s=2.0, enough_net_s=6.0)
_PATIENCE_S = 10.0

E = TypeVar("E")


class Ear:
    """Collects events, and waits for them."""

    def __init__(self) -> None:
        self.events: list[ListenerEvent] = []
        self._changed = threading.Condition()

    def __call__(self, event: ListenerEvent) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in list(self.events) if isinstance(event, kind)]

    def wait(self, kind: type[E], count: int = 1) -> E:
        """Return the ``count``-th event of a kind, which may still have to come."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.of(kind)) >= count, _PATIENCE_S)
        assert came, f"no {kind.__name__} among {self.events}"
        return self.of(kind)[count - 1]


class Room:
    """A listener that hears what is fed to its microphone."""

    def __init__(self, microphone: FakeMicrophone | None = None) -> None:
        self.microphone = microphone or FakeMicrophone()
        self.chosen: str | None = None
        self.ear = Ear()
        self.listener = Listener(
            self.microphone,
            LoudnessDetector,
            lambda _rate: PassThrough(),
            lambda: self.chosen,
        )
        self.listener.subscribe(self.ear)

    def start(self) -> None:
        self.listener.start()
        self.ear.wait(MicrophoneUp)


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room()
    yield made
    made.listener.stop()
    assert made.microphone.device is None, "stopping closes the microphone"


def test_it_opens_the_chosen_microphone_and_tells(room: Room) -> None:
    room.chosen = "usb"
    before = room.listener.state
    room.start()
    assert room.microphone.opened == ["usb"]
    after = room.listener.state
    assert before is None
    assert isinstance(after, MicrophoneUp)
    assert after.device.name == "usb"


def test_starting_twice_and_stopping_twice_is_no_harm(room: Room) -> None:
    room.start()
    room.listener.start()
    room.listener.stop()
    room.listener.stop()
    assert room.microphone.opened == [None]
    room.listener.start()
    room.ear.wait(MicrophoneUp, 2)


def test_a_thread_that_hung_does_not_go_on_beside_the_next(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening, answers = threading.Event(), threading.Event()
    opened = room.microphone.open

    def hang(key: str | None) -> Device:
        opening.set()
        assert answers.wait(_PATIENCE_S)
        return opened(key)

    monkeypatch.setattr(room.microphone, "open", hang)
    room.listener.start()
    assert opening.wait(_PATIENCE_S)
    (hanging,) = (thread for thread in threading.enumerate() if thread.name == "listener")
    room.listener.stop()
    room.listener.start()
    answers.set()
    hanging.join(_PATIENCE_S)
    assert not hanging.is_alive()
    # The one that was started last has the microphone to itself.
    room.ear.wait(MicrophoneUp, 2)
    room.listener.arm("1", POLICY)
    room.microphone.feed(voice(ANNA, 3.0), silence(1.5))
    assert room.ear.wait(Utterance).speech.attempt_id == "1"


def test_stopping_tells_whoever_waits_for_an_utterance(room: Room) -> None:
    room.start()
    room.listener.arm("1", POLICY)
    room.microphone.feed(voice(ANNA, 1.0))
    room.ear.wait(Progress)
    room.listener.stop()
    assert room.ear.wait(Interrupted).attempt_id == "1"


def test_an_utterance_is_what_was_said(room: Room) -> None:
    room.start()
    said = voice(ANNA, 3.0)
    room.listener.arm("1", POLICY)
    room.microphone.feed(silence(0.5), said, silence(1.5))
    utterance = room.ear.wait(Utterance)
    speech = utterance.speech
    assert speech.attempt_id == "1"
    assert speech.activity.net_seconds == pytest.approx(3.12, abs=0.1)
    start, stop = speech.activity.span
    middle = speech.clip.samples[8000 : 8000 + len(said)]
    assert middle.tolist() == said.tolist()
    assert start < 8000
    assert stop > 8000 + len(said)
    assert speech.clip.source_rate == 16_000
    assert judge(measure(speech), Kit().verify.policy.quality) == ()


def test_what_was_said_just_before_the_arming_is_heard_too(room: Room) -> None:
    room.start()
    said = voice(ANNA, 3.0)
    room.microphone.feed(silence(5.0), said[:4000])
    room.listener.arm("1", POLICY)
    room.microphone.feed(said[4000:], silence(1.5))
    speech = room.ear.wait(Utterance).speech
    heard = speech.clip.samples
    assert heard[800 : 800 + len(said)].tolist() == said.tolist()


def test_nothing_is_heard_unless_armed_and_once_only(room: Room) -> None:
    room.start()
    room.listener.arm("1", POLICY)
    room.microphone.feed(voice(ANNA, 3.0), silence(1.5))
    room.ear.wait(Utterance)
    room.microphone.feed(voice(ANNA, 3.0), silence(1.5))
    # Another attempt: had the second utterance been heard, it would have come before.
    room.listener.arm("2", POLICY)
    room.microphone.feed(silence(9.0))
    assert room.ear.wait(Utterance, 2).speech.attempt_id == "2"
    assert len(room.ear.of(Utterance)) == 2


def test_after_the_utterance_nothing_is_read_any_more() -> None:
    class Ticking(FakeMicrophone):
        reads = 0

        def __init__(self) -> None:
            super().__init__()
            self.ticks = threading.Semaphore(0)

        @property
        def delivering(self) -> bool:
            self.ticks.release()
            return super().delivering

        def read_since(self, cursor: int) -> Block:
            self.reads += 1
            return super().read_since(cursor)

    room = Room(Ticking())
    microphone = room.microphone
    assert isinstance(microphone, Ticking)
    room.start()
    try:
        room.listener.arm("1", POLICY)
        microphone.feed(voice(ANNA, 3.0), silence(1.5))
        room.ear.wait(Utterance)
        before = microphone.reads
        while microphone.ticks.acquire(blocking=False):
            pass
        for _ in range(3):
            assert microphone.ticks.acquire(timeout=_PATIENCE_S)
        assert microphone.reads == before
    finally:
        room.listener.stop()


def test_silence_ends_with_an_empty_utterance(room: Room) -> None:
    room.start()
    room.listener.arm("1", POLICY)
    room.microphone.feed(silence(9.0))
    assert room.ear.wait(Utterance).speech.activity.segments == ()


def test_arming_again_replaces_what_was_heard(room: Room) -> None:
    room.start()
    room.listener.arm("1", POLICY)
    room.microphone.feed(voice(ANNA, 1.0))
    room.ear.wait(Progress)
    room.listener.arm("2", POLICY)
    room.microphone.feed(voice(ANNA, 2.5), silence(3.0))
    utterance = room.ear.wait(Utterance)
    assert utterance.speech.attempt_id == "2"
    assert utterance.speech.clip.seconds < 4.0


def test_disarming_drops_what_was_heard(room: Room) -> None:
    room.start()
    room.listener.arm("1", POLICY)
    room.microphone.feed(voice(ANNA, 1.0))
    room.ear.wait(Progress)
    room.listener.disarm()
    room.listener.arm("2", POLICY)
    room.microphone.feed(silence(9.0))
    assert room.ear.wait(Utterance).speech.attempt_id == "2"


def test_a_pause_lets_the_speech_so_far_be_encoded_ahead(room: Room) -> None:
    engine = VoiceEngine(FakeShelf(card()))
    engine.load("model-1")
    room.start()
    room.listener.arm("1", POLICY)
    room.microphone.feed(voice(ANNA, 3.0), silence(0.4))
    engine.prepare(room.ear.wait(Pause).speech)
    room.microphone.feed(silence(1.0))
    engine.encode(room.ear.wait(Utterance).speech)
    assert engine.ahead_hits == 1


def test_what_is_said_after_enough_was_heard_is_no_part_of_the_recording(room: Room) -> None:
    room.start()
    room.listener.arm("1", POLICY)
    room.microphone.feed(silence(0.5), voice(ANNA, 6.1))
    settled = room.ear.wait(Pause).speech
    room.microphone.feed(voice(ANNA, 2.0))
    heard = room.ear.wait(Utterance).speech
    assert heard.clip.samples.tolist() == settled.clip.samples.tolist()
    assert heard.activity == settled.activity
    assert measure(heard).snr_db > 40


def test_progress_grows(room: Room) -> None:
    room.start()
    room.listener.arm("1", POLICY)
    for count in range(1, 5):
        room.microphone.feed(voice(ANNA, 0.55))
        assert room.ear.wait(Progress, count).attempt_id == "1"
    net = [progress.net_seconds for progress in room.ear.of(Progress)]
    assert net == sorted(net)
    assert net[-1] == pytest.approx(2.3, abs=0.2)


@pytest.mark.parametrize(
    ("sound", "hint"),
    [
        (voice(ANNA, 0.576), None),
        (voice(ANNA, 0.576, rms=0.002), Reason.TOO_QUIET),
        (np.ones(9216, np.float32), Reason.CLIPPED),
        (silence(0.576), None),
    ],
    ids=["good", "quiet", "clipped", "silence"],
)
def test_hints_while_somebody_speaks(room: Room, sound: Samples, hint: Reason | None) -> None:
    room.start()
    room.listener.arm("1", POLICY)
    room.microphone.feed(sound)
    assert room.ear.wait(Progress).hint is hint


def test_a_loud_room_is_told_in_the_pauses() -> None:
    class Deaf(LoudnessDetector):
        def probability(self, frame: Samples) -> float:
            del frame
            return 0.0

    room = Room()
    room.listener = Listener(room.microphone, Deaf, lambda _rate: PassThrough(), lambda: None)
    room.listener.subscribe(room.ear)
    room.start()
    try:
        room.listener.arm("1", POLICY)
        room.microphone.feed(silence(0.768, rms=0.05))
        assert room.ear.wait(Progress).hint is Reason.NOISY
    finally:
        room.listener.stop()


def test_lost_sound_is_counted_for_the_attempt_that_lost_it(room: Room) -> None:
    room.start()
    room.microphone.overflows = 7
    room.listener.arm("0", POLICY)
    room.microphone.feed(silence(9.0))
    room.ear.wait(Utterance)
    room.microphone.feed(silence(0.5))
    before = len(room.ear.of(Progress))
    room.listener.arm("1", POLICY)
    room.microphone.feed(voice(ANNA, 1.0))
    room.ear.wait(Progress, before + 1)
    room.microphone.overflows = 9
    room.microphone.lost = 512
    room.microphone.feed(voice(ANNA, 2.0), silence(1.5))
    first = room.ear.wait(Utterance, 2).speech
    assert first.clip.overflows == 3
    room.microphone.feed(silence(0.5))
    room.listener.arm("2", POLICY)
    room.microphone.feed(voice(ANNA, 3.0), silence(1.5))
    assert room.ear.wait(Utterance, 3).speech.clip.overflows == 0


def test_sound_that_was_lost_just_before_the_arming_is_lost_to_it(room: Room) -> None:
    room.start()
    said = voice(ANNA, 3.0)
    room.microphone.feed(silence(1.0), said[:1600])
    room.microphone.overflows = 1
    room.listener.arm("1", POLICY)
    room.microphone.feed(said[1600:], silence(1.5))
    speech = room.ear.wait(Utterance).speech
    assert speech.clip.overflows == 1
    assert Reason.LOST_AUDIO in judge(measure(speech), Kit().verify.policy.quality)


def test_the_lead_in_does_not_reach_back_to_another_microphone(room: Room) -> None:
    room.start()
    room.microphone.feed(voice(ANNA, 1.0))
    room.chosen = "usb"
    room.listener.reopen()
    room.ear.wait(MicrophoneUp, 2)
    room.listener.arm("1", POLICY)
    room.microphone.feed(silence(0.1), voice(ANNA, 3.0), silence(1.5))
    speech = room.ear.wait(Utterance).speech
    assert speech.activity.net_seconds == pytest.approx(3.12, abs=0.1)


def test_a_lost_microphone_interrupts_the_attempt_and_comes_back(room: Room) -> None:
    room.start()
    room.listener.arm("1", POLICY)
    room.microphone.feed(voice(ANNA, 1.0))
    room.ear.wait(Progress)
    room.microphone.unplug()
    assert room.ear.wait(Interrupted).attempt_id == "1"
    assert isinstance(room.ear.wait(MicrophoneDown).error, MicrophoneFailed)
    room.ear.wait(MicrophoneUp, 2)
    room.listener.arm("2", POLICY)
    room.microphone.feed(voice(ANNA, 3.0), silence(1.5))
    assert room.ear.wait(Utterance).speech.attempt_id == "2"


@pytest.mark.expects_log
def test_a_missing_microphone_is_told_once_and_sought_until_it_comes(room: Room) -> None:
    asked = threading.Semaphore(0)

    def choice() -> None:
        asked.release()

    room.listener = Listener(room.microphone, LoudnessDetector, lambda _rate: PassThrough(), choice)
    room.listener.subscribe(room.ear)
    room.microphone.failure = MicrophoneMissing("There is none.")
    room.listener.start()
    for _ in range(3):
        assert asked.acquire(timeout=_PATIENCE_S)
    assert [down.error.code for down in room.ear.of(MicrophoneDown)] == ["MIC-001"]
    room.microphone.failure = MicrophoneFailed("It is busy.")
    room.ear.wait(MicrophoneDown, 2)
    assert isinstance(room.listener.state, MicrophoneDown)
    room.microphone.failure = None
    room.ear.wait(MicrophoneUp)


@pytest.mark.expects_log
def test_a_defect_is_told_and_the_listener_begins_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_cursor: int) -> None:
        raise ZeroDivisionError("nobody foresaw this")

    room.start()
    with monkeypatch.context() as patch:
        patch.setattr(room.microphone, "read_since", broken)
        room.listener.arm("1", POLICY)
        assert room.ear.wait(MicrophoneDown).error.code == "BUG-001"
        # Whoever waits for the utterance is told that it does not come.
        assert room.ear.wait(Interrupted).attempt_id == "1"
    room.ear.wait(MicrophoneUp, 2)
    room.listener.arm("2", POLICY)
    room.microphone.feed(voice(ANNA, 3.0), silence(1.5))
    assert room.ear.wait(Utterance).speech.attempt_id == "2"


def test_another_microphone_is_opened_at_once(room: Room) -> None:
    room.start()
    room.chosen = "usb"
    room.listener.reopen()
    assert room.ear.wait(MicrophoneUp, 2).device.name == "usb"
    assert room.microphone.opened == [None, "usb"]


@pytest.mark.expects_log
def test_a_failing_subscriber_deprives_nobody(room: Room) -> None:
    def failing(_event: ListenerEvent) -> None:
        raise RuntimeError("a defect of a subscriber")

    later = Ear()
    room.listener.subscribe(failing)
    room.listener.subscribe(later)
    room.start()
    later.wait(MicrophoneUp)


def test_a_subscriber_may_leave(room: Room) -> None:
    gone, stays = Ear(), Ear()
    leave = room.listener.subscribe(gone)
    room.listener.subscribe(stays)
    leave()
    room.start()
    stays.wait(MicrophoneUp)
    assert gone.events == []
