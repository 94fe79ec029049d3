"""A voice that is like somebody's is not enrolled before somebody has decided."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.acting import VISITOR, Actor, Role, acting_as
from kiosk.core.accounts.roles import Action, program
from kiosk.core.errors import InvalidInput, KioskError, NotPermitted, SettingsInvalid
from kiosk.core.records.audit import AuditAction, AuditQuery
from kiosk.core.voice.duplicates import DuplicateDecision, DuplicateFound
from kiosk.services.preferences import ALSO_ENROLL
from kiosk.storage.opening import database_at
from tests.fakes.keys import memory_box
from tests.fakes.records.audit import chain_of_tests
from tests.support.patience import PATIENCE_S
from tests.unit.services.kit import ANNA, BOB, CARLA, THRESHOLD, Kit, card

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

NEAR_ANNA = 0.3
"""A voice of which Anna's is the score 0.96."""
TWINS = DuplicateDecision("twins", frozenset({"anna"}))


@pytest.fixture
def kit() -> Kit:
    made = Kit()
    made.enroll("anna", ANNA)
    made.enroll("bob", BOB)
    return made


def recorded(kit: Kit, action: AuditAction) -> list[tuple[str | None, dict[str, Any]]]:
    """Return subject and details of what was recorded, the oldest first."""
    with kit.database() as work:
        found = work.audit.find(AuditQuery(actions=(action.value,)))
    return [(record.subject, record.details) for record in reversed(found)]


def test_a_voice_that_is_known_is_refused_and_nothing_is_stored(kit: Kit) -> None:
    kit.clock.advance(60)
    with pytest.raises(DuplicateFound) as caught:
        kit.enrolling.save("new", "", kit.takes(NEAR_ANNA), consent=True)
    (found,) = caught.value.candidates
    assert (found.user_id, found.model_id, found.enabled) == ("anna", "model-1", True)
    assert found.score == pytest.approx(0.955, abs=0.01)
    assert found.threshold == THRESHOLD
    assert found.enrolled_at < kit.clock.now()
    assert [row.person.user_id for row in kit.people.everybody()] == ["anna", "bob"]
    ((subject, details),) = recorded(kit, AuditAction.ENROLLMENT_REFUSED)
    assert (subject, details["reasons"]) == ("new", ["USR-010"])
    assert details["alike"] == [f"{found.score:.3f} anna"]
    assert "Enrolled new" not in kit.activity.lines


def test_a_program_that_tries_again_and_again_does_not_fill_the_records(kit: Kit) -> None:
    def tried(times: int) -> None:
        takes = kit.takes(NEAR_ANNA)
        for number in range(times):
            with pytest.raises(DuplicateFound):
                kit.enrolling.save(f"new{number}", "", takes, consent=True)

    def counts() -> list[int]:
        return [details["count"] for _, details in recorded(kit, AuditAction.ENROLLMENT_REFUSED)]

    may = frozenset({Action.ENROLL})
    with acting_as(program("one", may)):
        tried(20)
        assert counts() == [1, 2, 4, 8, 16]
        kit.enrolling.save("carla", "", kit.takes(CARLA), consent=True)
        tried(1)
    with acting_as(program("another", may)):
        tried(1)
    assert counts()[5:] == [1, 1]
    # A person is no program: each time is recorded.
    with acting_as(Actor("operator:ada", Role.OPERATOR)):
        tried(3)
    assert counts()[7:] == [1, 1, 1]


def test_they_can_be_asked_for_before(kit: Kit) -> None:
    commits = kit.database.commits
    assert kit.enrolling.duplicates("new", kit.takes(4.5)) == ()
    assert [each.user_id for each in kit.enrolling.duplicates("new", kit.takes(NEAR_ANNA))] == [
        "anna"
    ]
    assert kit.database.commits == commits


def test_a_decision_is_stored_with_the_enrollment(kit: Kit) -> None:
    with acting_as(Actor("operator:eva", Role.OPERATOR)):
        kit.enrolling.save("new", "", kit.takes(NEAR_ANNA), consent=True, decision=TWINS)
    assert len(kit.people.everybody()) == 3
    ((subject, details),) = recorded(kit, AuditAction.DUPLICATE_DECIDED)
    assert (subject, details["decision"], details["reason"]) == ("new", "another person", "twins")
    assert details["alike"][0].endswith(" anna")
    with kit.database() as work:
        (record,) = work.audit.find(AuditQuery(actions=(AuditAction.DUPLICATE_DECIDED.value,)))
    assert record.actor == "operator:eva"
    assert any("like that of anna" in line and "twins" in line for line in kit.activity.lines)


def test_without_anybody_alike_a_decision_changes_nothing(kit: Kit) -> None:
    kit.enrolling.save("new", "", kit.takes(4.5), consent=True, decision=TWINS)
    assert recorded(kit, AuditAction.DUPLICATE_DECIDED) == []


def test_that_it_is_the_same_person_is_recorded_too(kit: Kit) -> None:
    alike = kit.enrolling.duplicates("new", kit.takes(NEAR_ANNA))
    kit.enrolling.refuse_duplicate("new", alike)
    ((subject, details),) = recorded(kit, AuditAction.DUPLICATE_DECIDED)
    assert (subject, details["decision"]) == ("new", "same person")
    assert len(kit.people.everybody()) == 2


def test_a_decision_about_one_is_none_about_another(kit: Kit) -> None:
    kit.duplicates.set_threshold(kit.engine.card, 0.5)
    kit.enrolling.save("new", "", kit.takes(NEAR_ANNA), consent=True, decision=TWINS)
    with pytest.raises(DuplicateFound) as caught:
        kit.enrolling.save("other", "", kit.takes(NEAR_ANNA), consent=True, decision=TWINS)
    assert [each.user_id for each in caught.value.candidates] == ["new", "anna"]
    whoever = DuplicateDecision("imported")
    kit.enrolling.save("other", "", kit.takes(NEAR_ANNA), consent=True, decision=whoever)
    assert len(kit.people.everybody()) == 4


def test_nobody_is_like_themselves(kit: Kit) -> None:
    kit.enroll("anna", ANNA, replacing=True)
    kit.enroll("anna", NEAR_ANNA, replacing=True)
    assert kit.enrolling.duplicates("anna", kit.takes(ANNA)) == ()


def test_re_enrolling_with_the_voice_of_somebody_else_is_asked_about(kit: Kit) -> None:
    with pytest.raises(DuplicateFound) as caught:
        kit.enroll("bob", ANNA, replacing=True)
    assert [each.user_id for each in caught.value.candidates] == ["anna"]


def test_whoever_was_suspended_does_not_come_back_under_another_id(kit: Kit) -> None:
    kit.people.set_enabled("anna", enabled=False)
    with pytest.raises(DuplicateFound) as caught:
        kit.enroll("new", ANNA)
    assert [each.enabled for each in caught.value.candidates] == [False]


def test_the_threshold_in_force_is_the_default(kit: Kit) -> None:
    assert kit.duplicates.threshold(kit.engine.card) == THRESHOLD
    kit.preferences.set_threshold(kit.engine.card, 0.97)
    assert kit.duplicates.threshold(kit.engine.card) == 0.97
    kit.enroll("new", NEAR_ANNA)


def test_a_threshold_of_its_own_decides(kit: Kit) -> None:
    kit.duplicates.set_threshold(kit.engine.card, 0.97)
    assert kit.duplicates.threshold(kit.engine.card) == 0.97
    assert kit.enrolling.duplicates("new", kit.takes(NEAR_ANNA)) == ()
    # Anna and Bob score 0.07.
    kit.duplicates.set_threshold(kit.engine.card, 0.05)
    alike = kit.enrolling.duplicates("new", kit.takes(BOB))
    assert [each.user_id for each in alike] == ["bob", "anna"]
    kit.duplicates.set_threshold(kit.engine.card, None)
    assert kit.duplicates.threshold(kit.engine.card) == THRESHOLD


@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, float("nan"), float("inf")])
def test_a_threshold_that_tells_nobody_apart_is_refused(kit: Kit, value: float) -> None:
    with pytest.raises(InvalidInput):
        kit.duplicates.set_threshold(kit.engine.card, value)


def test_a_stored_threshold_that_cannot_be_read_stops_enrolling(kit: Kit) -> None:
    kit.preferences.set("duplicate_threshold:model-1", "everything")
    with pytest.raises(SettingsInvalid, match="duplicate threshold of voice model model-1"):
        kit.enroll("new", 4.5)
    assert len(kit.people.everybody()) == 2


def test_only_administrators_change_the_threshold(kit: Kit) -> None:
    for actor in (VISITOR, Actor("operator:eva", Role.OPERATOR)):
        with acting_as(actor), pytest.raises(NotPermitted):
            kit.duplicates.set_threshold(kit.engine.card, 0.9)


def test_the_second_model_finds_whom_the_first_does_not_know(kit: Kit) -> None:
    kit.engine.load("model-2")
    kit.enroll("carla", 4.5)
    kit.engine.load("model-1")
    assert kit.enrolling.duplicates("new", kit.takes(4.5)) == ()
    kit.preferences.set(ALSO_ENROLL, "model-2")
    (found,) = kit.enrolling.duplicates("new", kit.takes(4.5))
    assert (found.user_id, found.model_id) == ("carla", "model-2")


def test_whom_both_models_find_is_told_once_by_the_surer_one(kit: Kit) -> None:
    kit.preferences.set(ALSO_ENROLL, "model-2")
    kit.enroll("carla", 4.5)
    kit.duplicates.set_threshold(card("model-2"), 0.2)
    (found,) = kit.enrolling.duplicates("new", kit.takes(4.5))
    assert (found.user_id, found.model_id, found.threshold) == ("carla", "model-2", 0.2)


def test_of_two_enrollments_at_once_the_later_one_finds_the_first(tmp_path: Path) -> None:
    """Both have looked before, and found nobody."""
    database = database_at(tmp_path / "kiosk.db", memory_box(), chain_of_tests())
    database.prepare()
    kit = Kit(database=database)  # type: ignore[arg-type]
    takes = {name: kit.takes(ANNA) for name in ("one", "other")}
    for name, made in takes.items():
        assert kit.enrolling.duplicates(name, made) == ()
    both = threading.Barrier(2)
    errors: list[KioskError] = []

    def enroll(name: str) -> None:
        both.wait(PATIENCE_S)
        try:
            with acting_as(Actor("console:tests", Role.ADMINISTRATOR)):
                kit.enrolling.save(name, "", takes[name], consent=True)
        except KioskError as error:
            errors.append(error)

    threads = [threading.Thread(target=enroll, args=(name,)) for name in takes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    (row,) = kit.people.everybody()
    (error,) = errors
    assert isinstance(error, DuplicateFound)
    assert [each.user_id for each in error.candidates] == [row.person.user_id]
    database.close()
