"""The real application with all its middleware, on a database of its own; no voice model."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from starlette.testclient import TestClient

from kiosk.api.app import create_app
from kiosk.api.assembly import assembled
from kiosk.api.limits.rates import RateLimiter
from kiosk.api.server import Server, listen
from kiosk.bootstrap import build
from kiosk.core.api_policy import ApiPolicy
from kiosk.settings import load_settings
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from kiosk.api.context import Context
    from kiosk.core.accounts.credentials import Right
    from kiosk.services.facade import Kiosk

HERE = "127.0.0.1"
ELSEWHERE = "192.0.2.7"
"""An address of another machine, reserved for documentation (RFC 5737)."""
PUBLIC = ApiPolicy(host="0.0.0.0")  # the whole network; the test client opens no socket


class Lines:
    """Implements :class:`kiosk.api.records.request_log.RequestLog`.

    Attributes:
        written: the lines, oldest first.
    """

    def __init__(self) -> None:
        self.written: list[str] = []
        self._changed = threading.Condition()

    def write(self, line: str) -> None:
        with self._changed:
            self.written.append(line)
            self._changed.notify_all()

    def wait_for(self, count: int) -> list[str]:
        """Return the lines once there are so many: each is written after its answer was sent."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.written) >= count, PATIENCE_S), (
                self.written
            )
            return list(self.written)


@dataclass(frozen=True)
class Doorway:
    """What a test asks, and looks at afterwards."""

    kiosk: Kiosk
    context: Context
    app: FastAPI
    log: Lines
    logs_dir: Path
    policy: ApiPolicy = field(default_factory=ApiPolicy)

    def client(
        self,
        address: str = HERE,
        *,
        host: str = "127.0.0.1:3000",
        headers: dict[str, str] | None = None,
    ) -> TestClient:
        """Return a client at an address, which asks for the service under a name."""
        return TestClient(
            self.app,
            f"http://{host}",
            headers=headers,
            client=(address, 50_000),
            raise_server_exceptions=False,
        )

    def key(self, *rights: Right) -> str:
        """Return a new key with these rights."""
        return self.kiosk.api_keys.create("test", rights)[1]

    def activity(self) -> list[str]:
        """Return the lines of the activity log, without their times."""
        files = sorted(self.logs_dir.glob("activity-*.log"))
        return [line[24:] for file in files for line in file.read_text("utf-8").splitlines()]


@contextmanager
def doorway(policy: ApiPolicy | None = None) -> Iterator[Doorway]:
    """Open the application in the test's own data folder."""
    settings = load_settings()
    chosen = policy or ApiPolicy()
    log = Lines()
    with build(settings) as kiosk:
        kiosk.startup.run(lambda _name: None, until="storage")
        with assembled(kiosk, chosen, log) as made:
            # Its clock stands still: while a slow machine answers, nobody earns another request.
            context = replace(made, limiter=RateLimiter(chosen, clock=lambda: 0.0))
            yield Doorway(kiosk, context, create_app(context), log, settings.logs_dir, chosen)


@contextmanager
def served(door: Doorway) -> Iterator[tuple[str, int]]:
    """Serve the application on a real socket of this machine; yield where."""
    listener = listen(door.policy)
    where = listener.getsockname()[:2]
    answering = threading.Event()
    server = Server(door.app, door.policy, listener, lambda _address: answering.set())
    thread = threading.Thread(target=server.serve_until_stopped)
    thread.start()
    try:
        assert answering.wait(PATIENCE_S), "the server did not start"
        yield where
    finally:
        server.stop()
        thread.join()
