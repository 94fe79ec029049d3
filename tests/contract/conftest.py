"""Each contract runs against the real database and the one that unit tests use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.storage.database import SqlDatabase
from tests.fakes.storage import InMemoryDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kiosk.core.ports import Database


@pytest.fixture(params=["memory", "sql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    made: Database = (
        InMemoryDatabase() if request.param == "memory" else SqlDatabase(tmp_path / "kiosk.db")
    )
    made.prepare()
    yield made
    made.close()
