"""What the listener's real thread hears of what the test feeds its microphone."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.core.hearing.quality import Reason, judge, measure
from kiosk.services.hearing.listening import (
    Listener,
    Pause,
    Progress,
    Utterance,
)
from kiosk.services.voice.engine import VoiceEngine
from tests.support.patience import PATIENCE_S
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
from tests.unit.services.room import POLICY, Room

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import Samples
    from kiosk.core.ports import Block


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
            assert microphone.ticks.acquire(timeout=PATIENCE_S)
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
    engine.hear(room.ear.wait(Utterance).speech)
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
        def probabilities(self, samples: Samples) -> Samples:
            return np.zeros(len(samples) // self.frame, np.float32)

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
