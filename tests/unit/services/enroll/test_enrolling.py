from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.acting import acting_as
from kiosk.core.accounts.roles import Action, program
from kiosk.core.errors import (
    AlreadyEnrolled,
    ConsentMissing,
    DiskFull,
    EnrollmentRefused,
    InvalidInput,
    NotPermitted,
    SettingsInvalid,
)
from kiosk.core.hearing.quality import Reason
from kiosk.core.visit.outcomes import TakeAccepted, TakeRefused
from kiosk.core.voice.embedding import weakest_take
from tests.fakes.storage import InMemoryDatabase, InMemoryUnitOfWork
from tests.unit.services.kit import ANNA, BOB, THRESHOLD, Kit, speech

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

ENROLLER = program("enroller", frozenset({Action.ENROLL}))
DESK = program("desk", frozenset({Action.ENROLL, Action.CHANGE_PEOPLE}))


@pytest.fixture
def kit() -> Kit:
    return Kit()


def test_takes_become_a_voiceprint(kit: Kit) -> None:
    takes = kit.takes(ANNA)
    person = kit.enrolling.save(" anna ", " Anna  B ", takes, consent=True)
    assert (person.user_id, person.name, person.enabled) == ("anna", "Anna B", True)
    assert person.consent is not None
    assert person.consent.text_version == kit.consents.text().version
    assert person.consent.given_at == person.created_at == kit.clock.now()
    with kit.database() as work:
        stored = work.people.voiceprint("anna", "model-1")
        quality = [take.quality for take in work.people.takes("anna", "model-1")]
    assert stored is not None
    assert [take.vector.tolist() for take in stored.takes] == [
        take.embedding.vector.tolist() for take in takes
    ]
    assert quality == [take.quality.as_dict() for take in takes]
    assert kit.activity.lines == ["Enrolled anna"]


def test_a_good_take_is_accepted_and_encoded(kit: Kit) -> None:
    outcome = kit.enrolling.check_take(speech(ANNA))
    assert isinstance(outcome, TakeAccepted)
    assert outcome.embedding.model_id == "model-1"


def test_a_poor_take_is_refused_with_reasons_and_not_encoded(kit: Kit) -> None:
    outcome = kit.enrolling.check_take(speech(ANNA, seconds=1.5, background=0.08))
    assert isinstance(outcome, TakeRefused)
    assert outcome.reasons == (Reason.TOO_SHORT, Reason.NOISY)
    assert kit.encoder.clips == []


@pytest.mark.parametrize(
    ("takes", "consent", "user_id", "error"),
    [
        (3, False, "anna", ConsentMissing),
        (0, True, "anna", EnrollmentRefused),
        (3, True, "a b", InvalidInput),
        (3, True, "", InvalidInput),
    ],
    ids=["no consent", "no takes", "bad ID", "empty ID"],
)
def test_what_is_missing_stores_nothing(
    kit: Kit, takes: int, consent: bool, user_id: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        kit.enrolling.save(user_id, "", kit.takes(ANNA, takes), consent=consent)
    assert kit.people.everybody() == []
    assert kit.activity.lines == []


def test_takes_of_two_people_store_nothing(kit: Kit) -> None:
    mixed = [*kit.takes(ANNA, 2), *kit.takes(BOB, 1)]
    with pytest.raises(EnrollmentRefused, match=r"take 3 differs \(lowest score 0\.07\)"):
        kit.enrolling.save("anna", "", mixed, consent=True)
    assert kit.people.everybody() == []


def test_of_two_takes_neither_is_named(kit: Kit) -> None:
    mixed = [*kit.takes(ANNA, 1), *kit.takes(BOB, 1)]
    with pytest.raises(EnrollmentRefused, match=r": the two takes differ \(lowest score 0\.07\)"):
        kit.enrolling.save("anna", "", mixed, consent=True)


def test_consistency_is_judged_by_the_threshold_in_force(kit: Kit) -> None:
    mixed = [*kit.takes(ANNA, 1), *kit.takes(BOB, 1)]
    assert kit.enrolling.agreement(mixed).limit == THRESHOLD
    assert not kit.enrolling.agreement(mixed).consistent
    kit.preferences.set_threshold(kit.engine.card, 0.05)
    assert kit.enrolling.agreement(mixed).limit == 0.05
    kit.enrolling.save("both", "", [*kit.takes(ANNA, 1), *kit.takes(BOB, 1)], consent=True)
    assert [summary.takes for summary in kit.people.everybody()] == [2]


def test_a_voiceprint_is_replaced_only_when_asked(kit: Kit) -> None:
    kit.enrolling.save("anna", "Anna", kit.takes(ANNA), consent=True)
    with pytest.raises(AlreadyEnrolled):
        kit.enrolling.require_free("anna")
    with pytest.raises(AlreadyEnrolled):
        kit.enrolling.save("anna", "", kit.takes(BOB), consent=True)
    kit.clock.advance(60)
    person = kit.enrolling.save("anna", "", kit.takes(BOB), consent=True, replacing=True)
    assert person.name == "Anna"
    assert person.created_at < kit.clock.now()
    assert person.consent is not None
    assert person.consent.given_at == kit.clock.now()
    assert kit.verify("anna", speech(BOB)).name == "verified"
    assert len(kit.people.everybody()) == 1


@pytest.mark.parametrize("why", ["no voiceprint is left", "another model", "replacing"])
def test_who_may_only_enroll_gives_nobody_known_another_voice(kit: Kit, why: str) -> None:
    kit.enroll("anna", ANNA)
    if why == "another model":
        kit.engine.load("model-2")
    elif why == "no voiceprint is left":
        with kit.database() as work:
            work.people.remove_voiceprint("anna", "model-1")
            work.commit()
    replacing, before = why == "replacing", kit.people.everybody()
    takes = kit.takes(BOB)
    with acting_as(ENROLLER):
        with pytest.raises(NotPermitted):
            kit.enrolling.require_free("anna", replacing=replacing)
        with pytest.raises(NotPermitted):
            kit.enrolling.save("anna", "Mallory", takes, consent=True, replacing=replacing)
    assert kit.people.everybody() == before
    with acting_as(DESK):
        kit.enrolling.require_free("anna", replacing=replacing)
        kit.enrolling.save("anna", "", kit.takes(BOB), consent=True, replacing=replacing)
    assert kit.verify("anna", speech(BOB)).name == "verified"


def test_who_may_only_enroll_adds_people_and_is_told_which_ids_are_enrolled(kit: Kit) -> None:
    with acting_as(ENROLLER):
        assert kit.enrolling.require_free("anna") == "anna"
        kit.enrolling.save("anna", "Anna", kit.takes(ANNA), consent=True)
        with pytest.raises(AlreadyEnrolled):
            kit.enrolling.require_free("anna")


def test_only_takes_that_were_accepted_tell_that_an_id_is_a_badge(kit: Kit) -> None:
    kit.enroll("anna", ANNA)
    kit.trying.factors.set_badge("anna", "BADGE-77101")
    with pytest.raises(InvalidInput, match="number of a badge"):
        kit.enrolling.require_free("BADGE-77101")
    with acting_as(ENROLLER):
        for badge in ("BADGE-77101", "BADGE-77102"):
            assert kit.enrolling.require_free(badge) == badge
        with pytest.raises(InvalidInput, match="number of a badge"):
            kit.enrolling.save("BADGE-77101", "", kit.takes(BOB), consent=True)
    assert [row.person.user_id for row in kit.people.everybody()] == ["anna"]


def test_a_disabled_person_stays_disabled_when_enrolled_again(kit: Kit) -> None:
    kit.enroll("anna", ANNA)
    kit.people.set_enabled("anna", enabled=False)
    kit.enroll("anna", ANNA, replacing=True)
    assert not kit.people.everybody()[0].person.enabled


def test_a_second_model_needs_no_replacing(kit: Kit) -> None:
    kit.enroll("anna", ANNA)
    kit.engine.load("model-2")
    assert kit.enrolling.require_free("anna") == "anna"
    kit.enroll("anna", ANNA)
    with kit.database() as work:
        assert work.people.model_ids("anna") == ["model-1", "model-2"]


def test_takes_made_before_the_model_was_changed_are_refused(kit: Kit) -> None:
    takes = kit.takes(ANNA)
    kit.engine.load("model-2")
    with pytest.raises(EnrollmentRefused, match="model was changed"):
        kit.enrolling.save("anna", "", takes, consent=True)
    assert kit.people.everybody() == []


def test_what_cannot_be_stored_is_not_reported_as_enrolled(kit: Kit) -> None:
    takes = kit.takes(ANNA)
    kit.database.commit_error = DiskFull("No space is left.")
    with pytest.raises(DiskFull):
        kit.enrolling.save("anna", "", takes, consent=True)
    assert kit.activity.lines == []
    kit.database.commit_error = None
    assert kit.people.everybody() == []


def test_the_id_is_looked_up_in_the_transaction_that_stores(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes, others = kit.takes(ANNA), kit.takes(BOB)
    begin = InMemoryDatabase.__call__
    ended = 0

    def crossed(database: InMemoryDatabase) -> AbstractContextManager[InMemoryUnitOfWork]:
        nonlocal ended
        ended += 1
        if ended == 2:  # behind the unit that compares everybody, before the one that stores
            monkeypatch.setattr(InMemoryDatabase, "__call__", begin)
            kit.enrolling.save("anna", "the first", others, consent=True)
        return begin(database)

    monkeypatch.setattr(InMemoryDatabase, "__call__", crossed)
    with pytest.raises(AlreadyEnrolled):
        kit.enrolling.save("anna", "the second", takes, consent=True, agreed_to=kit.consents.text())
    assert [entry.person.name for entry in kit.people.everybody()] == ["the first"]


@pytest.mark.parametrize("stored", ["nan", "-2", "what"])
def test_without_a_sound_threshold_nothing_is_stored(kit: Kit, stored: str) -> None:
    mixed = [*kit.takes(ANNA, 1), *kit.takes(BOB, 1)]
    kit.preferences.set("threshold:model-1", stored)
    with pytest.raises(SettingsInvalid):
        kit.enrolling.save("both", "", mixed, consent=True)
    assert kit.people.everybody() == []


def test_takes_that_just_reach_the_threshold_are_of_one_voice(kit: Kit) -> None:
    mixed = [*kit.takes(ANNA, 1), *kit.takes(BOB, 1)]
    _, lowest = weakest_take(tuple(take.embedding for take in mixed))
    kit.preferences.set_threshold(kit.engine.card, lowest)
    kit.enrolling.save("both", "", mixed, consent=True)
    assert len(kit.people.everybody()) == 1


def test_who_vouches_for_consent_is_recorded() -> None:
    kit = Kit()
    kit.enrolling.save("anna", "", kit.takes(ANNA), consent=True, vouched_by="127.0.0.1")
    assert kit.activity.lines == [
        "Enrolled anna",
        "Consent of anna vouched for by 127.0.0.1",
    ]
