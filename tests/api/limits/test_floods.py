"""What many requests, slow ones, and such that nobody reads, do to everybody else."""

from __future__ import annotations

import asyncio
import logging
import socket
from functools import partial
from typing import TYPE_CHECKING

import anyio
import pytest

from kiosk.api.accounts.clients import Caller
from kiosk.api.limits.arrivals import Arrivals
from kiosk.api.limits.sizes import SizeLimit
from kiosk.api.limits.slow_clients import impatient
from kiosk.api.quiet import repeats_thinned
from kiosk.core.api_policy import ApiPolicy
from tests.api.doorway import HERE, PUBLIC, doorway, served
from tests.support.jumping import run_jumping
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any

    from starlette.types import Message, Receive, Scope, Send

PEOPLE = "/vv/list_enrollments"
STREAM = "/http_stream/4d038bd4-8d92-4d16-8697-36770463c4d8"
CALLER = Caller(HERE, local=True)


class Request:
    """A request whose body arrives as a test says; keeps the status of the answer.

    Attributes:
        status: of the answer; 0 before.
        headers: of the answer.
        read: parts of the body that were taken before the answer.
    """

    def __init__(
        self,
        parts: list[bytes],
        caller: Caller = CALLER,
        *,
        path: str = STREAM,
        wait: Callable[[], Awaitable[object]] | None = None,
        headers: tuple[tuple[bytes, bytes], ...] = ((b"transfer-encoding", b"chunked"),),
    ) -> None:
        self._parts = list(parts)
        self._wait = wait
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.read = 0
        self.scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "headers": list(headers),
            "state": {"caller": caller},
        }

    async def receive(self) -> Message:
        if self._wait is not None:
            await self._wait()
        part = self._parts.pop(0) if self._parts else b""
        self.read += not self.status
        return {"type": "http.request", "body": part, "more_body": bool(self._parts)}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = dict(message["headers"])


async def taking(_scope: Scope, receive: Receive, send: Send) -> None:
    """Read the whole body, then answer 200: an application."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def limited(
    policy: ApiPolicy | None = None, max_held: int = 10**9
) -> Callable[[Request], Coroutine[Any, Any, None]]:
    app = SizeLimit(taking, policy or ApiPolicy(), Arrivals(), max_held)

    async def ask(request: Request) -> None:
        await app(request.scope, request.receive, request.send)

    return ask


# --- slowly ----------------------------------------------------------------------------------


def test_drops_of_a_body_win_no_time() -> None:
    async def drip() -> None:
        request = Request([b" "] * 1_000, wait=partial(anyio.sleep, 0.02))
        await limited(ApiPolicy(body_timeout_s=0.2))(request)
        assert request.status == 408
        assert request.read < 20

    run_jumping(drip)


def test_a_body_that_arrives_fast_enough_may_take_longer() -> None:
    async def flow() -> None:
        # 0.3 s in all, which is more than the timeout, for as much as may take 2 s.
        request = Request([b" " * 10_000] * 10, wait=partial(anyio.sleep, 0.03))
        await limited(ApiPolicy(body_timeout_s=0.2))(request)
        assert request.status == 200

    run_jumping(flow)


# --- much ------------------------------------------------------------------------------------


def test_bodies_of_all_connections_are_counted_together_and_given_back() -> None:
    async def crowd() -> None:
        ask = limited(max_held=1_000)
        arrived, go_on = anyio.Event(), anyio.Event()
        held = Request([b" " * 800, b" " * 200])
        first = held.receive

        async def pausing() -> Message:
            if held.read:
                arrived.set()
                await go_on.wait()
            return await first()

        held.receive = pausing  # type: ignore[method-assign]
        async with anyio.create_task_group() as group:
            group.start_soon(ask, held)
            with anyio.fail_after(PATIENCE_S):
                await arrived.wait()
            refused, small = Request([b" " * 300]), Request([b" " * 200])
            await ask(refused)
            await ask(small)
            go_on.set()
        assert (refused.status, refused.headers[b"retry-after"]) == (503, b"1")
        assert (small.status, held.status) == (200, 200)
        again = Request([b" " * 1_000])
        await ask(again)
        assert again.status == 200

    anyio.run(crowd)


@pytest.mark.parametrize(
    ("path", "kind", "limit"),
    [
        (STREAM, "application/json", 16_000_000),
        ("/upload_stream_data/x", "application/json", 16_000_000),
        ("/v1/enrollments", "multipart/form-data; boundary=x", 32_000_000),
        ("/vv/enroll", "multipart/form-data; boundary=x", 1_000_000),
        ("/vv/enroll", "application/json", 1_000_000),
        ("/speakeridt/compare_vp", "application/json", 1_000_000),
        ("/v1/people/anna", "application/json", 1_000_000),
        ("/upload_stream_data/x/y", "application/json", 1_000_000),
    ],
)
def test_only_recordings_are_large(path: str, kind: str, limit: int) -> None:
    async def ask(size: int) -> int:
        headers = ((b"content-length", str(size).encode()), (b"content-type", kind.encode()))
        request = Request([b"x"], path=path, headers=headers)
        await limited()(request)
        return request.status

    assert anyio.run(ask, limit) == 200
    assert anyio.run(ask, limit + 1) == 413


# --- strangers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers", [((b"transfer-encoding", b"chunked"),), ((b"content-length", b"2"),)]
)
@pytest.mark.parametrize("refused", [False, True])
def test_nothing_of_a_strangers_body_is_read_before_the_answer(
    headers: tuple[tuple[bytes, bytes], ...], refused: bool
) -> None:
    stranger = Caller("192.0.2.7", local=False, refused=refused)
    request = Request([b"{", b"}"], stranger, headers=headers)
    anyio.run(limited(PUBLIC), request)
    assert (request.status, request.read) == (401, 0)
    assert request.headers[b"connection"] == b"close"


# --- the log ---------------------------------------------------------------------------------


def test_names_and_pages_that_are_refused_have_a_share_of_their_own() -> None:
    with doorway() as door:
        client = door.client()
        codes = [client.get(PEOPLE, headers={"Host": "evil.example"}) for _ in range(70)]
        counted = [answer.status_code for answer in codes]
        assert counted[:60] == [421] * 60
        assert counted[-1] == 429
        assert int(codes[-1].headers["Retry-After"]) >= 1
        assert codes[-1].headers["Connection"] == "close"
        # A page in a browser of this machine must not keep its programs out.
        assert client.get(PEOPLE).status_code == 200


def test_repeated_warnings_of_the_server_are_thinned(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("uvicorn.error")
    with caplog.at_level(logging.INFO), repeats_thinned():
        for _ in range(20):
            logger.warning("Invalid HTTP request received.")
        logger.warning("Something else.")
        for _ in range(3):
            logger.error("A failure.")
    said = [record.getMessage() for record in caplog.records]
    times = ["", *(f" ({count} times)" for count in (2, 4, 8, 16))]
    assert said == [
        *(f"Invalid HTTP request received.{each}" for each in times),
        "Something else.",
        *["A failure."] * 3,
    ]
    caplog.clear()
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            logger.warning("Invalid HTTP request received.")
    assert len(caplog.records) == 3  # nothing of it stays behind


@pytest.mark.expects_log
def test_bytes_that_are_no_http_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with doorway(ApiPolicy(port=0)) as door, served(door) as where:
        for _ in range(9):
            with socket.create_connection(where, timeout=PATIENCE_S) as connection:
                connection.sendall(b"\0\0\0\r\n\r\n")
                assert b"400" in connection.recv(100)
    warned = [record for record in caplog.records if record.name == "uvicorn.error"]
    assert len([each for each in warned if each.levelno == logging.WARNING]) == 4


def test_a_wish_for_web_sockets_is_answered_as_any_request_and_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with doorway(ApiPolicy(port=0)) as door, served(door) as where:
        for upgrade in (b"websocket", b"h2c"):
            with socket.create_connection(where, timeout=PATIENCE_S) as connection:
                connection.sendall(
                    b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close, Upgrade\r\n"
                    b"Upgrade: " + upgrade + b"\r\n\r\n"
                )
                with connection.makefile("rb") as answer:
                    assert answer.read().startswith(b"HTTP/1.1 200 ")
        door.log.wait_for(2)
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


# --- nobody reads ----------------------------------------------------------------------------


def test_a_client_that_never_reads_is_given_up() -> None:
    async def unread() -> None:
        from uvicorn.config import Config
        from uvicorn.server import ServerState

        ended = anyio.Event()

        async def endless(_scope: Scope, _receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            try:
                # The server takes what is sent to a client that has gone, and says nothing.
                for _ in range(1_000):
                    body = {"type": "http.response.body", "body": bytes(100_000)}
                    await send({**body, "more_body": True})
            finally:
                ended.set()

        config = Config(endless, lifespan="off", log_config=None)
        config.load()
        state = ServerState()
        loop = asyncio.get_running_loop()
        make = impatient(5.0, 0.2)
        server = await loop.create_server(
            lambda: make(config=config, server_state=state, app_state={}), "127.0.0.1", 0
        )
        with socket.create_connection(server.sockets[0].getsockname()) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            with anyio.fail_after(PATIENCE_S):
                await ended.wait()
        assert not state.connections
        server.close()
        await server.wait_closed()

    anyio.run(unread)
