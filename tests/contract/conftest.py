"""Each contract runs against the real databases and the one that unit tests use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.storage.opening import database_at
from tests.fakes.audit import chain_of_tests
from tests.fakes.keys import memory_box
from tests.fakes.storage import InMemoryDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kiosk.core.ports import Database


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    made: Database
    if request.param == "memory":
        made = InMemoryDatabase()
    elif request.param == "sqlite":
        made = database_at(tmp_path / "kiosk.db", memory_box(), chain_of_tests())
    else:
        made = database_at(
            request.getfixturevalue("postgresql_url"), memory_box(), chain_of_tests()
        )
    made.prepare()
    yield made
    made.close()
