"""A real Redis or Valkey server for the tests, where one is installed."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERVERS = ("valkey-server", "redis-server")
_READY = "eady to accept connections"  # the first letter differs between versions
_COMMON = ("--save", "", "--appendonly", "no", "--port", "0", "--loglevel", "notice")


@dataclass
class RedisServer:
    """A server that listens on a socket in its own folder.

    Attributes:
        program: the server's.
        folder: of its socket.
        options: more of its options.
    """

    program: str
    folder: Path
    options: tuple[str, ...] = ()
    _process: subprocess.Popen[str] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return f"unix://{self.folder}/s"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self.program, *_COMMON, "--unixsocket", f"{self.folder}/s", *self.options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            text=True,
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if _READY in line:
                return
        raise AssertionError("".join(said))

    def pause(self) -> None:
        """Let it answer no more, as a machine that hangs."""
        self._running.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._running.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate(timeout=PATIENCE_S)

    @property
    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None
        return self._process


def free_port() -> int:
    """Return a port of this machine that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def program() -> str | None:
    """Return the server that is installed."""
    return next((found for name in _SERVERS if (found := shutil.which(name))), None)


@contextmanager
def running(*options: str) -> Iterator[RedisServer]:
    """Start a server; skips where there is none."""
    found = program()
    if found is None:
        pytest.skip("neither Valkey nor Redis is installed")
    pytest.importorskip("redis")
    # Not tmp_path: the path of a socket has at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="kr-") as folder:
        server = RedisServer(found, Path(folder), options)
        server.start()
        try:
            yield server
        finally:
            with suppress(AssertionError):
                server.resume()
            server.stop()


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[RedisServer]:
    """Return the server that all tests share."""
    with running() as server:
        yield server


@pytest.fixture
def redis_url(shared_redis: RedisServer) -> str:
    """Return the address of an empty store."""
    import redis

    with redis.Redis.from_url(shared_redis.url) as client:
        client.flushall()
    return shared_redis.url
