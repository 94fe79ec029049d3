"""A prepared database of its own for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.storage.database import SqlDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "kiosk.db"


@pytest.fixture
def database(file: Path) -> Iterator[SqlDatabase]:
    made = SqlDatabase(file)
    made.prepare()
    yield made
    made.close()
