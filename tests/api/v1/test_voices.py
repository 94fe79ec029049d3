"""Enroll, verify and identify with files, on real voices and the built-in model."""

from __future__ import annotations

import tempfile
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from kiosk.core.accounts.credentials import Right
from tests.api.support import enroll as enroll_at_desk
from tests.api.support import sound_file, spoken, voice_file
from tests.api.v1.support import (
    NO_SOUND,
    a_word,
    key_with,
    metrics,
    problem,
    silence,
    takes,
    verify,
)

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient

    from kiosk.api.context import Context
    from kiosk.services.facade import Kiosk


# --- verifications ---------------------------------------------------------------------------


def test_who_was_enrolled_at_the_desk_is_verified_and_others_are_not(
    client: TestClient, kiosk: Kiosk
) -> None:
    enroll_at_desk(kiosk, "anna", "slt", takes=3)
    own = verify(client, "anna", voice_file("slt", 4)).json()
    other = verify(client, "anna", voice_file("rms", 4)).json()
    assert (own["outcome"], other["outcome"]) == ("verified", "not_verified")
    assert own["score"] >= own["threshold"] > other["score"]
    assert own["threshold"] == other["threshold"] == 0.25
    assert (own["external_id"], own["model_id"]) == ("anna", kiosk.engine.card.model_id)
    assert own["reasons"] == own["notices"] == []
    assert own["quality"]["duration_s"] == pytest.approx(spoken("slt", 4).seconds, abs=0.01)
    assert [a.outcome for a in kiosk.people.attempts("anna")] == ["not_verified", "verified"]
    assert kiosk.people.attempts("anna")[1].score == own["score"]


@pytest.mark.parametrize(("kind", "subtype"), [("FLAC", None), ("OGG", "VORBIS"), ("WAV", "FLOAT")])
def test_any_usual_format_is_read(
    client: TestClient, kiosk: Kiosk, kind: str, subtype: str | None
) -> None:
    enroll_at_desk(kiosk, "anna", "slt")
    recording = sound_file(spoken("slt", 3), kind, subtype)
    assert verify(client, "anna", recording).json()["outcome"] == "verified"


def test_a_poor_recording_is_inconclusive_and_says_why(client: TestClient, kiosk: Kiosk) -> None:
    enroll_at_desk(kiosk, "anna", "slt")
    answer = verify(client, "anna", a_word()).json()
    assert answer["outcome"] == "inconclusive"
    assert answer["score"] is None
    assert [why["code"] for why in answer["reasons"]] == ["too_short"]
    assert answer["reasons"][0]["advice"].endswith(".")
    assert kiosk.people.attempts("anna")[0].reasons == ("too_short",)


def test_a_disabled_person_is_locked_and_the_recording_is_not_even_read(
    client: TestClient, kiosk: Kiosk
) -> None:
    enroll_at_desk(kiosk, "anna", "slt")
    kiosk.people.set_enabled("anna", enabled=False)
    for recording in (voice_file("slt", 3), NO_SOUND):
        answer = verify(client, "anna", recording).json()
        assert answer["outcome"] == "locked"
        assert answer["score"] is answer["threshold"] is answer["quality"] is None
        assert [why["code"] for why in answer["reasons"]] == ["person_disabled"]
    assert kiosk.people.attempts("anna") == []


def test_unknown_people_are_not_found(client: TestClient) -> None:
    assert (
        "nobody"
        in problem(verify(client, "bob", voice_file("slt", 0)), 404, "unknown-person")[
            "detail"
        ].lower()
    )


@pytest.mark.parametrize("recording", [NO_SOUND, b"RIFF", b"RIFF\x24\0\0\0WAVEfmt "])
def test_what_is_no_recording_is_refused(
    client: TestClient, kiosk: Kiosk, recording: bytes
) -> None:
    enroll_at_desk(kiosk, "anna", "slt")
    problem(verify(client, "anna", recording), 422, "bad-audio")
    assert kiosk.people.attempts("anna") == []


def test_an_empty_file_is_refused(client: TestClient, kiosk: Kiosk) -> None:
    enroll_at_desk(kiosk, "anna", "slt")
    assert "empty" in problem(verify(client, "anna", b""), 422, "bad-audio")["detail"]


def test_the_form_must_be_a_form(client: TestClient) -> None:
    problem(client.post("/v1/verifications", json={"external_id": "anna"}), 415)
    problem(client.post("/v1/verifications"), 415)
    half = {"Content-Type": "multipart/form-data"}
    problem(client.post("/v1/verifications", content=b"--x", headers=half), 400)
    half = {"Content-Type": "multipart/form-data; boundary=x"}
    problem(client.post("/v1/verifications", content=b"nonsense", headers=half), 400)


def test_the_recording_must_be_a_file(client: TestClient) -> None:
    form = {"external_id": (None, "anna"), "audio": (None, "text")}
    told = problem(client.post("/v1/verifications", files=form), 400, "invalid-request")
    assert told["errors"][0]["field"] == "audio"
    assert "text" not in str(told["errors"])


def test_recordings_never_touch_the_disk(
    client: TestClient, kiosk: Kiosk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enroll_at_desk(kiosk, "anna", "slt")
    recording = sound_file(spoken("slt", 3), "WAV", "DOUBLE") + bytes(3_000_000)
    # Nothing can be written where temporary files go, and whatever tries fails.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    assert verify(client, "anna", recording).json()["outcome"] == "verified"


def test_a_full_queue_answers_when_to_come_back(
    client: TestClient, kiosk: Kiosk, context: Context
) -> None:
    enroll_at_desk(kiosk, "anna", "slt")
    context.inference._inside = 100
    try:
        response = verify(client, "anna", voice_file("slt", 3))
    finally:
        context.inference._inside = 0
    problem(response, 503, "busy")
    assert int(response.headers["retry-after"]) >= 1
    assert b"kiosk_inference_refused_total 1.0" in metrics(context)


def test_not_everybody_may_fill_the_memory_at_once(client: TestClient, kiosk: Kiosk) -> None:
    enroll_at_desk(kiosk, "anna", "slt")
    app: Any = client.app
    app.state.uploads = Counter({"key other": 18})
    response = verify(client, "anna", voice_file("slt", 3))
    problem(response, 503, "busy")
    assert response.headers["retry-after"] == "1"
    others = Counter({"key other": 17})
    app.state.uploads = others.copy()
    assert verify(client, "anna", voice_file("slt", 3)).status_code == 200
    assert app.state.uploads == others
    problem(verify(client, "anna", NO_SOUND), 422, "bad-audio")
    assert app.state.uploads == others


def test_no_key_takes_all_places(client: TestClient, kiosk: Kiosk) -> None:
    enroll_at_desk(kiosk, "anna", "slt")
    stored, text = kiosk.api_keys.create("greedy", {Right.VERIFY})
    greedy, other = {"X-API-Key": text}, key_with(kiosk, Right.VERIFY)
    app: Any = client.app
    app.state.uploads = Counter({f"key {stored.key_id}": 4})
    form: Any = {"data": {"external_id": "anna"}, "files": {"audio": ("a", NO_SOUND)}}
    problem(client.post("/v1/verifications", headers=greedy, **form), 503, "busy")
    for headers in (other, {}):
        answer = client.post("/v1/verifications", headers=headers, **form)
        problem(answer, 422, "bad-audio")


def test_without_a_model_nothing_is_decided(
    client: TestClient,
    kiosk: Kiosk,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    enroll_at_desk(kiosk, "anna", "slt")
    monkeypatch.setattr(kiosk.engine, "_encoder", None)
    problem(verify(client, "anna", voice_file("slt", 3)), 503, "no-model")
    caplog.clear()


# --- identifications -------------------------------------------------------------------------


def test_everybody_is_ranked_and_the_best_one_named(client: TestClient, kiosk: Kiosk) -> None:
    for user_id, voice in (("anna", "slt"), ("rob", "rms"), ("ewan", "awb")):
        enroll_at_desk(kiosk, user_id, voice)
    answer = client.post("/v1/identifications", files=takes("rms", 4)).json()
    assert answer["outcome"] == "identified"
    assert answer["candidates"][0]["external_id"] == "rob"
    scores = [candidate["score"] for candidate in answer["candidates"]]
    assert scores == sorted(scores, reverse=True)
    assert answer["margin"] == pytest.approx(scores[0] - scores[1])
    first = client.post("/v1/identifications", data={"limit": "1"}, files=takes("rms", 4)).json()
    assert first["candidates"] == answer["candidates"][:1]
    assert first["margin"] == answer["margin"]
    kiosk.people.remove("rob")
    assert client.post("/v1/identifications", files=takes("rms", 4)).json()["outcome"] == "unknown"


def test_a_poor_recording_identifies_nobody(client: TestClient, kiosk: Kiosk) -> None:
    enroll_at_desk(kiosk, "anna", "slt")
    answer = client.post("/v1/identifications", files={"audio": ("a", silence(2))}).json()
    assert (answer["outcome"], answer["candidates"]) == ("inconclusive", [])
    assert [why["code"] for why in answer["reasons"]] == ["no_speech"]


def test_nobody_can_be_identified_where_nobody_is_enrolled(client: TestClient) -> None:
    response = client.post("/v1/identifications", files=takes("slt", 0))
    problem(response, 409, "not-enrolled")
