"""The stream routes of VoiceVerifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kiosk.api.hearing.stream_errors import StreamStoreDown
from tests.api.seed_routes.support import NOWHERE, claim, post, refused
from tests.api.support import base64_of, client_of, enroll, service, stream_with

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from kiosk.api.context import Context
    from kiosk.services.facade import Kiosk


def test_streams_are_started_and_listed(client: TestClient) -> None:
    assert client.get("/get_all_streams").json() == {"streams": []}
    started = [client.post("/start_stream").json()["uuid"] for _ in range(3)]
    assert sorted(client.get("/get_all_streams").json()["streams"]) == sorted(started)


def test_an_upload_is_answered_without_a_body(client: TestClient, context: Context) -> None:
    stream = client.post("/start_stream").json()["uuid"]
    answer = client.post(f"/upload_stream_data/{stream}", json={"data": base64_of(b"abc")})
    assert (answer.status_code, answer.content) == (200, b"")
    assert context.streams.read(stream) == [b"abc"]


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({}, "data"),
        ({"data": ""}, "no data"),
        ({"data": " \n"}, "no data"),
        ({"data": None}, "data"),
        ({"data": 5}, "data"),
        ({"data": "not base64!"}, "not base64"),
        ({"data": "YWJ"}, "not base64"),
        ({"data": "\ud800"}, "not base64"),
        ([], "body"),
    ],
)
def test_an_upload_that_is_no_base64_is_refused(
    client: TestClient, context: Context, body: Any, part: str
) -> None:
    stream = client.post("/start_stream").json()["uuid"]
    refused(post(client, f"/upload_stream_data/{stream}", body), 400, part)
    assert context.streams.read(stream) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b'{"data": "\xff"}', b"\x00"])
def test_a_body_that_is_no_json_is_refused(client: TestClient, content: bytes) -> None:
    stream = client.post("/start_stream").json()["uuid"]
    answer = client.post(
        f"/upload_stream_data/{stream}",
        content=content,
        headers={"Content-Type": "application/json"},
    )
    refused(answer, 400, "")


@pytest.mark.parametrize("stream", [NOWHERE, "x", "%00", "%F0%9F%8E%A4", "a" * 2_000])
def test_an_upload_to_no_stream_is_refused(client: TestClient, stream: str) -> None:
    answer = client.post(f"/upload_stream_data/{stream}", json={"data": base64_of(b"abc")})
    refused(answer, 404, "no stream")


def test_a_stream_that_is_full_takes_no_more(kiosk: Kiosk) -> None:
    with service(kiosk, max_stream_bytes=1_000) as context, client_of(context) as client:
        stream = stream_with(client, bytes(1_000))
        body = {"data": base64_of(b"x")}
        refused(client.post(f"/upload_stream_data/{stream}", json=body), 413, "1,000 bytes")
        assert context.streams.read(stream) == [bytes(1_000)]


def test_too_many_streams_are_refused_with_a_time_to_come_back(kiosk: Kiosk) -> None:
    with service(kiosk, max_streams=2) as context, client_of(context) as client:
        for _ in range(2):
            assert client.post("/start_stream").status_code == 200
        answer = client.post("/start_stream")
        refused(answer, 429, "2 streams")
        assert answer.headers["retry-after"] == "50"


@pytest.mark.expects_log
def test_a_stream_store_that_is_down_is_503(
    client: TestClient, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise StreamStoreDown("The stream store does not answer.")

    for name in ("create", "append", "ids", "read"):
        monkeypatch.setattr(context.streams, name, down)
    enroll(context.kiosk, "anna", "slt")
    for answer in (
        client.post("/start_stream"),
        client.get("/get_all_streams"),
        client.post(f"/upload_stream_data/{NOWHERE}", json={"data": "YWJj"}),
        client.post("/vv/verify", json=claim(NOWHERE)),
        client.post("/vv/enroll", json=claim(NOWHERE, "bob")),
    ):
        refused(answer, 503, "does not answer")
