"""Who acts in a request: a program with the rights that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.acting import Role, acting
from kiosk.core.accounts.credentials import Right
from kiosk.core.accounts.roles import Action, carried_by, may, require
from kiosk.core.api_policy import ApiPolicy
from kiosk.core.errors import NotPermitted
from kiosk.core.records.audit import AuditQuery
from tests.api.doorway import doorway

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kiosk.core.accounts.acting import Actor
    from tests.api.doorway import Doorway

ELSEWHERE = "192.0.2.7"
EVERYTHING = carried_by(set(Right) - {Right.VOICEPRINTS})


class Seen:
    """Routes that note who acts when they are worked on, in a thread as the others are."""

    def __init__(self, door: Doorway) -> None:
        self.actors: list[Actor] = []
        door.app.get("/v1/who")(self._note)
        door.app.get("/who")(self._note)
        door.app.get("/v1/settings")(self._settings)

    def _note(self) -> None:
        self.actors.append(acting())

    def _settings(self) -> None:
        require(Action.SETTINGS)


@pytest.fixture
def door() -> Iterator[Doorway]:
    with doorway(ApiPolicy(seed_compat=True)) as opened:
        yield opened


@pytest.fixture
def seen(door: Doorway) -> Seen:
    return Seen(door)


def test_a_key_acts_under_its_id_with_its_rights(door: Doorway, seen: Seen) -> None:
    text = door.key(Right.VERIFY, Right.PEOPLE)
    door.client(headers={"X-API-Key": text}).get("/v1/who")
    (actor,) = seen.actors
    assert actor.name == f"program:{text.split('_')[1]}"
    assert actor.actions == carried_by({Right.VERIFY, Right.PEOPLE})
    assert may(Action.SEE_PEOPLE, actor)
    assert not may(Action.ENROLL, actor)


def test_a_program_on_this_machine_acts_as_loopback(door: Doorway, seen: Seen) -> None:
    door.client().get("/v1/who")
    door.client().get("/who")
    ours, seeds = seen.actors
    assert ours.name == seeds.name == "program:loopback"
    assert ours.actions == EVERYTHING
    assert seeds.actions == EVERYTHING | {Action.VOICEPRINTS}


def test_whoever_is_not_known_may_nothing(door: Doorway, seen: Seen) -> None:
    door.client(ELSEWHERE).get("/v1/who")
    door.client(headers={"X-API-Key": "vk_wrong"}).get("/v1/who")
    for actor in seen.actors:
        assert actor.name == "program:unknown"
        assert not any(may(action, actor) for action in Action)
    assert len(seen.actors) == 2


@pytest.mark.parametrize("right", Right)
def test_no_key_changes_settings(door: Doorway, seen: Seen, right: Right) -> None:
    answer = door.client(headers={"X-API-Key": door.key(right)}).get("/v1/settings")
    assert answer.status_code == 403
    assert answer.json()["type"].endswith(":not-permitted")


def test_a_request_leaves_no_trace_in_the_next(door: Doorway, seen: Seen) -> None:
    before = acting()
    with door.client() as client:
        client.get("/v1/who", headers={"X-API-Key": door.key(Right.ADMIN)})
        client.get("/v1/who")
    assert seen.actors[1].name == "program:loopback"
    assert acting() == before
    assert before.role is Role.ADMINISTRATOR


def test_what_a_key_may_not_is_refused_by_the_use_case_too(door: Doorway) -> None:
    def everybody() -> None:
        # As a route would that forgot to ask for a right.
        with pytest.raises(NotPermitted):
            door.kiosk.people.everybody()

    door.app.get("/v1/forgetful")(everybody)
    answer = door.client(headers={"X-API-Key": door.key(Right.VERIFY)}).get("/v1/forgetful")
    assert answer.status_code == 200


def test_refusals_are_recorded_with_the_rights_of_the_program(door: Doorway, seen: Seen) -> None:
    del seen
    client = door.client(headers={"X-API-Key": door.key(Right.VERIFY)})
    query = AuditQuery(actions=("operator.not-permitted",))
    for _ in range(5):
        assert client.get("/v1/settings").status_code == 403
    assert [each.details["count"] for each in door.kiosk.audit.find(query)] == [4, 2, 1]
    assert client.get("/v1/people").status_code == 403
    newest = door.kiosk.audit.find(query)[0]
    assert newest.role == "program: verify"
    assert newest.actor.startswith("program:")
    assert "lacks the right 'people'" in newest.details["refused"]
