"""Too many failures, second factors, and what programs without the right ``people`` are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kiosk.core.accounts.credentials import Right
from kiosk.core.limits.second_factor import FactorRule
from tests.api.seed_routes.support import NOWHERE, claim, refused
from tests.api.support import enroll, stream_with, voice_file
from tests.api.v1.support import key_with, problem
from tests.fakes.attempts import stop_the_clock

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from kiosk.services.facade import Kiosk

PIN = "482913"


@pytest.fixture(autouse=True)
def anna(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch)
    enroll(kiosk, "anna", "slt")


@pytest.fixture
def verifier(kiosk: Kiosk) -> dict[str, str]:
    """Return the headers of a program that may verify, and nothing else."""
    return key_with(kiosk, Right.VERIFY)


def verified(
    client: TestClient,
    user_id: str = "anna",
    voice: str = "rms",
    headers: dict[str, str] | None = None,
    **fields: str,
) -> dict[str, Any]:
    response = client.post(
        "/v1/verifications",
        data={"external_id": user_id, **fields},
        files={"audio": ("a", voice_file(voice, 1))},
        headers=headers,
    )
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def codes(answer: dict[str, Any]) -> list[str]:
    return [why["code"] for why in answer["reasons"]]


# --- locked ----------------------------------------------------------------------------------


def test_the_fifth_failure_locks_and_says_for_how_long(client: TestClient, kiosk: Kiosk) -> None:
    for _ in range(4):
        assert verified(client)["retry_after_s"] is None
    fifth = verified(client)
    assert fifth["outcome"] == "not_verified"
    assert 28 <= fifth["retry_after_s"] <= 31
    locked = verified(client, voice="slt")
    assert (locked["outcome"], codes(locked)) == ("locked", ["too_many_failures"])
    assert 20 <= locked["retry_after_s"] <= 31
    assert locked["reasons"][0]["advice"].endswith("seconds, or ask an operator.")
    assert locked["score"] is locked["threshold"] is locked["quality"] is None
    assert len(kiosk.people.attempts("anna")) == 5
    # Existing clients of the seed know what False means.
    stream = stream_with(client, voice_file("slt", 1))
    response = client.post("/vv/verify", json=claim(stream))
    assert response.status_code == 200
    assert response.json() == {"result": "False", "score": -1.0}
    assert 1 <= int(response.headers["retry-after"]) <= 31
    kiosk.attempts.unlock("anna")
    assert verified(client, voice="slt")["outcome"] == "verified"


# --- who may not know who is enrolled --------------------------------------------------------


def test_without_the_right_an_unknown_id_is_answered_as_a_stranger_is(
    client: TestClient, kiosk: Kiosk, verifier: dict[str, str]
) -> None:
    known = verified(client, headers=verifier)
    unknown = verified(client, "nobody", headers=verifier)
    assert known["outcome"] == unknown["outcome"] == "not_verified"
    assert {name for name, value in known.items() if value is None} == {
        name for name, value in unknown.items() if value is None
    }
    assert known["score"] is unknown["score"] is None
    kiosk.people.set_enabled("anna", enabled=False)
    disabled = verified(client, voice="slt", headers=verifier)
    assert (disabled["outcome"], codes(disabled)) == ("not_verified", [])


def test_without_the_right_the_seeds_route_answers_false_and_not_460(
    client: TestClient, kiosk: Kiosk, verifier: dict[str, str]
) -> None:
    stream = stream_with(client, voice_file("slt", 1))
    for route in ("/vv/verify", "/vv/verify/nobody"):
        response = client.post(route, json=claim(stream, "nobody"), headers=verifier)
        assert response.status_code == 200
        assert response.json()["result"] == "False"
        assert set(response.json()) == {"result", "score"}
        refused(client.post(route, json=claim(NOWHERE, "nobody"), headers=verifier), 461, "stream")
    may_list = key_with(kiosk, Right.VERIFY, Right.PEOPLE)
    refused(
        client.post("/vv/verify", json=claim(stream, "nobody"), headers=may_list), 460, "nobody"
    )


# --- identifications -------------------------------------------------------------------------


def identified(
    client: TestClient, voice: str, headers: dict[str, str] | None = None, **fields: str
) -> dict[str, Any]:
    response = client.post(
        "/v1/identifications",
        data=fields,
        files={"audio": ("a", voice_file(voice, 1))},
        headers=headers,
    )
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_without_the_right_an_identification_tells_its_outcome_and_nobody(
    client: TestClient, kiosk: Kiosk, verifier: dict[str, str]
) -> None:
    enroll(kiosk, "rob", "rms")
    everybody = identified(client, "slt")
    assert [each["external_id"] for each in everybody["candidates"]] == ["anna", "rob"]
    found, stranger = (identified(client, voice, verifier) for voice in ("slt", "awb"))
    assert (everybody["outcome"], found["outcome"]) == ("identified", "identified")
    assert stranger["outcome"] == "unknown"
    for told in (found, stranger):
        assert (told["candidates"], told["margin"]) == ([], None)
    assert found.keys() == stranger.keys() == everybody.keys()


def test_an_identification_without_anybody_enrolled_tells_a_verifier_nothing(
    client: TestClient, kiosk: Kiosk, verifier: dict[str, str]
) -> None:
    kiosk.people.remove("anna")
    assert identified(client, "slt", verifier)["outcome"] == "unknown"
    response = client.post("/v1/identifications", files={"audio": ("a", voice_file("slt", 1))})
    problem(response, 409, "not-enrolled")


def test_voices_of_nobody_are_failures_of_the_caller(
    client: TestClient, kiosk: Kiosk, verifier: dict[str, str]
) -> None:
    kiosk.people.set_enabled("anna", enabled=False)
    for _ in range(30):
        assert identified(client, "slt", verifier)["outcome"] == "unknown"
    refused_now = client.post(
        "/v1/identifications", files={"audio": ("a", voice_file("slt", 1))}, headers=verifier
    )
    problem(refused_now, 429, "too-many-tries")
    assert 1 <= int(refused_now.headers["retry-after"]) <= 30
    locked = verified(client, headers=verifier)
    assert (locked["outcome"], codes(locked)) == ("locked", ["too_many_failures_here"])
    # No operator can end the wait of a place.
    assert locked["reasons"][0]["advice"] == f"Try again in {locked['retry_after_s']} seconds."
    # Others go on.
    kiosk.people.set_enabled("anna", enabled=True)
    assert identified(client, "slt")["outcome"] == "identified"


def test_an_identification_asks_for_the_second_factor_too(
    client: TestClient, kiosk: Kiosk, verifier: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asking(kiosk, monkeypatch, FactorRule.OPTIONAL)
    for headers in (None, verifier):
        assert identified(client, "slt", headers, pin=PIN)["outcome"] == "identified"
        without = identified(client, "slt", headers)
        # Not even to who may see people: it would tell that the voice was right.
        assert (without["outcome"], without["candidates"]) == ("unknown", [])
    asking(kiosk, monkeypatch, FactorRule.REQUIRED)
    response = client.post("/v1/identifications", files={"audio": ("a", voice_file("slt", 1))})
    problem(response, 400, "invalid-input")


# --- what is kept ----------------------------------------------------------------------------


def test_no_file_holds_what_was_typed_where_nobody_has_the_id_nor_whom_the_log_forgot(
    client: TestClient, kiosk: Kiosk, verifier: dict[str, str]
) -> None:
    stream = stream_with(client, voice_file("slt", 1))
    for typed in (PIN, "anna"):
        verified(client, typed, headers=verifier)
        client.post(f"/vv/verify/{typed}", json=claim(stream, typed), headers=verifier)
    client.post("/vv/verify", json=claim(stream, PIN))  # 460
    assert client.delete("/v1/people/anna").status_code == 204
    logs = "".join(file.read_text("utf-8") for file in kiosk.data_dir.glob("logs/*.log"))
    assert "Verified nobody:" in logs
    assert "Verified **** (result: " in logs
    assert "anna" not in logs
    files = [each for each in kiosk.data_dir.rglob("*") if each.is_file()]
    assert len(files) > 2
    assert [each.name for each in files if PIN.encode() in each.read_bytes()] == []


# --- second factors --------------------------------------------------------------------------


def asking(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch, rule: FactorRule) -> None:
    monkeypatch.setattr(kiosk.second_factors, "configured", rule)
    kiosk.second_factors.in_force()
    kiosk.second_factors.set_pin("anna", PIN)


def test_a_pin_is_needed_beside_the_voice(
    client: TestClient, kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking(kiosk, monkeypatch, FactorRule.OPTIONAL)
    assert verified(client, voice="slt", pin=PIN)["outcome"] == "verified"
    for pin, badge in (("", ""), ("999111", ""), ("", PIN)):
        wrong = verified(client, voice="slt", pin=pin, badge=badge)
        # No score: it would tell that the voice was right.
        assert (wrong["outcome"], wrong["score"]) == ("not_verified", None)
        assert verified(client, voice="slt", pin=PIN)["outcome"] == "verified"
    other = verified(client, voice="rms", pin=PIN)
    assert (other["outcome"], other["score"]) == ("not_verified", None)
    stream = stream_with(client, voice_file("slt", 1))
    body = claim(stream)
    assert client.post("/vv/verify", json=body).json() == {"result": "False", "score": -1.0}
    assert client.post("/vv/verify", json={**body, "pin": PIN}).json()["result"] == "True"


def test_where_one_is_required_a_request_without_is_refused_before_anybody_is_looked_up(
    client: TestClient, kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking(kiosk, monkeypatch, FactorRule.REQUIRED)
    for user_id in ("anna", "nobody"):
        response = client.post(
            "/v1/verifications",
            data={"external_id": user_id},
            files={"audio": ("a", voice_file("slt", 1))},
        )
        problem(response, 400, "invalid-input")
        refused(
            client.post("/vv/verify", json=claim(NOWHERE, user_id)), 400, "PIN or badge is needed"
        )
    assert kiosk.people.attempts("anna") == []
    assert verified(client, voice="slt", pin=PIN)["outcome"] == "verified"


def test_a_badge_is_as_good(
    client: TestClient, kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking(kiosk, monkeypatch, FactorRule.REQUIRED)
    kiosk.second_factors.set_badge("anna", "04A2B3C4")
    assert verified(client, voice="slt", badge=" 04A2B3C4 ")["outcome"] == "verified"
