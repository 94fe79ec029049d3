"""Jobs of the recognition thread and the way from the listener to it: nothing of a voice stays."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kiosk.core.accounts.acting import Actor, Role, acting
from kiosk.core.accounts.roles import Action, require
from kiosk.core.errors import BadAudio, KioskError
from kiosk.core.hearing.audio import AudioClip
from kiosk.core.policies import VERIFY_END_POINT
from kiosk.services.hearing.listening import Pause
from kiosk.ui.hearing.recognition_thread import RecognitionThread
from tests.support.patience import PATIENCE_MS, PATIENCE_S
from tests.ui.sound import silence, voice
from tests.ui.support import Kit, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from kiosk.core.hearing.speech import Speech
    from kiosk.ui.hearing.recognition_thread import Ticket


@pytest.fixture
def recognition(qapp: object) -> Iterator[RecognitionThread]:
    del qapp
    made = RecognitionThread()
    made.start()
    yield made
    assert made.stop()


@pytest.fixture
def stage(kit: Kit, qtbot: QtBot) -> Iterator[Stage]:
    made = Stage(kit)
    made.start(qtbot)
    kit.enroll("1001", 1)
    yield made
    made.close()


class Holdup:
    """Keeps the recognition thread busy until it is let go."""

    def __init__(self, recognition: RecognitionThread) -> None:
        self._go = threading.Event()
        self._entered = threading.Event()
        recognition.submit(self._wait)
        assert self._entered.wait(PATIENCE_S)

    def _wait(self, _: threading.Event) -> None:
        self._entered.set()
        assert self._go.wait(PATIENCE_S)

    def let_go(self) -> None:
        self._go.set()


def finished(recognition: RecognitionThread, qtbot: QtBot) -> None:
    """Wait until every job so far has been run and delivered."""
    done: list[object] = []
    recognition.submit(lambda _: None, done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=PATIENCE_MS)


def say(kit: Kit, seconds: float = 3.0) -> None:
    """Speak, and wait until the listener has noticed the pause after it."""
    paused = threading.Event()
    kit.kiosk.listener.subscribe(lambda event: paused.set() if isinstance(event, Pause) else None)
    kit.microphone.feed(np.concatenate([silence(0.4), voice(1, seconds), silence(0.4)]))
    assert paused.wait(PATIENCE_S)


def unexpected(error: KioskError) -> None:
    raise AssertionError(error)


def refuse(recording: AudioClip) -> None:
    try:
        int(f"{len(recording)} samples")
    except ValueError as exc:
        raise BadAudio("It cannot be used.") from exc


def test_a_job_that_was_dropped_while_it_waited_lets_its_recording_go(
    recognition: RecognitionThread, qtbot: QtBot
) -> None:
    holdup = Holdup(recognition)
    recording = AudioClip(np.zeros(16_000, np.float32))
    seen = weakref.ref(recording)
    ran: list[int] = []

    def submit(clip: AudioClip) -> None:
        recognition.submit(lambda _: ran.append(len(clip))).cancel()

    submit(recording)
    del recording
    holdup.let_go()
    finished(recognition, qtbot)
    gc.collect()
    assert ran == []
    assert seen() is None


def test_an_error_that_stays_on_the_screen_does_not_keep_the_recording(
    recognition: RecognitionThread, qtbot: QtBot
) -> None:
    errors: list[KioskError] = []

    def submit() -> weakref.ref[AudioClip]:
        recording = AudioClip(np.zeros(16_000, np.float32))
        recognition.submit(lambda _: refuse(recording), failed=errors.append)
        return weakref.ref(recording)

    seen = submit()
    qtbot.waitUntil(lambda: bool(errors), timeout=PATIENCE_MS)
    finished(recognition, qtbot)
    gc.collect()
    assert errors[0].code == "AUD-001"
    assert isinstance(errors[0].__cause__, ValueError)
    assert seen() is None


@pytest.mark.parametrize("name", ["good", "poor"])
def test_nothing_that_was_encoded_ahead_outlives_the_utterance(
    stage: Stage, qtbot: QtBot, name: str
) -> None:
    kit = stage.kit
    outcomes: list[str] = []

    def work(speech: Speech, cancelled: threading.Event) -> str:
        assert kit.kiosk.engine._ahead is not None, "nothing was encoded ahead"
        return kit.kiosk.verify("1001", speech, cancelled).name

    stage.bridge.listen("a", VERIFY_END_POINT, work, outcomes.append, unexpected)
    say(kit, 3.0 if name == "good" else 1.0)
    kit.microphone.feed(silence(4.0))
    qtbot.waitUntil(lambda: bool(outcomes), timeout=PATIENCE_MS)
    assert outcomes == ["verified" if name == "good" else "inconclusive"]
    assert kit.kiosk.engine._ahead is None


def test_what_would_be_encoded_ahead_is_dropped_with_the_attempt(
    stage: Stage, qtbot: QtBot
) -> None:
    holdup = Holdup(stage.recognition)
    before = stage.kit.encoder.encoded
    stage.bridge.listen("a", VERIFY_END_POINT, lambda *_: None, lambda _: None, unexpected)
    say(stage.kit)
    stage.bridge.stop()
    holdup.let_go()
    finished(stage.recognition, qtbot)
    assert stage.kit.encoder.encoded == before
    assert stage.kit.kiosk.engine._ahead is None


def test_jobs_of_the_listener_are_handed_over_before_the_attempt_can_end(
    stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Between the question whether somebody waits and the hand-over, stop() could have the engine
    # forget what would only then be encoded.
    locked: list[bool] = []
    submit = stage.recognition.submit

    def watched(
        work: Callable[[threading.Event], object], *answers: Callable[[Any], None]
    ) -> Ticket:
        if threading.current_thread().name == "listener":
            locked.append(stage.bridge._lock.locked())
        return submit(work, *answers)

    done: list[object] = []
    monkeypatch.setattr(stage.recognition, "submit", watched)
    stage.bridge.listen("a", VERIFY_END_POINT, lambda *_: None, done.append, unexpected)
    say(stage.kit)
    stage.kit.microphone.feed(silence(1.0))
    qtbot.waitUntil(lambda: bool(done), timeout=PATIENCE_MS)
    assert locked == [True, True]


def test_who_is_refused_is_told_of_in_the_name_of_who_it_was(qapp: object) -> None:
    del qapp
    told: list[tuple[str, str]] = []
    heard = threading.Event()

    def hear(what: str) -> None:
        told.append((acting().name, what))
        heard.set()

    recognition = RecognitionThread()
    recognition.when_refused(hear)
    recognition.start()
    recognition.submit(
        lambda _: require(Action.ACCOUNTS), actor=Actor("operator:olga", Role.OPERATOR)
    )
    assert heard.wait(PATIENCE_S)
    assert recognition.stop()
    assert told == [("operator:olga", "This is not permitted to operators: accounts.")]
