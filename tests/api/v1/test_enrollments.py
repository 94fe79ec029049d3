"""Enrollments over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kiosk.core.accounts.credentials import Right
from tests.api.support import enroll as enroll_at_desk
from tests.api.support import voice_file
from tests.api.v1.support import (
    NO_SOUND,
    a_word,
    enroll,
    key_with,
    metrics,
    problem,
    silence,
    takes,
    verify,
)

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from kiosk.api.context import Context
    from kiosk.services.facade import Kiosk


# --- enrollments -----------------------------------------------------------------------------


def test_several_takes_become_a_person_with_a_voiceprint(client: TestClient, kiosk: Kiosk) -> None:
    form = {"external_id": "anna", "name": "  Anna   Larsen ", "consent": "true"}
    response = client.post("/v1/enrollments", data=form, files=takes("slt", 0, 1, 2))
    assert response.status_code == 201, response.text
    assert response.headers["location"] == "/v1/people/anna"
    answer = response.json()
    assert (answer["external_id"], answer["name"]) == ("anna", "Anna Larsen")
    assert answer["model_id"] == kiosk.engine.card.model_id
    assert [take["take"] for take in answer["takes"]] == [1, 2, 3]
    for take in answer["takes"]:
        assert take["accepted"] is True
        assert take["reasons"] == []
        assert take["quality"]["net_speech_s"] > 3
    person, stored = kiosk.people.details("anna")
    assert person.consent is not None
    assert [len(each) for each in stored.values()] == [3, 3]


def test_who_vouches_for_the_consent_is_in_the_activity_log(
    client: TestClient, kiosk: Kiosk
) -> None:
    assert enroll(client, "anna", "slt").status_code == 201
    log = next((kiosk.data_dir / "logs").glob("activity-*.log")).read_text(encoding="utf-8")
    assert "Enrolled anna" in log
    assert "Consent of anna vouched for by 127.0.0.1" in log


def test_one_bad_take_refuses_all_and_says_which_and_why(
    client: TestClient, kiosk: Kiosk, context: Context
) -> None:
    files = [*takes("slt", 0), ("audio", ("b", silence(3), "")), ("audio", ("c", a_word(), ""))]
    response = client.post(
        "/v1/enrollments", data={"external_id": "anna", "consent": "true"}, files=files
    )
    told = problem(response, 422, "enrollment-refused")
    assert "2 of 3" in told["detail"]
    assert "recording 2: no speech" in told["detail"]
    assert [take["accepted"] for take in told["takes"]] == [True, False, False]
    assert told["takes"][1]["reasons"][0]["code"] == "no_speech"
    assert told["takes"][2]["reasons"][0]["advice"] in told["hint"]
    assert kiosk.people.everybody() == []
    assert b'kiosk_enrollments_total{outcome="refused"} 1.0' in metrics(context)


def test_takes_of_two_people_are_refused(client: TestClient, kiosk: Kiosk) -> None:
    response = client.post(
        "/v1/enrollments",
        data={"external_id": "anna", "consent": "true"},
        files=[*takes("slt", 0), *takes("rms", 1)],
    )
    told = problem(response, 422, "enrollment-refused")
    assert "do not sound like one person: the two takes differ" in told["detail"]
    assert [(take["take"], take["accepted"]) for take in told["takes"]] == [(1, True), (2, True)]
    assert kiosk.people.everybody() == []


@pytest.mark.parametrize("consent", ["false", "no", "0"])
def test_nobody_is_enrolled_without_consent(client: TestClient, kiosk: Kiosk, consent: str) -> None:
    problem(enroll(client, "anna", "slt", consent=consent), 422, "consent-missing")
    assert kiosk.people.everybody() == []


def test_the_text_that_was_shown_is_named_by_the_receipt(client: TestClient, kiosk: Kiosk) -> None:
    shown = client.get("/v1/consent-text", params={"language": "de"}).json()
    assert shown["markdown"].startswith("# Einwilligung")
    assert shown["languages"] == ["en", "de", "es", "fr"]
    made = enroll(client, "anna", "slt", consent_language="de")
    assert made.json()["consent_version"] == shown["version"]
    (receipt,) = kiosk.consents.receipts("anna")
    assert (receipt.language, receipt.text_sha256) == ("de", shown["sha256"])
    assert receipt.actor.startswith("program:"), "the program vouches for having asked"


def test_a_language_without_a_text_is_refused(client: TestClient, kiosk: Kiosk) -> None:
    problem(enroll(client, "anna", "slt", consent_language="tlh"), 400, "invalid-input")
    problem(client.get("/v1/consent-text", params={"language": "tlh"}), 404, "unknown-address")
    assert kiosk.people.everybody() == []


def test_consent_must_be_sent(client: TestClient) -> None:
    response = client.post("/v1/enrollments", data={"external_id": "anna"}, files=takes("slt", 0))
    told = problem(response, 400, "invalid-request")
    assert told["errors"] == [{"field": "consent", "message": "field required"}]


def test_a_second_enrollment_needs_replace(client: TestClient) -> None:
    assert enroll(client, "anna", "slt", name="Anna").status_code == 201
    problem(enroll(client, "anna", "rms"), 409, "already-enrolled")
    replaced = enroll(client, "anna", "rms", replace="true")
    assert replaced.status_code == 201
    assert replaced.json()["name"] == "Anna"
    assert verify(client, "anna", voice_file("rms", 3)).json()["outcome"] == "verified"
    assert verify(client, "anna", voice_file("slt", 3)).json()["outcome"] == "not_verified"


def test_a_key_that_may_only_enroll_replaces_nobody(client: TestClient, kiosk: Kiosk) -> None:
    assert enroll(client, "anna", "slt").status_code == 201
    form = {"external_id": "anna", "consent": "true", "replace": "true"}
    stranger = takes("rms", 0, 1, 2)
    told = client.post(
        "/v1/enrollments", data=form, files=stranger, headers=key_with(kiosk, Right.ENROLL)
    )
    problem(told, 403, "not-permitted")
    assert verify(client, "anna", voice_file("slt", 3)).json()["outcome"] == "verified"
    may = key_with(kiosk, Right.ENROLL, Right.PEOPLE)
    answer = client.post("/v1/enrollments", data=form, files=takes("rms", 0, 1, 2), headers=may)
    assert answer.status_code == 201


def test_a_key_that_may_only_enroll_gives_nobody_known_a_voice(
    client: TestClient, kiosk: Kiosk
) -> None:
    """As after all voiceprints were erased with their keys: people stay listed."""
    enroll_at_desk(kiosk, "anna", "slt")
    with kiosk.enroll._uow() as work:
        work.people.remove_voiceprint("anna", kiosk.engine.card.model_id)
        work.commit()
    before = [row.person for row in kiosk.people.everybody()]
    form = {"external_id": "anna", "consent": "true", "name": "Mallory"}
    enroller = key_with(kiosk, Right.ENROLL)
    told = client.post("/v1/enrollments", data=form, files=takes("rms", 0, 1, 2), headers=enroller)
    problem(told, 403, "not-permitted")
    assert [row.person for row in kiosk.people.everybody()] == before
    form["external_id"] = "mallory"
    answer = client.post(
        "/v1/enrollments", data=form, files=takes("rms", 0, 1, 2), headers=enroller
    )
    assert answer.status_code == 201


def test_no_recording_tells_nobody_that_an_id_is_a_badge(client: TestClient, kiosk: Kiosk) -> None:
    enroll_at_desk(kiosk, "anna", "slt")
    kiosk.second_factors.set_badge("anna", "BADGE-77101")
    told, headers = [], key_with(kiosk, Right.ENROLL)
    for badge in ("BADGE-77101", "BADGE-77102"):
        form = {"external_id": badge, "consent": "true"}
        files = [("audio", ("a", NO_SOUND))]
        answer = client.post("/v1/enrollments", data=form, files=files, headers=headers)
        told.append(problem(answer, 422, "bad-audio")["detail"])
    assert told[0] == told[1]


def test_who_may_not_see_people_gets_no_score_of_a_rejection(
    client: TestClient, kiosk: Kiosk
) -> None:
    enroll_at_desk(kiosk, "anna", "slt")
    form: Any = {"data": {"external_id": "anna"}, "files": {"audio": ("a", voice_file("rms", 4))}}
    for rights, shown in (({Right.VERIFY}, False), ({Right.VERIFY, Right.PEOPLE}, True)):
        answer = client.post("/v1/verifications", headers=key_with(kiosk, *rights), **form).json()
        assert answer["outcome"] == "not_verified"
        assert [answer[each] is not None for each in ("score", "basis")] == [shown, shown]


@pytest.mark.parametrize("user_id", ["", " ", "a/b", "a b", "-a", "x" * 65, "a\0b", "\u202eanna"])
def test_ids_that_cannot_be_used_are_refused(client: TestClient, user_id: str) -> None:
    response = enroll(client, user_id, "slt")
    assert response.status_code == 400
    assert response.json()["type"].rpartition(":")[2] in ("invalid-input", "invalid-request")


def test_ids_of_other_alphabets_are_used_as_they_are(client: TestClient) -> None:
    response = enroll(client, "Żółć.ä@例え-1", "slt")
    assert response.status_code == 201
    location = response.headers["location"]
    assert location.isascii()
    assert client.get(location).json()["external_id"] == "Żółć.ä@例え-1"


def test_too_many_takes_are_refused_before_any_is_judged(client: TestClient) -> None:
    files = [("audio", (str(n), NO_SOUND, "")) for n in range(11)]
    response = client.post(
        "/v1/enrollments", data={"external_id": "anna", "consent": "true"}, files=files
    )
    assert "Too many files" in problem(response, 400)["detail"]
