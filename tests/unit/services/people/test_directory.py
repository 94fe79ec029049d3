from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import InvalidInput, UnknownUser
from tests.unit.services.kit import ANNA, BOB, Kit, speech

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def kit() -> Kit:
    made = Kit()
    made.enroll("anna", ANNA)
    made.enroll("bob", BOB)
    made.activity.lines.clear()
    return made


def test_everybody_is_listed_with_the_latest_attempt(kit: Kit) -> None:
    kit.verify("anna", speech(ANNA))
    kit.clock.advance(60)
    kit.verify("anna", speech(BOB))
    anna, bob = kit.people.everybody()
    assert (anna.person.user_id, anna.takes, anna.model_id) == ("anna", 3, "model-1")
    assert anna.last_attempt_at == kit.clock.now()
    assert anna.last_verified_at is not None
    assert anna.last_verified_at < anna.last_attempt_at
    assert (bob.last_attempt_at, bob.last_score) == (None, None)


def test_attempts_come_newest_first_and_limited(kit: Kit) -> None:
    for _ in range(3):
        kit.clock.advance(1)
        kit.verify("anna", speech(ANNA))
    found = kit.people.attempts("anna", limit=2)
    assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)
    assert len(found) == 2
    assert found[0].at == kit.clock.now()


def test_rename_tidies_the_name(kit: Kit) -> None:
    assert kit.people.rename("anna", " Anna  B ").name == "Anna B"
    assert kit.people.everybody()[0].person.name == "Anna B"
    with pytest.raises(InvalidInput):
        kit.people.rename("anna", "x" * 121)


def test_suspending_and_permitting_again(kit: Kit) -> None:
    kit.people.set_enabled("anna", enabled=False)
    assert not kit.people.everybody()[0].person.enabled
    kit.people.set_enabled("anna", enabled=True)
    assert kit.people.everybody()[0].person.enabled
    assert kit.activity.lines == ["Disabled anna", "Enabled anna"]


def test_removing_erases_voiceprint_and_attempts(kit: Kit) -> None:
    kit.verify("anna", speech(ANNA))
    kit.people.remove("anna")
    assert [each.person.user_id for each in kit.people.everybody()] == ["bob"]
    with kit.database() as work:
        assert work.people.voiceprint("anna", "model-1") is None
        assert work.people.attempts("anna") == []
    # The line stays for 90 days: it leads to the record, and says no more.
    number = kit.database.state.audit[-1].seq
    assert kit.activity.lines[-1] == f"Removed **** (audit record {number})"


def test_removing_everybody(kit: Kit) -> None:
    assert kit.people.remove_all() == 2
    assert kit.people.everybody() == []
    assert kit.activity.lines == ["All enrollments (2) deleted"]
    assert kit.people.remove_all() == 0


def test_export_has_everything_but_the_voice(kit: Kit) -> None:
    kit.verify("anna", speech(ANNA))
    kit.verify("anna", speech(ANNA, seconds=1.0))
    kept = json.loads(json.dumps(kit.people.export("anna")))
    assert (kept["user"], kept["enabled"], kept["consent"]["text_version"]) == ("anna", True, "2")
    assert [len(each["takes"]) for each in kept["voiceprints"]] == [3]
    assert kept["voiceprints"][0]["takes"][0]["quality"]["net_speech_s"] == pytest.approx(4.0)
    assert {each["outcome"] for each in kept["attempts"]} == {"verified", "inconclusive"}
    assert "embedding" not in json.dumps(kept)


def test_export_of_a_person_without_consent(kit: Kit) -> None:
    from kiosk.core.people.users import Person

    with kit.database() as work:
        work.people.add(Person("carla", "Carla", kit.clock.now()))
        work.commit()
    kept = kit.people.export("carla")
    assert (kept["consent"], kept["voiceprints"], kept["attempts"]) == (None, [], [])


@pytest.mark.parametrize(
    "use",
    [
        lambda kit: kit.people.attempts("nobody"),
        lambda kit: kit.people.rename("nobody", "x"),
        lambda kit: kit.people.set_enabled("nobody", enabled=True),
        lambda kit: kit.people.remove("nobody"),
        lambda kit: kit.people.export("nobody"),
    ],
    ids=["attempts", "rename", "enable", "remove", "export"],
)
def test_an_unknown_id_is_told_and_logged_nowhere(kit: Kit, use: Callable[[Kit], object]) -> None:
    with pytest.raises(UnknownUser, match="nobody"):
        use(kit)
    assert kit.activity.lines == []
    assert len(kit.people.everybody()) == 2
