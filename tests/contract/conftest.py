"""Each contract runs against the real databases and the one that unit tests use."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from kiosk.storage.opening import database_at
from tests.fakes.keys import memory_box
from tests.fakes.records.audit import chain_of_tests
from tests.fakes.storage import InMemoryDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kiosk.core.ports import Database
    from tests.servers.postgresql import PostgresServer


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty database file, not to be changed."""
    file = tmp_path_factory.mktemp("empty") / "kiosk.db"
    made = database_at(file, memory_box(), chain_of_tests())
    made.prepare()
    made.close()
    return file


@pytest.fixture(scope="session")
def empty_on_server(postgresql: PostgresServer) -> str:
    """Return the name of an empty database, not to be changed."""
    made = database_at(postgresql.new_database("empty"), memory_box(), chain_of_tests())
    made.prepare()
    made.close()
    return "empty"


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    made: Database
    if request.param == "memory":
        made = InMemoryDatabase()
    elif request.param == "sqlite":
        # Copied: to migrate takes longer than most of the tests.
        file = shutil.copy(request.getfixturevalue("empty_file"), tmp_path / "kiosk.db")
        made = database_at(file, memory_box(), chain_of_tests())
    else:
        server = request.getfixturevalue("postgresql")
        address = server.new_database(like=request.getfixturevalue("empty_on_server"))
        made = database_at(address, memory_box(), chain_of_tests())
    made.prepare()
    yield made
    made.close()
