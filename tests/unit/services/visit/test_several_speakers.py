"""A recording in which two people speak is neither enrolled nor compared, and is no failed try."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kiosk.core.hearing import several_speakers
from kiosk.core.hearing.audio import MODEL_RATE, AudioClip
from kiosk.core.hearing.quality import Reason
from kiosk.core.hearing.speech import Activity, Speech
from kiosk.core.visit.outcomes import Inconclusive, TakeAccepted, TakeRefused, Verified
from tests.unit.services.kit import ANNA, BOB, CARLA, Kit, silence, speech, voice


@pytest.fixture
def kit(monkeypatch: pytest.MonkeyPatch) -> Kit:
    monkeypatch.setitem(several_speakers.LIMITS, "model-1", 0.5)
    made = Kit()
    made.enroll("anna", ANNA)
    made.activity.lines.clear()
    return made


def both(one: float, other: float, seconds: float = 3.0) -> Speech:
    """Return one person, then another, and the silence around them."""
    lead = silence(0.5)
    sound = np.concatenate([lead, voice(one, seconds), voice(other, seconds, seed=2), lead])
    inside = (len(lead), len(sound) - len(lead))
    return Speech(AudioClip(sound), Activity((inside,), MODEL_RATE))


def test_a_take_of_two_people_is_refused(kit: Kit) -> None:
    outcome = kit.enrolling.check_take(both(ANNA, BOB))
    assert isinstance(outcome, TakeRefused)
    assert outcome.reasons == (Reason.SEVERAL_SPEAKERS,)
    assert (
        Reason.SEVERAL_SPEAKERS.gate.advice == "More than one voice was heard. Please speak alone."
    )
    assert isinstance(kit.enrolling.check_take(both(ANNA, ANNA)), TakeAccepted)


def test_a_verification_by_two_people_cannot_be_told_and_is_no_failed_try(kit: Kit) -> None:
    for _ in range(kit.policy.attempts.free_failures + 1):
        outcome = kit.verify("anna", both(ANNA, CARLA))
        assert isinstance(outcome, Inconclusive)
        assert outcome.reasons == (Reason.SEVERAL_SPEAKERS,)
    assert kit.people.attempts("anna")[0].reasons == ("several_speakers",)
    assert kit.activity.lines[-1] == "Inconclusive anna (reasons: several_speakers)"
    assert isinstance(kit.verify("anna", speech(ANNA, seed=5)), Verified)


def test_an_unknown_id_is_answered_alike(kit: Kit) -> None:
    known = kit.verify("anna", both(ANNA, BOB), blind=True)
    unknown = kit.verify("nobody", both(ANNA, BOB), blind=True)
    assert isinstance(known, Inconclusive)
    assert isinstance(unknown, Inconclusive)
    assert replace(unknown, user_id="anna") == known


def test_nobody_is_identified_by_it(kit: Kit) -> None:
    found = kit.identify(both(ANNA, BOB))
    assert (found.name, found.reasons) == ("inconclusive", (Reason.SEVERAL_SPEAKERS,))
    assert found.candidates == ()


def test_what_was_encoded_ahead_is_judged_too(kit: Kit) -> None:
    said = replace(both(ANNA, BOB), attempt_id="1")
    kit.engine.prepare(said)
    assert isinstance(kit.verify("anna", said), Inconclusive)
    assert kit.engine.ahead_hits == 1
