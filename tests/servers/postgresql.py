"""A real PostgreSQL server for the tests, where its programs are installed."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.accounts import account, folder_of
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLACES = Path("/usr/lib/postgresql")
_numbers = itertools.count(1)
_FAST = "-c fsync=off -c full_page_writes=off -c listen_addresses="


@dataclass
class PostgresServer:
    """A server that listens on a socket in its own folder.

    Attributes:
        programs: folder of ``pg_ctl`` and the others.
        folder: of the data and the socket.
        owner: the account it runs under.
    """

    programs: Path
    folder: Path
    owner: dict[str, Any]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [self.programs / program, *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=self.folder,
            timeout=PATIENCE_S,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            **self.owner,
        )
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    def create(self) -> None:
        # Sorted as people expect it: what the program sorts by code point must not depend on it.
        self.run(
            "initdb",
            *(
                "-D",
                str(self.data),
                "-U",
                "kiosk",
                "--auth=trust",
                "--no-sync",
                "--no-instructions",
            ),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en"),
        )

    def start(self) -> None:
        self.run(
            "pg_ctl",
            *("start", "--wait", "-D", str(self.data), "-l", str(self.folder / "log")),
            *("-o", f"{_FAST} -k {self.folder}"),
        )

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "--wait", "-m", "immediate", "-D", str(self.data))

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement behind the program's back; columns are separated by ``|``."""
        return self.run(
            "psql",
            *("-h", str(self.folder), "-U", "kiosk", "-d", database, "-AtqX"),
            *("-v", "ON_ERROR_STOP=1", "-c", statement),
        ).strip()

    def new_database(self, name: str | None = None, *, like: str = "template1") -> str:
        """Return the address of a new database.

        Args:
            name: by default one that no other has.
            like: the database that it is a copy of; by default an empty one.
        """
        name = name or f"test{next(_numbers)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url(name)

    def url(self, name: str, user: str = "kiosk") -> str:
        return f"postgresql+psycopg://{user}@/{name}?host={self.folder}"


def programs() -> Path | None:
    """Return the folder of the newest server that is installed."""
    versions = sorted(_PLACES.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def running() -> Iterator[PostgresServer]:
    """Start a server; skips where there is none, or no account for it."""
    found = programs()
    if found is None:
        pytest.skip("no PostgreSQL server is installed")
    pytest.importorskip("psycopg")
    try:
        owner = account()
    except LookupError as exc:
        pytest.skip(str(exc))
    with folder_of(owner) as folder:
        server = PostgresServer(found, folder, owner)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresServer]:
    """Return the server that all tests share; each takes a database of its own."""
    with running() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql: PostgresServer) -> str:
    """Return the address of an empty database."""
    return postgresql.new_database()
