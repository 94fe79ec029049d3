"""The listener's real thread and its microphone: opened, lost, found again, given up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import MicrophoneFailed, MicrophoneMissing
from kiosk.services.hearing.listening import (
    Interrupted,
    Listener,
    ListenerEvent,
    MicrophoneDown,
    MicrophoneUp,
    Progress,
    Utterance,
)
from tests.support.patience import PATIENCE_S
from tests.unit.services.kit import (
    ANNA,
    LoudnessDetector,
    PassThrough,
    silence,
    voice,
)
from tests.unit.services.room import POLICY, Ear, Room

if TYPE_CHECKING:
    from kiosk.core.ports import Device


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
        assert answers.wait(PATIENCE_S)
        return opened(key)

    monkeypatch.setattr(room.microphone, "open", hang)
    room.listener.start()
    assert opening.wait(PATIENCE_S)
    (hanging,) = (thread for thread in threading.enumerate() if thread.name == "listener")
    room.listener.stop()
    room.listener.start()
    answers.set()
    hanging.join(PATIENCE_S)
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
        assert asked.acquire(timeout=PATIENCE_S)
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
