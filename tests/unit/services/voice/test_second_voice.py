"""People are enrolled with two models at once, and verified by the one in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import (
    DiskFull,
    EnrollmentRefused,
    ModelAltered,
    ModelMissing,
    ReenrollmentNeeded,
)
from kiosk.core.visit.outcomes import TakeAccepted
from kiosk.services.preferences import ALSO_ENROLL
from tests.unit.services.kit import ANNA, BOB, Kit, speech

if TYPE_CHECKING:
    from kiosk.core.voice.embedding import Voiceprint


@pytest.fixture
def kit() -> Kit:
    """Return a kit with model-1 in use and model-2 beside it."""
    made = Kit()
    made.preferences.set(ALSO_ENROLL, "model-2")
    return made


def stored(kit: Kit, model_id: str, user_id: str = "anna") -> Voiceprint | None:
    with kit.database() as work:
        return work.people.voiceprint(user_id, model_id)


def models_of(kit: Kit, user_id: str = "anna") -> list[str]:
    with kit.database() as work:
        return work.people.model_ids(user_id)


def test_a_take_is_encoded_by_both(kit: Kit) -> None:
    take = kit.enrolling.check_take(speech(ANNA))
    assert isinstance(take, TakeAccepted)
    assert take.second is not None
    assert (take.embedding.model_id, take.second.model_id) == ("model-1", "model-2")
    first, second = kit.shelf.encoders
    assert first.clips[0].samples.tolist() == second.clips[0].samples.tolist()


def test_the_second_model_is_loaded_once_and_when_it_is_needed(kit: Kit) -> None:
    assert len(kit.shelf.encoders) == 1
    kit.takes(ANNA, 3)
    assert [each.card.model_id for each in kit.shelf.encoders] == ["model-1", "model-2"]


def test_a_trial_is_not_for_the_second_model(kit: Kit) -> None:
    take = kit.enrolling.check_take(speech(ANNA), trial=True)
    assert isinstance(take, TakeAccepted)
    assert take.second is None


def test_both_voiceprints_are_stored_at_once(kit: Kit) -> None:
    takes = kit.takes(ANNA)
    commits = kit.database.commits
    kit.enrolling.save("anna", "", takes, consent=True)
    assert kit.database.commits == commits + 1
    for model_id in ("model-1", "model-2"):
        found = stored(kit, model_id)
        assert found is not None
        assert len(found.takes) == 3
        assert found.model_id == model_id
    (summary,) = kit.people.everybody()
    assert summary.model_ids == ("model-1", "model-2")
    assert (summary.model_id, summary.takes) == ("model-1", 3)


def test_whoever_has_both_is_verified_by_either_at_once(kit: Kit) -> None:
    kit.enroll("anna", ANNA)
    kit.preferences.set(ALSO_ENROLL, None)
    kit.enroll("bob", BOB)
    assert kit.verify("anna", speech(ANNA)).model_id == "model-1"
    kit.engine.load("model-2")
    outcome = kit.verify("anna", speech(ANNA))
    assert (outcome.name, outcome.model_id) == ("verified", "model-2")
    assert kit.verify("anna", speech(BOB)).name == "not_verified"
    with pytest.raises(ReenrollmentNeeded):
        kit.verify("bob", speech(BOB))
    assert [each.user_id for each in kit.identify(speech(ANNA)).candidates] == ["anna"]


def test_without_a_second_model_there_is_one_voiceprint(kit: Kit) -> None:
    kit.preferences.set(ALSO_ENROLL, None)
    kit.enroll("anna", ANNA)
    assert models_of(kit) == ["model-1"]


def test_the_model_in_use_is_no_second_one(kit: Kit) -> None:
    kit.preferences.set(ALSO_ENROLL, "model-1")
    kit.enroll("anna", ANNA)
    assert models_of(kit) == ["model-1"]
    assert len(kit.shelf.encoders) == 1


@pytest.mark.parametrize("fault", [ModelMissing, ModelAltered])
def test_a_second_model_that_cannot_be_used_stops_before_anybody_speaks(
    kit: Kit, fault: type[ModelMissing | ModelAltered]
) -> None:
    kit.shelf.failing["model-2"] = fault("It is broken.")
    for attempt in (
        lambda: kit.enrolling.require_free("anna"),
        lambda: kit.enrolling.require_free("anna", replacing=True),
        lambda: kit.enrolling.check_take(speech(ANNA)),
    ):
        with pytest.raises(fault, match=r"second voice model, too\. It is broken\.") as caught:
            attempt()
        assert "kiosk model also none" in caught.value.hint
    # Verifying does not need it.
    kit.preferences.set(ALSO_ENROLL, None)
    kit.enroll("anna", ANNA)
    kit.preferences.set(ALSO_ENROLL, "model-2")
    assert kit.verify("anna", speech(ANNA)).name == "verified"


def test_a_second_model_that_fails_while_saving_leaves_nothing(kit: Kit) -> None:
    takes = kit.takes(ANNA)
    kit.engine.second.unload()
    kit.shelf.failing["model-2"] = ModelAltered("It is broken.")
    with pytest.raises(ModelAltered, match="second voice model"):
        kit.enrolling.save("anna", "", takes, consent=True)
    assert kit.people.everybody() == []


def test_what_cannot_be_committed_leaves_neither_voiceprint(kit: Kit) -> None:
    takes = kit.takes(ANNA)
    kit.database.commit_error = DiskFull("No space is left.")
    with pytest.raises(DiskFull):
        kit.enrolling.save("anna", "", takes, consent=True)
    kit.database.commit_error = None
    assert kit.people.everybody() == []


def test_a_model_that_does_not_decide_refuses_nobody(kit: Kit) -> None:
    # Anna and Bob score 0.07: enough for the first model now, and not for the second.
    kit.preferences.set_threshold(kit.engine.card, 0.05)
    mixed = [*kit.takes(ANNA, 2), *kit.takes(BOB, 1)]
    kit.enrolling.save("both", "", mixed, consent=True)
    assert models_of(kit, "both") == ["model-1", "model-2"]


def test_takes_from_before_the_second_model_was_chosen_are_refused(kit: Kit) -> None:
    kit.preferences.set(ALSO_ENROLL, None)
    takes = kit.takes(ANNA, 2)
    kit.preferences.set(ALSO_ENROLL, "model-2")
    for given in (takes, [*takes, *kit.takes(ANNA, 1)]):
        with pytest.raises(EnrollmentRefused, match="second voice model was changed"):
            kit.enrolling.save("anna", "", given, consent=True)
    assert kit.people.everybody() == []


def test_when_the_second_model_is_given_up_meanwhile_the_first_remains(kit: Kit) -> None:
    takes = kit.takes(ANNA)
    kit.preferences.set(ALSO_ENROLL, None)
    kit.enrolling.save("anna", "", takes, consent=True)
    assert models_of(kit) == ["model-1"]


def test_a_voiceprint_of_the_second_model_is_replaced_only_when_asked(kit: Kit) -> None:
    kit.preferences.set(ALSO_ENROLL, None)
    kit.engine.load("model-2")
    kit.enroll("anna", ANNA)
    before = stored(kit, "model-2")
    kit.engine.load("model-1")
    kit.preferences.set(ALSO_ENROLL, "model-2")
    with pytest.raises(EnrollmentRefused, match="model-2 with another voice"):
        kit.enroll("anna", BOB)
    assert models_of(kit) == ["model-2"]
    kit.enroll("anna", ANNA)
    kept = stored(kit, "model-2")
    assert before is not None
    assert kept is not None
    assert kept.takes[0].vector.tolist() == before.takes[0].vector.tolist()
    kit.enroll("anna", BOB, replacing=True)
    replaced = stored(kit, "model-2")
    assert replaced is not None
    assert replaced.takes[0].vector.tolist() != before.takes[0].vector.tolist()


def test_replacing_leaves_no_voiceprint_of_a_model_that_did_not_hear_the_new_takes(
    kit: Kit,
) -> None:
    kit.enroll("anna", BOB)  # by mistake
    kit.preferences.set(ALSO_ENROLL, None)
    kit.enroll("anna", ANNA, replacing=True)
    assert models_of(kit) == ["model-1"]


def test_takes_heard_by_another_second_model_are_refused(kit: Kit) -> None:
    takes = kit.takes(ANNA, 2)
    kit.preferences.set(ALSO_ENROLL, "model-3")
    with pytest.raises(EnrollmentRefused, match="second voice model was changed"):
        kit.enrolling.save("anna", "Anna", takes, consent=True)
    assert models_of(kit) == []
