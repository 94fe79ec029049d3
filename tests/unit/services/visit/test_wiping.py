"""A voice is overwritten in memory as soon as its attempt is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.core.errors import StorageError
from kiosk.core.hearing.audio import MODEL_RATE, AudioClip
from kiosk.core.hearing.speech import Activity, Speech, lent
from kiosk.core.voice.embedding import Embedding, Voiceprint
from kiosk.services.hearing.listening import Pause, Utterance
from kiosk.services.hearing.utterance import Arm, Hearing, Losses
from tests.unit.services.kit import ANNA, BOB, Kit, LoudnessDetector, silence, speech, voice
from tests.unit.services.room import POLICY, Room

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import Samples


@pytest.fixture
def embeddings(monkeypatch: pytest.MonkeyPatch) -> list[Embedding]:
    """Return every embedding that is made from now on."""
    made: list[Embedding] = []
    original = Embedding.__init__

    def noted(self: Embedding, *arguments: object, **named: object) -> None:
        original(self, *arguments, **named)  # type: ignore[arg-type]
        made.append(self)

    monkeypatch.setattr(Embedding, "__init__", noted)
    return made


def left(embeddings: list[Embedding]) -> list[int]:
    """Return which of them still hold anything."""
    return [number for number, each in enumerate(embeddings) if each.vector.any()]


def test_a_lent_recording_is_overwritten_whatever_happens() -> None:
    recording = speech()
    part = recording.trimmed

    def fail() -> None:
        with lent(recording):
            assert part.samples.any()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not recording.clip.samples.any()
    assert not part.samples.any()


def test_what_cannot_be_written_stays_as_it_is() -> None:
    samples = np.ones(10, np.float32)
    samples.flags.writeable = False
    Speech(AudioClip(samples), Activity((), 16_000)).wipe()
    Voiceprint((Embedding(samples, "model"),)).wipe()
    assert samples.all()


def test_a_verification_leaves_no_embedding(embeddings: list[Embedding]) -> None:
    kit = Kit()
    kit.enroll("anna", ANNA)
    in_database = len(embeddings)
    for who in (ANNA, BOB):
        kit.verify("anna", speech(who), blind=False)
    assert len(embeddings) > in_database
    kit.scoring.forget()  # who is enrolled is known as long as the program runs
    assert left(embeddings[in_database:]) == []
    # The database has its own.
    assert kit.verify("anna", speech(ANNA), blind=False).name == "verified"


def test_one_that_failed_leaves_no_embedding_of_the_speaker(
    embeddings: list[Embedding],
) -> None:
    kit = Kit()
    kit.enroll("anna", ANNA)
    before = len(embeddings)
    encode = kit.encoder.encode

    def encode_and_break(clip: AudioClip) -> Embedding:
        kit.database.commit_error = StorageError("The disk is broken.")
        return encode(clip)

    kit.encoder.encode = encode_and_break  # type: ignore[method-assign]
    with pytest.raises(StorageError):
        kit.verify("anna", speech(BOB), blind=False)
    scores = [cosine_to(BOB, each) for each in embeddings[before:]]
    assert 0.0 in scores  # it was made, and is gone
    assert max(scores) < 0.5


def cosine_to(who: float, embedding: Embedding) -> float:
    return float(np.dot(embedding.vector, [np.cos(who), np.sin(who)]))


def test_an_identification_leaves_no_embedding(embeddings: list[Embedding]) -> None:
    kit = Kit()
    kit.enroll("anna", ANNA)
    kit.enroll("bob", BOB)
    before = len(embeddings)
    assert kit.identify(speech(BOB)).candidates[0].user_id == "bob"
    assert len(embeddings) > before
    kit.scoring.forget()
    assert left(embeddings[before:]) == []


def test_what_was_encoded_ahead_is_overwritten_when_it_is_not_wanted(
    embeddings: list[Embedding],
) -> None:
    engine = Kit().engine
    for drop in (
        engine.forget,
        lambda: engine.prepare(speech(BOB, attempt_id="2")),
        lambda: engine.load("model-1"),
    ):
        embeddings.clear()
        engine.prepare(speech(ANNA, attempt_id="1"))
        assert left(embeddings) == [0]
        drop()
        assert 0 not in left(embeddings)
        engine.forget()


class Doubling:
    """Implements :class:`kiosk.core.ports.Resampler` with arrays of its own."""

    def process(self, samples: Samples) -> Samples:
        return samples * np.float32(1.0)


def hearing() -> Hearing:
    return Hearing(Arm("1", POLICY, 0), LoudnessDetector(), Doubling(), MODEL_RATE, Losses())


def test_each_piece_is_overwritten_when_the_next_one_has_taken_it_over() -> None:
    ear = hearing()
    said = [voice(ANNA, 1.0, seed=seed) for seed in range(3)]
    wanted = np.concatenate(said)
    for piece in said:
        ear.hear(piece)
    assert not any(piece.any() for piece in said)
    passed = list(ear._pieces)
    speech = ear.speech(0)
    assert not any(piece.any() for piece in passed)
    assert np.array_equal(speech.clip.samples, wanted[: len(speech.clip)])
    # What was told belongs to whoever was told.
    speech.wipe()
    assert np.array_equal(ear.speech(0).clip.samples, wanted[: len(speech.clip)])


def test_what_was_heard_is_overwritten_when_nobody_wants_it() -> None:
    ear = hearing()
    ear.hear(voice(ANNA, 1.0))
    passed = list(ear._pieces)
    assert passed[0].any()
    ear.wipe()
    assert not passed[0].any()


def test_two_that_are_told_of_one_utterance_share_nothing(room: Room) -> None:
    room.start()
    room.listener.arm("1", POLICY)
    room.microphone.feed(silence(0.5), voice(ANNA, 3.0), silence(0.5))
    pause = room.ear.wait(Pause)
    room.microphone.feed(silence(1.5))
    utterance = room.ear.wait(Utterance)
    pause.speech.wipe()
    assert utterance.speech.clip.samples.any()
