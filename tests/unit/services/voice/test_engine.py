from __future__ import annotations

from contextlib import AbstractContextManager

import pytest

from kiosk.core.errors import ModelAltered, ModelMissing
from kiosk.core.hearing.audio import AudioClip
from kiosk.services.voice.engine import VoiceEngine
from tests.unit.services.kit import ANNA, FakeShelf, card, silence, speech, voice


@pytest.fixture
def shelf() -> FakeShelf:
    return FakeShelf(card("model-1"), card("model-2", builtin=False))


@pytest.fixture
def engine(shelf: FakeShelf) -> VoiceEngine:
    made = VoiceEngine(shelf)
    made.load("model-1")
    return made


def test_without_a_model_nothing_is_encoded(shelf: FakeShelf) -> None:
    engine = VoiceEngine(shelf)
    assert not engine.ready
    for use in (
        lambda: engine.card,
        lambda: engine.prepare(speech()),
        lambda: engine.encode(speech()),
        lambda: engine.encode_clip(speech().clip),
    ):
        with pytest.raises(ModelMissing, match="not loaded"):
            use()


def test_what_was_encoded_ahead_is_not_encoded_again(engine: VoiceEngine, shelf: FakeShelf) -> None:
    said = speech(attempt_id="1")
    engine.prepare(said)
    engine.prepare(said)
    heard, card = engine.hear(said)
    assert len(shelf.encoders[0].clips) == 1
    assert (engine.ahead_hits, engine.ahead_misses) == (1, 0)
    assert (heard.model_ids, card.model_id) == (("model-1",), "model-1")


def test_what_was_encoded_ahead_serves_once(engine: VoiceEngine, shelf: FakeShelf) -> None:
    said = speech(attempt_id="1")
    engine.prepare(said)
    engine.hear(said)
    engine.hear(said)
    assert len(shelf.encoders[0].clips) == 2


def test_more_speech_is_encoded_anew(engine: VoiceEngine, shelf: FakeShelf) -> None:
    engine.prepare(speech(seconds=2.0, attempt_id="1"))
    whole = speech(seconds=4.0, attempt_id="1")
    engine.hear(whole)
    assert len(shelf.encoders[0].clips[-1]) == len(whole.trimmed)
    assert (engine.ahead_hits, engine.ahead_misses) == (0, 1)


def test_nothing_crosses_from_one_attempt_to_another(engine: VoiceEngine, shelf: FakeShelf) -> None:
    engine.prepare(speech(attempt_id="1"))
    engine.hear(speech(attempt_id="2"))
    assert len(shelf.encoders[0].clips) == 2


def test_recordings_without_an_attempt_are_never_taken_for_each_other(
    engine: VoiceEngine, shelf: FakeShelf
) -> None:
    # Two files may well have their speech at the same samples.
    engine.prepare(speech(ANNA))
    engine.hear(speech(1.0))
    assert len(shelf.encoders[0].clips) == 2
    assert (engine.ahead_hits, engine.ahead_misses) == (0, 0)


def test_a_given_up_attempt_is_forgotten(engine: VoiceEngine, shelf: FakeShelf) -> None:
    said = speech(attempt_id="1")
    engine.prepare(said)
    engine.forget()
    engine.hear(said)
    assert len(shelf.encoders[0].clips) == 2


def test_a_model_that_does_not_load_changes_nothing(engine: VoiceEngine, shelf: FakeShelf) -> None:
    shelf.failing["model-2"] = ModelAltered("A file was altered.")
    with pytest.raises(ModelAltered):
        engine.load("model-2")
    assert engine.card.model_id == "model-1"
    assert engine.ready


def test_changing_the_model_drops_what_the_other_encoded(
    engine: VoiceEngine, shelf: FakeShelf
) -> None:
    said = speech(attempt_id="1")
    engine.prepare(said)
    engine.load("model-2")
    assert engine.hear(said)[0].model_ids[0] == "model-2"


def test_a_whole_clip_is_encoded_with_its_silence(engine: VoiceEngine, shelf: FakeShelf) -> None:
    clip = AudioClip(silence(1.0) + voice(ANNA, 1.0))
    engine.encode_clip(clip)
    assert shelf.encoders[0].clips == [clip]


def test_a_model_that_is_changed_while_encoding_ahead_waits_is_the_one_that_encodes(
    engine: VoiceEngine, shelf: FakeShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Held(AbstractContextManager[None]):
        """A lock that is had only after another thread has loaded a model within it."""

        def __enter__(self) -> None:
            engine._encoder = shelf.load("model-2")

        def __exit__(self, *_: object) -> None:
            pass

    said = speech(attempt_id="1")
    with monkeypatch.context() as patch:
        patch.setattr(engine, "_lock", Held())
        engine.prepare(said)
    assert engine.hear(said)[0].model_ids[0] == "model-2"
    assert shelf.encoders[0].clips == []


def test_an_attempt_that_is_armed_again_is_encoded_again(
    engine: VoiceEngine, shelf: FakeShelf
) -> None:
    engine.prepare(speech(attempt_id="1", seed=1))
    engine.hear(speech(attempt_id="1", seed=2))
    assert len(shelf.encoders[0].clips) == 2
