"""A prepared database of its own for each test."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from kiosk.storage.database.files import make_private_folder
from kiosk.storage.sqlite import SqlDatabase
from tests.fakes.keys import memory_box
from tests.fakes.records.audit import chain_of_tests
from tests.integration.storage.set_up import set_up
from tests.integration.storage.vaulted import Vaulted, started
from tests.support.homes import living_in, move_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "kiosk.db"


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty database file, not to be changed."""
    file = tmp_path_factory.mktemp("empty") / "kiosk.db"
    made = SqlDatabase(file, box=memory_box(), chain=chain_of_tests())
    made.prepare()
    made.close()
    return file


@pytest.fixture
def database(empty_file: Path, file: Path) -> Iterator[SqlDatabase]:
    make_private_folder(file.parent)
    shutil.copy(empty_file, file)
    made = SqlDatabase(file, box=memory_box(), chain=chain_of_tests())
    made.prepare()
    yield made
    made.close()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Vaulted]:
    """Return the storage of a kiosk with its keys, used by an administrator."""
    with started(tmp_path / "data", tmp_path / "keys") as made:
        yield made


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a kiosk that was set up and started once; not to be changed."""
    with living_in(tmp_path_factory.mktemp("prepared")) as folder:
        set_up(folder)
    return folder


@pytest.fixture
def folder(prepared: Path, data_dir: Path) -> Path:
    """Return a folder of one's own with such a kiosk."""
    move_in(prepared, data_dir)
    return data_dir
