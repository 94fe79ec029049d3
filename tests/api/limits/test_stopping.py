"""How requests end that are under way when the service does."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from kiosk.api import binding
from kiosk.api.server import Server, listen
from kiosk.core.api_policy import ApiPolicy
from tests.api.doorway import doorway
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from tests.api.doorway import Doorway

HEAD = b"POST /v1/verifications HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n%s\r\n"
FORM = b"Content-Type: multipart/form-data; boundary=x\r\n"


class Running:
    """A server on a real port.

    Attributes:
        connection: of a client.
    """

    def __init__(self, door: Doorway) -> None:
        listener = listen(door.policy)
        where = listener.getsockname()[:2]
        answering = threading.Event()
        self._server = Server(door.app, door.policy, listener, lambda _address: answering.set())
        self._thread = threading.Thread(target=self._server.serve_until_stopped)
        self._thread.start()
        assert answering.wait(PATIENCE_S)
        self.connection = socket.create_connection(where, timeout=PATIENCE_S)

    def close(self) -> None:
        """Stop, and wait for the end."""
        self.connection.close()
        self.stop()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    def stop(self) -> None:
        """Begin to stop."""
        self._server.stop()

    def answer(self) -> tuple[int, bytes]:
        """Return status and body of what is answered, until the server closes."""
        answered = b"".join(iter(lambda: self.connection.recv(65_536), b""))
        head, _, body = answered.partition(b"\r\n\r\n")
        return int(head.split()[1]), body


@pytest.fixture
def door() -> Iterator[Doorway]:
    with doorway(ApiPolicy(port=0, body_timeout_s=60.0)) as made:
        yield made


def test_a_body_that_does_not_arrive_is_given_up_in_words(
    door: Doorway, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(Running(door)) as running:
        running.connection.sendall(b"GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert running.connection.recv(65_536).startswith(b"HTTP/1.1 200")  # it is connected
        running.connection.sendall(HEAD % (100_000, FORM) + b"--x")
        running.stop()
        status, body = running.answer()
    told = json.loads(body)
    assert status == told["status"] == 503
    assert told["type"] == "urn:voice-kiosk:problem:shutting-down"
    assert "hint" in told
    assert door.log.wait_for(2)[1].startswith('"POST /v1/verifications HTTP/1.1" 503 ')
    assert [record.getMessage() for record in caplog.records if record.levelname != "INFO"] == []


@pytest.mark.expects_log
def test_work_that_takes_too_long_is_given_up_in_words(
    door: Doorway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(binding, "_GRACE_S", 1)
    entered, go_on = threading.Event(), threading.Event()
    app: FastAPI = door.app

    @app.get("/v1/slow")
    def slow() -> None:
        entered.set()
        assert go_on.wait(PATIENCE_S)

    with closing(Running(door)) as running:
        try:
            running.connection.sendall(b"GET /v1/slow HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert entered.wait(PATIENCE_S)
            running.stop()
            status, body = running.answer()
        finally:
            go_on.set()
    assert status == 503
    assert json.loads(body)["type"] == "urn:voice-kiosk:problem:shutting-down"
    assert [record.message for record in caplog.records if record.exc_info] == []
