from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import (
    Cancelled,
    DiskFull,
    ModelMissing,
    NotEnrolled,
    PersonDisabled,
    ReenrollmentNeeded,
    UnknownUser,
)
from kiosk.core.hearing.quality import Reason
from kiosk.core.people.users import Person
from kiosk.core.visit.outcomes import Inconclusive, NotVerified, Verified
from kiosk.services.visit.verifying import VerifyUser
from kiosk.services.voice.engine import VoiceEngine
from kiosk.services.voice.scoring import Scoring
from tests.unit.services.kit import ANNA, BOB, THRESHOLD, Kit, speech

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import AudioClip
    from kiosk.core.voice.embedding import Embedding


@pytest.fixture
def kit() -> Kit:
    made = Kit()
    made.enroll("anna", ANNA)
    made.enroll("bob", BOB)
    made.activity.lines.clear()
    return made


def test_the_person_is_verified(kit: Kit) -> None:
    outcome = kit.verify("anna", speech(ANNA, seed=9))
    assert isinstance(outcome, Verified)
    assert outcome.score > 0.99
    assert (outcome.threshold, outcome.model_id) == (THRESHOLD, "model-1")


def test_somebody_else_is_not(kit: Kit) -> None:
    outcome = kit.verify("anna", speech(BOB, seed=9))
    assert isinstance(outcome, NotVerified)
    assert outcome.score == pytest.approx(0.07, abs=0.01)


def test_the_decision_is_stored_before_it_is_told(kit: Kit) -> None:
    outcome = kit.verify("anna", speech(ANNA))
    stored = kit.people.attempts("anna")[0]
    assert (stored.outcome, stored.score, stored.threshold) == ("verified", outcome.score, 0.5)
    assert (stored.model_id, stored.reasons, stored.at) == ("model-1", (), kit.clock.now())
    assert kit.activity.lines == [f"Verified anna (result: True, score: {outcome.score})"]


def test_a_decision_that_cannot_be_stored_is_none(kit: Kit) -> None:
    kit.database.commit_error = DiskFull("No space is left.")
    with pytest.raises(DiskFull):
        kit.verify("anna", speech(ANNA))
    assert kit.activity.lines == []
    kit.database.commit_error = None
    assert kit.people.attempts("anna") == []


def test_a_poor_recording_is_not_even_encoded(kit: Kit) -> None:
    encoded = len(kit.encoder.clips)
    outcome = kit.verify("anna", speech(ANNA, seconds=1.0))
    assert isinstance(outcome, Inconclusive)
    assert outcome.reasons == (Reason.TOO_SHORT,)
    assert len(kit.encoder.clips) == encoded
    stored = kit.people.attempts("anna")[0]
    assert (stored.outcome, stored.score, stored.reasons) == ("inconclusive", None, ("too_short",))
    assert kit.activity.lines == ["Inconclusive anna (reasons: too_short)"]


def test_only_the_speech_is_encoded(kit: Kit) -> None:
    recording = speech(ANNA)
    kit.verify("anna", recording)
    assert kit.encoder.clips[-1].samples.tolist() == recording.trimmed.samples.tolist()


def test_the_threshold_in_force_decides(kit: Kit) -> None:
    kit.preferences.set_threshold(kit.engine.card, 0.9999999)
    assert isinstance(kit.verify("anna", speech(BOB)), NotVerified)
    kit.preferences.set_threshold(kit.engine.card, 0.05)
    outcome = kit.verify("anna", speech(BOB))
    assert isinstance(outcome, Verified)
    assert outcome.threshold == 0.05


def test_a_score_on_the_threshold_is_enough(kit: Kit) -> None:
    exact = kit.verify("anna", speech(BOB)).score
    assert exact is not None
    kit.preferences.set_threshold(kit.engine.card, exact)
    assert isinstance(kit.verify("anna", speech(BOB)), Verified)


def test_who_cannot_be_verified(kit: Kit) -> None:
    kit.people.set_enabled("bob", enabled=False)
    with kit.database() as work:
        work.people.add(Person("carla", "", kit.clock.now()))
        work.commit()
    for user_id, error in (
        ("nobody", UnknownUser),
        ("bob", PersonDisabled),
        ("carla", NotEnrolled),
    ):
        with pytest.raises(error):
            kit.verify.require_enrolled(user_id)
        with pytest.raises(error):
            kit.verify(user_id, speech(BOB))
    kit.verify.require_enrolled("anna")


def test_an_id_is_typed_in_any_spelling(kit: Kit) -> None:
    refused = kit.verify("\uff21NNA", speech(BOB), blind=True)
    assert (refused.name, refused.user_id) == ("not_verified", "\uff21NNA")
    verified = kit.verify("ANNA", speech(ANNA), blind=True)
    assert (verified.name, verified.user_id) == ("verified", "anna")
    assert [each.user_id for each in kit.people.attempts("Anna")] == ["anna", "anna"]


def test_tries_are_counted_together_for_all_spellings(kit: Kit) -> None:
    for known, spellings in ((True, ("anna", "ANNA")), (False, ("ghost", "GHOST"))):
        left = [
            outcome.tries_left or 0
            for each in spellings
            if isinstance(outcome := kit.verify(each, speech(BOB), blind=True), NotVerified)
        ]
        assert left[0] - left[1] == 1, known
        locks = [kit.verify.admit(each).lock for each in spellings]
        assert locks[0] == locks[1]


def test_a_voiceprint_of_another_model_is_never_compared(kit: Kit) -> None:
    kit.engine.load("model-2")
    with pytest.raises(ReenrollmentNeeded, match=r"enrolled with model model-1; model-2 is in use"):
        kit.verify("anna", speech(ANNA))


def test_a_cancelled_attempt_leaves_nothing(kit: Kit) -> None:
    cancelled = threading.Event()
    cancelled.set()
    encoded = len(kit.encoder.clips)
    with pytest.raises(Cancelled):
        kit.verify("anna", speech(ANNA), cancelled)
    assert len(kit.encoder.clips) == encoded
    assert kit.people.attempts("anna") == []


def test_an_attempt_cancelled_while_it_is_encoded_leaves_nothing(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled = threading.Event()
    encode = kit.encoder.encode

    def encode_and_cancel(clip: AudioClip) -> Embedding:
        cancelled.set()
        return encode(clip)

    monkeypatch.setattr(kit.encoder, "encode", encode_and_cancel)
    with pytest.raises(Cancelled):
        kit.verify("anna", speech(ANNA), cancelled)
    assert kit.people.attempts("anna") == []


def test_an_event_that_is_not_set_cancels_nothing(kit: Kit) -> None:
    assert isinstance(kit.verify("anna", speech(ANNA), threading.Event()), Verified)


def test_nothing_is_decided_without_a_model(kit: Kit) -> None:
    engine = VoiceEngine(kit.shelf)
    bare = VerifyUser(
        kit.database,
        engine,
        kit.verify.policy,
        kit.clock,
        kit.activity,
        kit.trying,
        Scoring(engine, kit.database),
    )
    with pytest.raises(ModelMissing):
        bare("anna", speech(ANNA))
