"""Each route of VoiceVerifier and each status that it answers."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kiosk.core.accounts.acting import acting_as
from kiosk.core.accounts.roles import Action, program
from kiosk.core.errors import DiskFull, StorageError
from kiosk.core.hearing.audio import AudioClip
from kiosk.core.voice.embedding import centroid
from tests.api.seed_routes.support import NOWHERE, claim, post, refused
from tests.api.support import (
    client_of,
    enroll,
    service,
    sound_file,
    spoken,
    stream_with,
    take,
    voice_file,
)
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from kiosk.api.context import Context
    from kiosk.services.facade import Kiosk

WORD = AudioClip(spoken("slt", 0).samples[:8_000])
SILENCE = AudioClip(np.zeros(48_000, np.float32))


# --- the seed's own example -------------------------------------------------------------------


def test_the_example_client_of_the_seed_works_unchanged(client: TestClient) -> None:
    one, two = (stream_with(client, voice_file(voice, 0)) for voice in ("slt", "rms"))
    probe = stream_with(client, voice_file("slt", 1))
    assert client.post("/vv/enroll", json=claim(one, "test1")).status_code == 200
    assert client.post("/vv/enroll", json=claim(two, "test2")).status_code == 200
    same = client.post("/vv/verify", json=claim(probe, "test1")).json()
    other = client.post("/vv/verify", json=claim(probe, "test2")).json()
    assert (same["result"], other["result"]) == ("True", "False")
    assert set(same) == {"result", "score"}
    assert -1 <= other["score"] < same["score"] <= 1
    assert client.get("/vv/list_enrollments").json() == {"ids": ["test1", "test2"]}
    assert client.delete("/vv/delete_all_enrollment").json() == {"deleted_count": 2}


# --- enroll -----------------------------------------------------------------------------------


def test_enrolling_stores_one_take_and_who_vouched_for_consent(
    client: TestClient, kiosk: Kiosk
) -> None:
    stream = stream_with(client, voice_file("slt", 0))
    answer = client.post("/vv/enroll", json=claim(stream))
    assert (answer.status_code, answer.content) == (200, b"")
    row, *others = kiosk.people.everybody()
    assert (row.person.user_id, row.person.name, row.takes, others) == ("anna", "", 1, [])
    assert row.person.consent is not None
    log = "".join(path.read_text() for path in (kiosk.data_dir / "logs").glob("activity*"))
    assert "Enrolled anna\n" in log
    assert "Consent of anna vouched for by 127.0.0.1\n" in log


def test_a_stream_outlives_enrolling_and_verifying(client: TestClient) -> None:
    stream = stream_with(client, voice_file("slt", 0))
    assert client.post("/vv/enroll", json=claim(stream)).status_code == 200
    first, again = (client.post("/vv/verify", json=claim(stream)).json() for _ in range(2))
    assert first["score"] > 0.9
    assert again == {"result": "True", "score": pytest.approx(first["score"], abs=1e-5)}


def test_an_id_made_of_digits_may_be_sent_as_a_number(client: TestClient) -> None:
    stream = stream_with(client, voice_file("slt", 0))
    answer = client.post("/vv/enroll", json={"uuid": stream, "external_id": 4711})
    assert answer.status_code == 200
    assert client.get("/vv/list_enrollments").json() == {"ids": ["4711"]}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1.0, -0.0, 1e300, True, None, []])
@pytest.mark.parametrize("route", ["/vv/enroll", "/vv/verify"])
def test_other_numbers_are_no_ids(client: TestClient, route: str, number: object) -> None:
    answer = post(client, route, {"uuid": NOWHERE, "external_id": number})
    refused(answer, 400, "external_id: must be text or a whole number")


def test_nobody_is_enrolled_twice(client: TestClient, kiosk: Kiosk) -> None:
    enroll(kiosk, "anna", "slt")
    stream = stream_with(client, voice_file("rms", 0))
    refused(client.post("/vv/enroll", json=claim(stream)), 409, "enrolled already")


def test_enrolling_from_no_stream_is_404(client: TestClient) -> None:
    refused(client.post("/vv/enroll", json=claim(NOWHERE)), 404, "no stream")


@pytest.mark.parametrize("body", [{}, {"uuid": NOWHERE}, {"external_id": "anna"}])
@pytest.mark.parametrize("route", ["/vv/enroll", "/vv/verify"])
def test_both_fields_are_needed(client: TestClient, route: str, body: dict[str, str]) -> None:
    missing = {"uuid", "external_id"} - set(body)
    refused(client.post(route, json=body), 400, f"{sorted(missing)[0]}: ")


@pytest.mark.parametrize("user_id", ["", " ", "a b", "../x", "x" * 65, "\ud800", "\x00"])
@pytest.mark.parametrize("route", ["/vv/enroll", "/vv/verify"])
def test_ids_that_cannot_be_used_are_refused(client: TestClient, route: str, user_id: str) -> None:
    refused(post(client, route, claim(NOWHERE, user_id)), 400, "ID")


@pytest.mark.parametrize(
    ("sound", "part"),
    [
        (sound_file(WORD), "Too little speech"),
        (sound_file(SILENCE), "No speech"),
        (b"", "no sound"),
        (b"RIFF", "within its WAV header"),
        (b"fLaC" + bytes(500), "FLAC"),
    ],
)
def test_poor_recordings_enroll_nobody(
    client: TestClient, kiosk: Kiosk, sound: bytes, part: str
) -> None:
    stream = stream_with(client, sound)
    refused(client.post("/vv/enroll", json=claim(stream)), 400, part)
    assert kiosk.people.everybody() == []


# --- verify -----------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ["/vv/verify", "/vv/verify/anna"])
def test_a_verification_is_stored_with_the_score_that_was_answered(
    client: TestClient, kiosk: Kiosk, route: str
) -> None:
    enroll(kiosk, "anna", "slt", takes=2)
    stream = stream_with(client, voice_file("slt", 2))
    answer = client.post(route, json=claim(stream)).json()
    attempt = kiosk.people.attempts("anna")[0]
    assert answer == {"result": "True", "score": attempt.score}
    assert attempt.outcome == "verified"


def test_the_id_may_be_in_the_address_alone_but_not_another_one(
    client: TestClient, kiosk: Kiosk
) -> None:
    enroll(kiosk, "anna", "slt")
    stream = stream_with(client, voice_file("slt", 1))
    assert client.post("/vv/verify/anna", json={"uuid": stream}).json()["result"] == "True"
    refused(client.post("/vv/verify/anna", json=claim(stream, "bob")), 400, "two people")
    # Spaces around an ID and how its accents are composed make nobody else.
    assert client.post("/vv/verify/anna", json=claim(stream, " anna ")).status_code == 200
    assert client.post("/vv/verify/%20anna", json=claim(stream, "anna")).status_code == 200


@pytest.mark.parametrize("route", ["/vv/verify", "/vv/verify/nobody"])
def test_an_unknown_person_is_460_whatever_the_stream(client: TestClient, route: str) -> None:
    refused(client.post(route, json=claim(NOWHERE, "nobody")), 460, "nobody")


@pytest.mark.parametrize("route", ["/vv/verify", "/vv/verify/anna"])
def test_an_unknown_stream_is_461(client: TestClient, kiosk: Kiosk, route: str) -> None:
    enroll(kiosk, "anna", "slt")
    refused(client.post(route, json=claim(NOWHERE)), 461, "no stream")


def test_a_stream_expires(client: TestClient, kiosk: Kiosk, context: Context) -> None:
    enroll(kiosk, "anna", "slt")
    stream = stream_with(client, voice_file("slt", 1))
    context.streams.delete(stream)
    refused(client.post("/vv/verify", json=claim(stream)), 461, "expired")


@pytest.mark.parametrize(("clip", "part"), [(WORD, "Too little"), (SILENCE, "No speech")])
def test_what_cannot_be_told_is_neither_true_nor_false(
    client: TestClient, kiosk: Kiosk, clip: AudioClip, part: str
) -> None:
    enroll(kiosk, "anna", "slt")
    stream = stream_with(client, sound_file(clip))
    answer = client.post("/vv/verify", json=claim(stream))
    refused(answer, 400, "Could not tell whether this is anna")
    assert part in answer.json()["message"]
    assert kiosk.people.attempts("anna")[0].outcome == "inconclusive"


def test_a_disabled_person_is_not_verified(client: TestClient, kiosk: Kiosk) -> None:
    enroll(kiosk, "anna", "slt")
    kiosk.people.set_enabled("anna", enabled=False)
    stream = stream_with(client, voice_file("slt", 1))
    refused(client.post("/vv/verify", json=claim(stream)), 400, "disabled")
    assert kiosk.people.attempts("anna") == []


def test_a_full_queue_is_503_with_a_time_to_come_back(kiosk: Kiosk) -> None:
    enroll(kiosk, "anna", "slt")
    with service(kiosk, inference_queue=1) as context, client_of(context) as client:
        stream = stream_with(client, voice_file("slt", 1))
        answers = []
        with context.inference.slot():  # the voice model is in use
            waiting = threading.Thread(
                target=lambda: answers.append(client.post("/vv/verify", json=claim(stream)))
            )
            waiting.start()
            while not context.inference.waiting:
                waiting.join(0.01)
            answer = client.post("/vv/verify", json=claim(stream))
            refused(answer, 503, "busy")
            assert int(answer.headers["retry-after"]) >= 1
        waiting.join(PATIENCE_S)
        assert answers[0].json()["result"] == "True"
        assert context.inference.refused == 1


@pytest.mark.expects_log
@pytest.mark.parametrize(("error", "status"), [(StorageError("No."), 503), (DiskFull("No."), 507)])
def test_a_failing_database_decides_nothing(
    client: TestClient,
    kiosk: Kiosk,
    monkeypatch: pytest.MonkeyPatch,
    error: StorageError,
    status: int,
) -> None:
    stream = stream_with(client, voice_file("slt", 0))

    def failing(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(kiosk.enroll, "save", failing)
    refused(client.post("/vv/enroll", json=claim(stream)), status, "No.")


@pytest.mark.expects_log
def test_a_defect_is_500_without_details(
    client: TestClient, kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing() -> None:
        raise RuntimeError("secret details")

    monkeypatch.setattr(kiosk.people, "everybody", failing)
    answer = client.get("/vv/list_enrollments")
    refused(answer, 500, "incident")
    assert "secret" not in answer.text


# --- people -----------------------------------------------------------------------------------


def test_a_voiceprint_is_the_mean_direction_of_all_takes(client: TestClient, kiosk: Kiosk) -> None:
    enroll(kiosk, "anna", "slt", takes=2)
    shown = client.get("/vv/get_voiceprint/anna").json()["voiceprint"]
    with acting_as(program("tests", frozenset({Action.VOICEPRINTS}))):
        known = {each.model_id: each for each in kiosk.people.voiceprints("anna")}
    stored = known[kiosk.engine.card.model_id]
    assert len(shown) == kiosk.engine.card.dim
    assert np.linalg.norm(shown) == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(shown, centroid(stored).vector, atol=1e-7)
    takes = [take(kiosk, "slt", number).embedding.vector for number in range(2)]
    mean = np.mean(takes, axis=0)
    np.testing.assert_allclose(shown, mean / np.linalg.norm(mean), atol=1e-5)


@pytest.mark.parametrize(("user_id", "status"), [("nobody", 460), ("a%20b", 400)])
def test_there_is_no_voiceprint_of_nobody(client: TestClient, user_id: str, status: int) -> None:
    refused(client.get(f"/vv/get_voiceprint/{user_id}"), status, "")


def test_both_lists_show_everybody(client: TestClient, kiosk: Kiosk) -> None:
    for user_id, voice in (("bob", "rms"), ("anna", "slt")):
        enroll(kiosk, user_id, voice)
    for route in ("/vv/list_enrollments", "/vv/list_enrollments/bob"):
        assert client.get(route).json() == {"ids": ["anna", "bob"]}


def test_deleting_erases_one_person(client: TestClient, kiosk: Kiosk) -> None:
    for user_id, voice in (("anna", "slt"), ("bob", "rms")):
        enroll(kiosk, user_id, voice)
    answer = client.delete("/vv/delete_enrollment/anna")
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.get("/vv/list_enrollments").json() == {"ids": ["bob"]}
    refused(client.delete("/vv/delete_enrollment/anna"), 400, "Nobody is enrolled")
    refused(client.delete("/vv/delete_enrollment/a%20b"), 400, "ID")


def test_unknown_addresses_and_methods_are_told_in_the_same_shape(client: TestClient) -> None:
    refused(client.get("/vv/nothing"), 404, "no such address")
    refused(client.get("/vv/enroll"), 405, "GET")


# --- keys -------------------------------------------------------------------------------------

ROUTES = [
    ("POST", "/start_stream", "verify"),
    ("POST", f"/upload_stream_data/{NOWHERE}", "verify"),
    ("GET", "/get_all_streams", "admin"),
    ("POST", "/vv/enroll", "enroll"),
    ("POST", "/vv/verify", "verify"),
    ("POST", "/vv/verify/anna", "verify"),
    ("GET", "/vv/get_voiceprint/anna", "voiceprints"),
    ("GET", "/vv/list_enrollments", "people"),
    ("GET", "/vv/list_enrollments/anna", "people"),
    ("DELETE", "/vv/delete_enrollment/anna", "people"),
    ("DELETE", "/vv/delete_all_enrollment", "people"),
]


@pytest.mark.parametrize(("method", "route", "right"), ROUTES)
def test_each_route_asks_other_machines_for_its_right(
    kiosk: Kiosk, method: str, route: str, right: str
) -> None:
    from kiosk.core.accounts.credentials import Right

    enroll(kiosk, "anna", "slt")
    others = set(Right) - {Right(right), Right.ADMIN}
    _, lacking = kiosk.api_keys.create("all others", others)
    _, having = kiosk.api_keys.create("the right one", {Right(right)})
    body = {"data": "YWJj", **claim(NOWHERE)}
    with service(kiosk, host="0.0.0.0") as context, client_of(context, "192.0.2.7") as client:

        def answer(key: str | None) -> Any:
            headers = {} if key is None else {"Authorization": f"Bearer {key}"}
            return client.request(method, route, json=body, headers=headers)

        refused(answer(None), 401, "API key")
        refused(answer("vk_wrong"), 401, "API key")
        refused(answer(lacking), 403, right)
        assert len(kiosk.people.everybody()) == 1
        assert answer(having).status_code in {200, 404, 409, 461}


def test_raw_voiceprints_need_a_key_on_this_machine_too_unless_told_otherwise(
    kiosk: Kiosk,
) -> None:
    enroll(kiosk, "anna", "slt")
    with service(kiosk) as context, client_of(context) as client:
        assert client.get("/vv/list_enrollments").status_code == 200
        refused(client.get("/vv/get_voiceprint/anna"), 401, "API key")
