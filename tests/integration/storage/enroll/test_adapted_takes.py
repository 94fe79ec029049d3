"""Adapted takes lie in the file as enrolled ones do: sealed, and bound to whose they are."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import TemplateUnreadable
from tests.contract.enrolled import enroll
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, embedding

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.storage.sqlite import SqlDatabase


@pytest.fixture
def learned(database: SqlDatabase) -> SqlDatabase:
    for number in (1, 2):
        enroll(database, f"test{number}", seed=number)
        with database() as unit:
            unit.adapted.add(f"test{number}", embedding(number), START, 3)
            unit.commit()
    return database


def change(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(statement)
        connection.commit()


def test_no_number_of_the_voice_is_in_the_file(learned: SqlDatabase, file: Path) -> None:
    vector = embedding(1).vector
    with closing(sqlite3.connect(file)) as connection:
        ((stored, key_id, dim),) = connection.execute(
            "SELECT embedding, key_id, dim FROM adapted_take WHERE id = 1"
        ).fetchall()
    assert key_id
    assert dim == len(vector)
    for kind in ("<f4", ">f4", "<f8", "<f2"):
        whole = vector.astype(kind).tobytes()
        size = len(whole) // len(vector)
        assert whole[: 2 * size] not in stored
    learned.close()
    for path in file.parent.iterdir():
        if path.is_file():
            assert vector.astype("<f4").tobytes()[:8] not in path.read_bytes()


def test_a_take_fits_nowhere_else(learned: SqlDatabase, file: Path) -> None:
    change(file, "UPDATE adapted_take SET voiceprint_id = 1, position = 1 WHERE id = 2")
    with learned() as unit, pytest.raises(TemplateUnreadable):
        unit.adapted.of("test1", MODEL)


def test_an_enrolled_take_is_no_adapted_one(learned: SqlDatabase, file: Path) -> None:
    change(
        file,
        "UPDATE adapted_take SET embedding = (SELECT embedding FROM take WHERE position = 0 "
        "AND voiceprint_id = 1) WHERE id = 1",
    )
    with learned() as unit, pytest.raises(TemplateUnreadable):
        unit.adapted.of("test1", MODEL)


def test_what_is_rolled_back_is_overwritten(learned: SqlDatabase, file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        ((stored,),) = connection.execute("SELECT embedding FROM adapted_take WHERE id = 1")
    with learned() as unit:
        assert unit.adapted.clear("test1") == 1
        unit.commit()
    learned.close()
    for path in file.parent.iterdir():
        if path.is_file():
            assert stored not in path.read_bytes()
            assert stored[12:60] not in path.read_bytes()
