"""A voice that is like that of somebody enrolled, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.accounts.credentials import Right
from kiosk.core.records.audit import AuditAction, AuditQuery
from kiosk.core.voice.site_scorer import LINE
from tests.api.support import client_of, service, stream_with, voice_file
from tests.api.support import enroll as enroll_at_desk
from tests.api.v1.support import enroll, key_with, problem, takes

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from kiosk.services.facade import Kiosk


def _ids(kiosk: Kiosk) -> list[str]:
    return [row.person.user_id for row in kiosk.people.everybody()]


def _activity(kiosk: Kiosk) -> str:
    return "".join(path.read_text() for path in (kiosk.data_dir / "logs").glob("activity*"))


def test_a_known_voice_is_refused_with_whom_it_is_like(client: TestClient, kiosk: Kiosk) -> None:
    enroll_at_desk(kiosk, "anna", "slt", takes=2)
    enroll_at_desk(kiosk, "rob", "rms")
    told = problem(enroll(client, "eva", "slt"), 409, "duplicate-voice")
    assert told["code"] == "USR-010"
    assert "allow_duplicate" in told["hint"]
    (candidate,) = told["candidates"]
    assert (candidate["external_id"], candidate["enabled"]) == ("anna", True)
    assert candidate["score"] >= candidate["threshold"] == LINE
    assert candidate["model_id"] == kiosk.engine.card.model_id
    assert candidate["enrolled_at"].startswith("20")
    assert _ids(kiosk) == ["anna", "rob"]


def test_the_reason_enrolls_and_is_recorded(client: TestClient, kiosk: Kiosk) -> None:
    enroll_at_desk(kiosk, "anna", "slt")
    for nothing in ("", "  "):
        refused = enroll(client, "eva", "slt", allow_duplicate=nothing)
        problem(refused, 409, "duplicate-voice")
    problem(enroll(client, "eva", "slt", allow_duplicate="x" * 300), 400)
    assert enroll(client, "eva", "slt", allow_duplicate="their twin").status_code == 201
    assert _ids(kiosk) == ["anna", "eva"]
    assert "The voice of eva is like that of anna" in _activity(kiosk)
    (record,) = kiosk.audit.find(AuditQuery(actions=(AuditAction.DUPLICATE_DECIDED.value,)))
    assert (record.subject, record.details["reason"]) == ("eva", "their twin")
    assert record.actor.startswith("program:")


def test_candidates_are_named_only_to_who_may_list_people(kiosk: Kiosk) -> None:
    enroll_at_desk(kiosk, "anna", "slt")
    form = {"external_id": "eva", "consent": "true"}
    with service(kiosk, host="0.0.0.0") as public, client_of(public, "192.0.2.9") as client:
        answers = [
            client.post(
                "/v1/enrollments",
                data=form,
                files=takes("slt", 1),
                headers=key_with(kiosk, *rights),
            )
            for rights in ((Right.ENROLL,), (Right.ENROLL, Right.PEOPLE))
        ]
    blind, seeing = (problem(answer, 409, "duplicate-voice") for answer in answers)
    assert blind["candidates"] == []
    assert "anna" not in answers[0].text
    assert [each["external_id"] for each in seeing["candidates"]] == ["anna"]


def test_replacing_ones_own_voiceprint_is_no_duplicate(client: TestClient) -> None:
    assert enroll(client, "anna", "slt").status_code == 201
    assert enroll(client, "anna", "slt", replace="true").status_code == 201


def test_the_seeds_clients_are_not_asked_and_it_is_recorded(
    client: TestClient, kiosk: Kiosk
) -> None:
    enroll_at_desk(kiosk, "anna", "slt")
    stream = stream_with(client, voice_file("slt", 1))
    answer = client.post("/vv/enroll", json={"uuid": stream, "external_id": "eva"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert _ids(kiosk) == ["anna", "eva"]
    assert "The voice of eva is like that of anna" in _activity(kiosk)
    assert "could not be asked" in _activity(kiosk)


def test_the_seeds_enrollment_can_be_made_to_refuse(kiosk: Kiosk) -> None:
    enroll_at_desk(kiosk, "anna", "slt")
    with service(kiosk, seed_refuse_duplicates=True) as strict, client_of(strict) as client:
        stream = stream_with(client, voice_file("slt", 1))
        answer = client.post("/vv/enroll", json={"uuid": stream, "external_id": "eva"})
    assert answer.status_code == 409
    assert set(answer.json()) == {"message"}
    assert "anna" not in answer.json()["message"]
    assert _ids(kiosk) == ["anna"]
