"""Each use-case that decides or changes something records it, in its own transaction."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.acting import Actor, Role, acting_as
from kiosk.core.accounts.credentials import Right
from kiosk.core.errors import EnrollmentRefused, KioskError, StorageReadOnly, UnknownUser
from kiosk.core.limits.second_factor import FactorKind
from kiosk.core.records.audit import AuditAction, AuditRecord
from kiosk.services.accounts.api_keys import ApiKeys
from kiosk.services.records.whole_chain import verify_chain
from kiosk.services.voice.models import Models
from tests.fakes.records.audit import PlainSecret
from tests.unit.services.kit import ANNA, BOB, Kit, card, speech

if TYPE_CHECKING:
    from collections.abc import Callable

ADMINISTRATOR = Actor("operator:ida", Role.ADMINISTRATOR)
PROGRAM = Actor("program:abc", Role.ADMINISTRATOR)


@pytest.fixture
def kit() -> Kit:
    made = Kit()
    made.enroll("anna", ANNA)
    return made


def records(kit: Kit) -> tuple[AuditRecord, ...]:
    return kit.database.state.audit


def last(kit: Kit) -> AuditRecord:
    return records(kit)[-1]


def new_of(kit: Kit, before: int) -> list[AuditRecord]:
    return list(records(kit)[before:])


def models(kit: Kit) -> Models:
    return Models(kit.shelf, kit.engine, kit.preferences, None)


def api_keys(kit: Kit) -> ApiKeys:
    return ApiKeys(kit.database, kit.clock, kit.activity, PlainSecret())


NOBODY = Kit().trying.attempts.pseudonym("nobody")

CHANGES: list[tuple[str, Callable[[Kit], object], AuditAction, str | None]] = [
    ("enroll", lambda kit: kit.enroll("bob", BOB), AuditAction.ENROLLED, "bob"),
    (
        "re-enroll",
        lambda kit: kit.enroll("anna", ANNA, replacing=True),
        AuditAction.REENROLLED,
        "anna",
    ),
    ("verify", lambda kit: kit.verify("anna", speech(ANNA)), AuditAction.VERIFIED, "anna"),
    ("reject", lambda kit: kit.verify("anna", speech(BOB)), AuditAction.NOT_VERIFIED, "anna"),
    (
        "too short",
        lambda kit: kit.verify("anna", speech(ANNA, seconds=0.6)),
        AuditAction.INCONCLUSIVE,
        "anna",
    ),
    (
        "a stranger's ID, publicly",
        lambda kit: kit.verify("nobody", speech(BOB), blind=True),
        AuditAction.NOT_VERIFIED,
        NOBODY,
    ),
    ("identify", lambda kit: kit.identify(speech(ANNA)), AuditAction.IDENTIFIED, "anna"),
    ("rename", lambda kit: kit.people.rename("anna", "Anna"), AuditAction.RENAMED, "anna"),
    (
        "disable",
        lambda kit: kit.people.set_enabled("anna", enabled=False),
        AuditAction.DISABLED,
        "anna",
    ),
    (
        "enable",
        lambda kit: kit.people.set_enabled("anna", enabled=True),
        AuditAction.ENABLED,
        "anna",
    ),
    ("export", lambda kit: kit.people.export("anna"), AuditAction.EXPORTED, "anna"),
    ("erase", lambda kit: kit.people.remove("anna"), AuditAction.ERASED, "anna"),
    ("erase all", lambda kit: kit.people.remove_all(), AuditAction.ERASED, None),
    (
        "unlock",
        lambda kit: kit.trying.attempts.unlock("anna", checked="passport"),
        AuditAction.UNLOCKED,
        "anna",
    ),
    (
        "set a PIN",
        lambda kit: kit.trying.factors.set_pin("anna", "7391"),
        AuditAction.FACTOR_SET,
        "anna",
    ),
    (
        "set a threshold",
        lambda kit: kit.preferences.set_threshold(card(), 0.4),
        AuditAction.THRESHOLD_CHANGED,
        "threshold:model-1",
    ),
    (
        "set a preference",
        lambda kit: kit.preferences.set("theme", "dark"),
        AuditAction.SETTING_CHANGED,
        "theme",
    ),
    ("choose a model", lambda kit: models(kit).use("model-2"), AuditAction.MODEL_CHOSEN, "model"),
    (
        "install a model",
        lambda kit: models(kit).install("new", lambda _what, _share: None),
        AuditAction.MODEL_INSTALLED,
        "new",
    ),
]
NAMES = [each[0] for each in CHANGES]


@pytest.mark.parametrize(("what", "change", "action", "subject"), CHANGES, ids=NAMES)
def test_what_is_done_is_recorded_once_with_who_did_it(
    kit: Kit, what: str, change: Callable[[Kit], object], action: AuditAction, subject: str | None
) -> None:
    before = len(records(kit))
    with acting_as(ADMINISTRATOR):
        change(kit)
    found = [each for each in new_of(kit, before) if each.action == action]
    assert [each.subject for each in found] == [subject], what
    assert {each.actor for each in found} == {"operator:ida"}
    assert verify_chain(kit.database, kit.database.chain).intact


@pytest.mark.parametrize(("what", "change", "action", "subject"), CHANGES, ids=NAMES)
def test_what_could_not_be_stored_was_not_recorded_and_the_other_way_round(
    kit: Kit, what: str, change: Callable[[Kit], object], action: AuditAction, subject: str | None
) -> None:
    state = kit.database.state
    kit.database.commit_error = StorageReadOnly("The data folder cannot be written.")
    with acting_as(ADMINISTRATOR), suppress(KioskError):
        change(kit)
    assert kit.database.state is state, what
    del action, subject


def test_a_decision_is_recorded_with_its_figures(kit: Kit) -> None:
    outcome = kit.verify("anna", speech(ANNA))
    details = last(kit).details
    assert details["score"] == getattr(outcome, "score", None)
    assert details["threshold"] == 0.5
    assert details["model_id"] == "model-1"
    assert details["reasons"] == []


def test_what_kept_a_recording_from_being_compared_is_recorded(kit: Kit) -> None:
    kit.verify("anna", speech(ANNA, seconds=0.6))
    details = last(kit).details
    assert details["score"] is None
    assert "too_short" in details["reasons"]


def test_no_score_is_made_up_for_an_id_that_nobody_has(kit: Kit) -> None:
    kit.verify("nobody", speech(BOB), blind=True)
    assert last(kit).details["score"] is None
    assert last(kit).details["reasons"] == ["nobody_to_compare"]


def test_whoever_must_enroll_again_is_answered_as_nobody_and_recorded_as_such(kit: Kit) -> None:
    kit.engine.load("model-2")
    nobody = kit.verify("nobody", speech(ANNA), blind=True)
    stale = kit.verify("anna", speech(ANNA), blind=True)
    assert type(stale) is type(nobody)
    assert last(kit).details["reasons"] == ["enroll_again"]
    assert last(kit).details["score"] is None


def test_a_refusal_is_recorded(kit: Kit) -> None:
    with pytest.raises(UnknownUser):
        kit.verify("nobody", speech(ANNA), blind=False)
    assert (last(kit).action, last(kit).subject) == ("verification.refused", NOBODY)
    assert last(kit).details["reasons"] == ["USR-002"]


def test_whoever_is_locked_out_is_recorded(kit: Kit) -> None:
    for _ in range(6):
        kit.verify("anna", speech(BOB))
    assert last(kit).action == "verification.locked"
    assert last(kit).details["wait_seconds"] == 30
    kit.uptime.advance(2.776)
    kit.verify("anna", speech(BOB))
    # Whole seconds, as whoever waits is told.
    assert str(last(kit).details["wait_seconds"]) == "28"


def test_takes_of_two_voices_are_recorded_as_refused(kit: Kit) -> None:
    takes = [*kit.takes(ANNA, 2), *kit.takes(BOB, 1)]
    with pytest.raises(EnrollmentRefused):
        kit.enrolling.save("carla", "", takes, consent=True)
    assert (last(kit).action, last(kit).subject) == ("person.enrollment-refused", "carla")
    assert kit.database.state.people.keys() == {"anna"}


def test_settings_are_recorded_with_their_former_value_and_only_when_they_change(
    kit: Kit,
) -> None:
    kit.preferences.set("theme", "dark")
    before = len(records(kit))
    kit.preferences.set("theme", "dark")
    assert new_of(kit, before) == []
    kit.preferences.set("theme", None)
    assert last(kit).details == {"old": "dark", "new": None}


def test_factors_are_recorded_without_what_they_are(kit: Kit) -> None:
    before = len(records(kit))
    kit.trying.factors.set_pin("anna", "7391")
    kit.trying.factors.set_badge("anna", "BADGE-000-1234")
    kit.trying.factors.remove("anna", FactorKind.PIN)
    found = new_of(kit, before)
    assert [each.action for each in found] == [
        "person.second-factor-set",
        "person.second-factor-set",
        "person.second-factor-removed",
    ]
    for each in found:
        assert "7391" not in each.record
        assert "000-1234" not in each.record


def test_api_keys_are_recorded_without_the_key(kit: Kit) -> None:
    keys = api_keys(kit)
    before = len(records(kit))
    key, text = keys.create("till", [Right.VERIFY])
    keys.revoke(key.key_id)
    keys.revoke(key.key_id)
    keys.note_refusals("192.0.2.7", 3)
    found = new_of(kit, before)
    assert [(each.action, each.subject) for each in found] == [
        ("api-key.created", key.key_id),
        ("api-key.revoked", key.key_id),
        ("api-key.refused", "192.0.2.7"),
    ]
    assert all(text not in each.record for each in found)
    assert all(key.hash not in each.record for each in found)


def test_a_name_is_never_recorded(kit: Kit) -> None:
    kit.enrolling.save("bob", "Robert Tables", kit.takes(BOB), consent=True)
    kit.people.rename("bob", "Roberta Tables")
    kit.people.remove("bob")
    assert all("Tables" not in each.record for each in records(kit))


def test_programs_are_recorded_as_what_they_are(kit: Kit) -> None:
    with acting_as(PROGRAM):
        kit.verify("anna", speech(ANNA))
    assert last(kit).actor == "program:abc"
