"""Enroll, verify and identify with files, on real voices and the built-in model."""

from __future__ import annotations

import tempfile
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kiosk.core.accounts.credentials import Right
from kiosk.core.hearing.audio import AudioClip
from tests.api.support import enroll as enroll_at_desk
from tests.api.support import sound_file, spoken, voice_file
from tests.api.v1.support import NO_SOUND, enroll, key_with, problem, takes, verify

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient

    from kiosk.api.context import Context
    from kiosk.services.facade import Kiosk


def _silence(seconds: float) -> bytes:
    return sound_file(AudioClip(np.zeros(int(16_000 * seconds), np.float32)))


def _a_word() -> bytes:
    return sound_file(spoken("slt", 0).cut(0, 16_000))


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
    files = [*takes("slt", 0), ("audio", ("b", _silence(3), "")), ("audio", ("c", _a_word(), ""))]
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
    assert b'kiosk_enrollments_total{outcome="refused"} 1.0' in _metrics(context)


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
    answer = verify(client, "anna", _a_word()).json()
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
    assert b"kiosk_inference_refused_total 1.0" in _metrics(context)


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
    answer = client.post("/v1/identifications", files={"audio": ("a", _silence(2))}).json()
    assert (answer["outcome"], answer["candidates"]) == ("inconclusive", [])
    assert [why["code"] for why in answer["reasons"]] == ["no_speech"]


def test_nobody_can_be_identified_where_nobody_is_enrolled(client: TestClient) -> None:
    response = client.post("/v1/identifications", files=takes("slt", 0))
    problem(response, 409, "not-enrolled")


def _metrics(context: Context) -> bytes:
    return context.metrics.text(context.inference, context.streams)
