"""Each route of SpeechEngine and each status that it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fastapi.routing import APIRoute

from kiosk.api.hearing.stream_errors import StreamStoreDown
from kiosk.api.routes import speech_engine
from kiosk.core.accounts.credentials import Right
from tests.api.seed_routes.support import NOWHERE, post, refused
from tests.api.support import (
    base64_of,
    client_of,
    service,
    sound_file,
    spoken,
    stream_with,
    take,
    voice_file,
)
from tests.api.v1.support import verify

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from kiosk.api.context import Context
    from kiosk.services.facade import Kiosk

ROUTES = [
    ("GET", "/http_stream", Right.ADMIN),
    ("POST", "/http_stream", Right.VERIFY),
    ("POST", f"/http_stream/{NOWHERE}", Right.VERIFY),
    ("DELETE", f"/http_stream/{NOWHERE}", Right.VERIFY),
    ("GET", f"/http_stream/voiceprint/{NOWHERE}", Right.VOICEPRINTS),
    ("POST", "/speakeridt/compare_vp", Right.VOICEPRINTS),
]
BODY = {"data": "YWJj", "voiceprint1": [1.0, 0.0], "voiceprint2": [0.0, 1.0]}


def compare(client: TestClient, one: object, other: object) -> Any:
    # Not by the client's own encoder, which refuses what is to be refused by the service.
    return post(client, "/speakeridt/compare_vp", {"voiceprint1": one, "voiceprint2": other})


# --- streams ----------------------------------------------------------------------------------


def test_a_stream_from_its_start_to_its_end(client: TestClient, context: Context) -> None:
    stream = client.post("/http_stream").json()["uuid"]
    assert client.get("/http_stream").json() == {"streams": [stream]}
    answer = client.post(f"/http_stream/{stream}", json={"data": base64_of(b"abc")})
    assert (answer.status_code, answer.content) == (200, b"")
    assert context.streams.read(stream) == [b"abc"]
    answer = client.delete(f"/http_stream/{stream}")
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.get("/http_stream").json() == {"streams": []}


def test_both_services_share_their_streams(client: TestClient) -> None:
    one = client.post("/start_stream").json()["uuid"]
    other = client.post("/http_stream").json()["uuid"]
    assert set(client.get("/get_all_streams").json()["streams"]) == {one, other}
    assert set(client.get("/http_stream").json()["streams"]) == {one, other}


@pytest.mark.parametrize("body", [{}, {"data": ""}, {"data": "?"}, {"data": 1}])
def test_an_upload_that_is_no_base64_is_400(client: TestClient, body: dict[str, object]) -> None:
    stream = client.post("/http_stream").json()["uuid"]
    refused(client.post(f"/http_stream/{stream}", json=body), 400, "data")


def test_what_is_done_to_no_stream_is_404(client: TestClient) -> None:
    refused(client.post(f"/http_stream/{NOWHERE}", json={"data": "YWJj"}), 404, "no stream")
    refused(client.delete(f"/http_stream/{NOWHERE}"), 404, "no stream")
    refused(client.get(f"/http_stream/voiceprint/{NOWHERE}"), 404, "no stream")


def test_limits_are_413_and_429(kiosk: Kiosk) -> None:
    limits = {"max_streams": 1, "max_stream_bytes": 10}
    with service(kiosk, **limits) as context, client_of(context) as client:
        stream = client.post("/http_stream").json()["uuid"]
        body = {"data": base64_of(bytes(11))}
        refused(client.post(f"/http_stream/{stream}", json=body), 413, "10 bytes")
        refused(client.post("/http_stream"), 429, "1 streams")


def test_a_stream_store_that_is_down_is_512(
    client: TestClient, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise StreamStoreDown("The stream store does not answer.")

    for name in ("create", "append", "ids", "read", "delete"):
        monkeypatch.setattr(context.streams, name, down)
    for answer in (
        client.get("/http_stream"),
        client.post("/http_stream"),
        client.post(f"/http_stream/{NOWHERE}", json={"data": "YWJj"}),
        client.delete(f"/http_stream/{NOWHERE}"),
        client.get(f"/http_stream/voiceprint/{NOWHERE}"),
    ):
        refused(answer, 512, "does not answer")


# --- voiceprints ------------------------------------------------------------------------------


def test_the_voiceprint_of_a_stream_is_that_of_its_speech(client: TestClient, kiosk: Kiosk) -> None:
    stream = stream_with(client, voice_file("slt", 0))
    shown = client.get(f"/http_stream/voiceprint/{stream}").json()["voiceprint"]
    expected = take(kiosk, "slt", 0).embedding.vector
    np.testing.assert_allclose(shown, expected, atol=1e-5)
    assert len(shown) == kiosk.engine.card.dim


@pytest.mark.parametrize(
    "sound", [b"", b"RIFF", sound_file(spoken("slt", 0).cut(0, 400)), bytes(96_000)]
)
def test_a_stream_without_speech_has_no_voiceprint(client: TestClient, sound: bytes) -> None:
    stream = stream_with(client, sound)
    refused(client.get(f"/http_stream/voiceprint/{stream}"), 400, "")


def test_comparing_voiceprints_of_streams_gives_the_cosine_of_a_verification(
    client: TestClient, kiosk: Kiosk
) -> None:
    one, other = (stream_with(client, voice_file("slt", number)) for number in (0, 1))
    assert client.post("/vv/enroll", json={"uuid": one, "external_id": "a"}).status_code == 200
    verified = verify(client, "a", voice_file("slt", 1)).json()
    raw = [client.get(f"/http_stream/voiceprint/{each}").json() for each in (one, other)]
    answer = compare(client, raw[0]["voiceprint"], raw[1]["voiceprint"])
    cosine = verified["basis"]["cosines"][kiosk.engine.card.model_id]
    assert answer.json()["score"] == pytest.approx(cosine, abs=1e-5)


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ([1.0, 0.0], [3.0, 0.0], 1.0),
        ([1, 0], [-5, 0], -1.0),
        ([1.0, 1.0], [1.0, -1.0], 0.0),
        ([29.84, -15.6], [29.84, 15.6], (29.84**2 - 15.6**2) / (29.84**2 + 15.6**2)),
        ([1.0] * 4_096, [1.0] * 4_096, 1.0),
    ],
)
def test_the_score_is_the_cosine(
    client: TestClient, one: list[float], other: list[float], score: float
) -> None:
    assert compare(client, one, other).json() == {"score": pytest.approx(score, abs=1e-6)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1.0, 0.0], [1.0, 0.0, 0.0]),
        ([], []),
        ([1.0, float("nan")], [1.0, 0.0]),
        ([1.0, float("inf")], [1.0, 0.0]),
        ([0.0, 0.0], [1.0, 0.0]),
        ([1e308, 1e308], [1.0, 0.0]),
        ([10**400], [1.0]),
        (["1.0", 0.0], [1.0, 0.0]),
        ([True, 0.0], [1.0, 0.0]),
        ([None], [1.0]),
        ([[1.0]], [1.0]),
        ("1.0", "1.0"),
        ({"0": 1.0}, [1.0]),
        ([1.0] * 4_097, [1.0] * 4_097),
    ],
)
def test_what_is_no_pair_of_voiceprints_is_400(
    client: TestClient, one: object, other: object
) -> None:
    refused(compare(client, one, other), 400, "")


def test_an_integer_beyond_all_bounds_is_400(client: TestClient) -> None:
    answer = client.post(
        "/speakeridt/compare_vp",
        content='{"voiceprint1": [' + "9" * 5_000 + '], "voiceprint2": [1]}',
        headers={"Content-Type": "application/json"},
    )
    refused(answer, 400, "")


# --- who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "route", "right"), ROUTES)
def test_other_machines_do_not_see_the_service(
    kiosk: Kiosk, method: str, route: str, right: Right
) -> None:
    _, key = kiosk.api_keys.create("everything", {right})
    headers = {"X-API-Key": key}
    with service(kiosk, host="0.0.0.0") as context, client_of(context, "192.0.2.7") as client:
        answer = client.request(method, route, json=BODY)
        nothing = client.request(method, "/there/is/nothing", json=BODY)
        refused(answer, 401, "")
        assert (answer.status_code, answer.text) == (nothing.status_code, nothing.text)
        refused(client.request(method, route, json=BODY, headers=headers), 403, "closed")
    opened = {"host": "0.0.0.0", "seed_engine_open": True}
    with service(kiosk, **opened) as context, client_of(context, "192.0.2.7") as client:
        refused(client.request(method, route, json=BODY), 401, "API key")
        answer = client.request(method, route, json=BODY, headers=headers)
        assert answer.status_code in {200, 404}
        assert "address" not in answer.text


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"])
@pytest.mark.parametrize("route", ["/http_stream", f"/http_stream/{NOWHERE}", "/speakeridt/x"])
@pytest.mark.parametrize("content", [b"", b"{broken"])
def test_nothing_tells_other_machines_of_the_service(
    kiosk: Kiosk, method: str, route: str, content: bytes
) -> None:
    _, key = kiosk.api_keys.create("everything", set(Right))
    with service(kiosk, host="0.0.0.0") as context, client_of(context, "192.0.2.7") as client:
        json = {"Content-Type": "application/json"}
        answer, nothing = (
            client.request(method, each, content=content, headers=json)
            for each in (route, "/there/is/nothing")
        )
        assert answer.status_code == (401 if content else 404)
        assert (answer.status_code, answer.content) == (nothing.status_code, nothing.content)
        assert answer.headers == nothing.headers
        for shown, status in ((key, 403), ("wrong", 401)):
            headers = {**json, "X-API-Key": shown}
            answer = client.request(method, route, content=content, headers=headers)
            assert answer.status_code == status
            assert "Allow" not in answer.headers


def test_all_addresses_of_the_service_are_hidden() -> None:
    for route in speech_engine.router.routes:
        assert isinstance(route, APIRoute)
        assert f"/{route.path.split('/')[1]}" in speech_engine.ROOTS


def test_raw_voiceprints_need_a_key_unless_told_otherwise(kiosk: Kiosk) -> None:
    with service(kiosk) as context, client_of(context) as client:
        assert client.post("/http_stream").status_code == 200
        refused(client.get(f"/http_stream/voiceprint/{NOWHERE}"), 401, "API key")
        refused(compare(client, [1.0], [1.0]), 401, "API key")
