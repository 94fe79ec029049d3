"""The lines of requests: their form, and what is never in them."""

from __future__ import annotations

import re
import socket
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import anyio
import pytest

from kiosk.api.records.addresses import Addresses
from kiosk.api.records.request_log import RequestLogging, line
from kiosk.api.routes import speech_engine, v1, voice_verifier
from kiosk.core.accounts.credentials import Right
from kiosk.core.api_policy import ApiPolicy
from kiosk.logs import FileRequestLog
from tests.api.doorway import PUBLIC, Lines, doorway, served

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import Message, Receive, Scope, Send

    from kiosk.api.records.request_log import RequestLog

SEED = re.compile(r'"[A-Z]+ \S+ HTTP/1\.1" \d{3} \d+')


def scope_of(path: str, method: str = "GET") -> Scope:
    return {"type": "http", "method": method, "path": path, "http_version": "1.1"}


# --- lines -----------------------------------------------------------------------------------


def test_the_line_of_the_seed_in_a_file_of_the_day(tmp_path: Path) -> None:
    at = datetime(2021, 8, 20, 4, 46, 52, 537_000, tzinfo=timezone(timedelta(hours=2)))
    log: RequestLog = FileRequestLog(tmp_path, clock=lambda: at)
    log.write(line(scope_of("/http_stream", method="POST"), "/http_stream", 200, 48))
    assert (tmp_path / "request-2021-08-20.log").read_text("utf-8") == (
        '2021-08-20 04:46:52,537 "POST /http_stream HTTP/1.1" 200 48\n'
    )
    assert (tmp_path / "request-2021-08-20.log").stat().st_mode & 0o777 == 0o600


# --- addresses -------------------------------------------------------------------------------

ROUTERS = (voice_verifier.router, speech_engine.router, *v1.routers())
STREAM = "4d038bd4-8d92-4d16-8697-36770463c4d8"


@pytest.fixture(scope="module")
def addresses() -> Addresses:
    return Addresses(route for router in ROUTERS for route in router.routes)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/http_stream", "/http_stream"),
        ("/vv/verify/anna", "/vv/verify/{external_id}"),
        (f"/vv/verify/{STREAM}", "/vv/verify/{external_id}"),  # a site may have such IDs
        ("/v1/people/people/attempts", "/v1/people/{external_id}/attempts"),
        (f"/http_stream/voiceprint/{STREAM}", f"/http_stream/voiceprint/{STREAM}"),
        (f"/upload_stream_data/{STREAM}", f"/upload_stream_data/{STREAM}"),
        ("/upload_stream_data/anna", "/upload_stream_data/{uuid}"),  # by mistake
        ("/vv/verfy/anna", "/vv/..."),
        ("/v1/people/anna/attempts/newest", "/v1/people/..."),
        ("/anna", "/..."),
        ('/a" 200 48', "/..."),  # nothing can look like the end of an address
        ("/a\n2021-08-20 04:46:52,537 b\u2028c", "/..."),
        ("/" + "a/" * 1_000, "/..."),
        ("/", "/..."),
        ("*", "/"),
    ],
)
def test_an_address_names_streams_and_nobody(addresses: Addresses, path: str, shown: str) -> None:
    assert addresses.shown(scope_of(path)) == shown


# --- requests --------------------------------------------------------------------------------


def test_every_request_leaves_its_line_whoever_answered() -> None:
    with doorway(ApiPolicy(rate_per_minute=1, burst=4, max_request_bytes=100)) as door:
        client = door.client()
        begun = client.post("/start_stream")
        client.get("/nothing")
        client.post("/vv/enroll", content=b" " * 101)
        client.get("/vv/list_enrollments", headers={"Origin": "https://evil.example"})
        client.get("/vv/list_enrollments", headers={"X-API-Key": "wrong"})
        limited = client.get("/vv/list_enrollments?limit=3")
        lines = door.log.wait_for(6)
    assert all(SEED.fullmatch(each) for each in lines)
    assert lines[0] == f'"POST /start_stream HTTP/1.1" 200 {len(begun.content)}'
    assert [each.split('"')[2].split()[0] for each in lines] == [
        *("200", "404", "413", "403", "401"),
        "429",
    ]
    assert lines[-1] == f'"GET /vv/list_enrollments HTTP/1.1" 429 {len(limited.content)}'


def test_no_log_holds_keys_queries_or_bodies() -> None:
    sound = "UklGR" * 48
    with doorway(PUBLIC) as door:
        key = door.key(Right.VERIFY)
        client = door.client(headers={"X-API-Key": key})
        uuid = client.post("/start_stream?token=hunter2").json()["uuid"]
        assert client.post(f"/upload_stream_data/{uuid}", json={"data": sound}).status_code == 200
        client.post(f"/upload_stream_data/{uuid}", json={"data": "not base64 hunter2"})
        lines = door.log.wait_for(3)
        logged = "\n".join(lines) + "".join(
            file.read_text("utf-8") for file in door.logs_dir.glob("*.log")
        )
    assert lines[1].startswith(f'"POST /upload_stream_data/{uuid} HTTP/1.1" 200 ')
    for secret in (key, key.split("_")[2], "hunter2", sound[:20]):
        assert secret not in logged


def test_no_line_names_a_person_whoever_answered() -> None:
    with doorway(ApiPolicy(rate_per_minute=1, burst=4)) as door:
        client = door.client()
        requests = (
            ("DELETE", "/v1/people/anna"),
            ("DELETE", "/vv/delete_enrollment/anna"),
            ("GET", "/vv/verify/anna"),
            ("GET", "/v1/people/anna?key=anna"),
            ("GET", "/v1/people/anna"),
        )
        statuses = [client.request(method, path).status_code for method, path in requests]
        lines = door.log.wait_for(len(requests))
    assert statuses == [404, 400, 405, 404, 429]
    assert all(SEED.fullmatch(each) for each in lines)
    assert "anna" not in "".join(lines)
    assert lines[0].startswith('"DELETE /v1/people/{external_id} HTTP/1.1" 404 ')


def test_a_client_that_left_is_recorded_as_such() -> None:
    with doorway(ApiPolicy(port=0)) as door, served(door) as where:
        with socket.create_connection(where) as connection:
            connection.sendall(
                b"POST /vv/enroll HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n{"
            )
        (only,) = door.log.wait_for(1)
    # Whatever the framework makes of half a body, nobody has read it.
    assert re.fullmatch(r'"POST /vv/enroll HTTP/1\.1" (499|400) \d+', only)


def run(app: object, log: Lines) -> None:
    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(_message: Message) -> None:
        pass

    wrapped = RequestLogging(app, log, Addresses(()))  # type: ignore[arg-type]
    anyio.run(wrapped, scope_of("/x"), receive, send)


def test_a_request_that_nobody_answered_is_recorded() -> None:
    log = Lines()

    async def silent(_scope: Scope, _receive: Receive, _send: Send) -> None:
        pass

    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError

    run(silent, log)
    with pytest.raises(RuntimeError):
        run(broken, log)
    assert log.written == ['"GET /... HTTP/1.1" 499 0', '"GET /... HTTP/1.1" 500 0']


def test_a_cancelled_request_is_recorded() -> None:
    log = Lines()

    async def cancelled(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"abc", "more_body": True})
        await anyio.sleep_forever()

    async def main() -> None:
        async def receive() -> Message:
            return {"type": "http.request"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.body":
                scope.cancel()

        with anyio.CancelScope() as scope:
            await RequestLogging(cancelled, log, Addresses(()))(scope_of("/x"), receive, send)

    anyio.run(main)
    assert log.written == ['"GET /... HTTP/1.1" 200 3']
