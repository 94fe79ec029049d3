"""Stored data that is damaged gives a clear error or the right answer, never anything else."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.core.errors import DatabaseCorrupt, KioskError, TemplateUnreadable
from kiosk.core.keys.ports import Binding
from tests.fakes.keys import memory_box
from tests.fakes.samples import DIM, MODEL, attempt, embedding, voiceprint
from tests.integration.storage.helpers import enroll, sql

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.storage.sqlite import SqlDatabase

UNIT = np.zeros(DIM, dtype="<f4")
UNIT[3] = 1.0


def _with(index: int, value: float) -> bytes:
    vector = UNIT.copy()
    vector[index] = value
    return vector.tobytes()


def test_what_is_stored_is_sealed(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1", seed=7)
    rows = sql(file, "SELECT embedding, dim, key_id FROM take ORDER BY position")
    assert [(dim, key_id) for _, dim, key_id in rows] == [(DIM, "test-key")] * 3
    plain = [take.vector.astype("<f4").tobytes() for take in voiceprint(7).takes]
    # A byte of version, a nonce and a tag more than the embedding, and nothing of it inside.
    assert [len(blob) for blob, *_ in rows] == [1 + 12 + 4 * DIM + 16] * 3
    assert not any(
        embedding[i : i + 4] in blob
        for blob, *_ in rows
        for embedding in plain
        for i in range(0, len(embedding), 4)
    )


def test_a_voiceprint_that_was_slipped_in_is_refused(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    sql(file, "UPDATE take SET embedding = ?, key_id = NULL", UNIT.tobytes())
    with database() as unit, pytest.raises(TemplateUnreadable, match="test1 is not encrypted"):
        unit.people.voiceprint("test1", MODEL)


def test_the_voiceprint_of_somebody_else_is_refused(database: SqlDatabase, file: Path) -> None:
    enroll(database, "victim", seed=1)
    enroll(database, "attacker", seed=2)
    sql(file, "UPDATE person SET user_id = 'other' WHERE user_id = 'victim'")
    sql(file, "UPDATE person SET user_id = 'victim' WHERE user_id = 'attacker'")
    with database() as unit, pytest.raises(TemplateUnreadable, match="victim"):
        unit.people.voiceprint("victim", MODEL)


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        UNIT.tobytes()[:-1],
        UNIT.tobytes() + b"\0\0\0\0",
        b"\0" * 4 * DIM,
        b"\xff" * 4 * DIM,
        _with(0, float("nan")),
        _with(0, float("inf")),
        _with(0, 0.1),
        UNIT.astype(">f4").tobytes(),
        "text in place of bytes",
    ],
    ids=["empty", "short", "long", "zero", "ones", "nan", "inf", "norm", "big-endian", "text"],
)
def test_a_damaged_embedding_is_refused_by_the_persons_id(
    database: SqlDatabase, file: Path, blob: bytes | str
) -> None:
    enroll(database, "sound", seed=1)
    enroll(database, "hurt", seed=2)
    (voiceprint_id,) = sql(
        file,
        "SELECT v.id FROM voiceprint v JOIN person p ON p.id = v.person_id WHERE p.user_id = ?",
        "hurt",
    )[0]
    sql(
        file,
        "UPDATE take SET embedding = ? WHERE voiceprint_id = ? AND position = 1",
        blob,
        voiceprint_id,
    )
    with database() as unit:
        with pytest.raises((DatabaseCorrupt, TemplateUnreadable), match="hurt"):
            unit.people.voiceprint("hurt", MODEL)
        with pytest.raises((DatabaseCorrupt, TemplateUnreadable), match="hurt"):
            unit.people.voiceprints(MODEL)
        assert unit.people.voiceprint("sound", MODEL) is not None
        # The way out that the message names works.
        unit.people.remove("hurt")
        assert len(unit.people.voiceprints(MODEL)) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM take",
        "UPDATE take SET dim = 0",
        "UPDATE take SET dim = -192",
        "UPDATE take SET dim = 'many'",
    ],
)
def test_a_voiceprint_without_sound_takes_is_refused(
    database: SqlDatabase, file: Path, statement: str
) -> None:
    enroll(database, "test1")
    sql(file, statement)
    with database() as unit, pytest.raises(DatabaseCorrupt, match="test1"):
        unit.people.voiceprint("test1", MODEL)


def test_takes_of_different_sizes_are_refused(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    ((enrollment_id,),) = sql(file, "SELECT enrollment_id FROM voiceprint")
    binding = Binding("test1", MODEL, "take", 0, enrollment_id, 3)
    small = memory_box().seal(embedding(9, dim=4), binding)
    sql(file, "UPDATE take SET embedding = ?, dim = 4 WHERE position = 0", small.data)
    with database() as unit, pytest.raises(DatabaseCorrupt, match="test1"):
        unit.people.voiceprint("test1", MODEL)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE person SET created_at = 'yesterday'",
        "UPDATE take SET quality = 'no JSON'",
        "UPDATE take SET quality = '[1]'",
        'UPDATE take SET quality = \'{"snr_db": "high"}\'',
        "UPDATE attempt SET reasons = '3'",
        "UPDATE attempt SET threshold = 'high'",
        "UPDATE attempt SET at = ''",
    ],
)
def test_damaged_values_are_refused(database: SqlDatabase, file: Path, statement: str) -> None:
    enroll(database, "test1")
    with database() as unit:
        unit.people.add_attempt(attempt(1))
        unit.commit()
    sql(file, statement)
    with database() as unit:
        people = unit.people

        def read() -> None:
            people.get("test1")
            people.takes("test1", MODEL)
            people.attempts("test1")

        with pytest.raises(DatabaseCorrupt, match="test1"):
            read()


@pytest.mark.parametrize("table", ["person", "take"])
def test_no_error_quotes_what_was_to_be_stored(
    database: SqlDatabase, file: Path, table: str
) -> None:
    sql(file, f"DROP TABLE {table}")
    with pytest.raises(KioskError) as caught:
        enroll(database, "test2")
    shown: list[str] = []
    error: BaseException | None = caught.value
    while error is not None:
        shown.append(str(error))
        error = error.__cause__
    assert len(shown) > 1
    assert all("Ada" not in text and "net_speech_s" not in text for text in shown)


def test_random_damage_is_never_more_than_an_error(database: SqlDatabase, file: Path) -> None:
    for number in range(8):
        enroll(database, f"test{number}", number)
        with database() as unit:
            unit.people.add_attempt(attempt(number, f"test{number}"))
            unit.commit()
    database.close()
    sound = file.read_bytes()
    refused = 0
    for seed in range(60):
        dice = random.Random(seed)
        damaged = bytearray(sound)
        for _ in range(4):
            at = dice.randrange(len(damaged))
            damaged[at : at + 16] = dice.randbytes(len(damaged[at : at + 16]))
        file.write_bytes(damaged)
        try:
            _use(database)
        except KioskError:
            refused += 1
        finally:
            database.close()
            for suffix in ("-wal", "-shm"):
                file.with_name(file.name + suffix).unlink(missing_ok=True)
    assert refused > 0


def _use(database: SqlDatabase) -> None:
    database.prepare()
    database.check()
    with database() as unit:
        unit.people.summaries()
        for user_id in unit.people.user_ids():
            unit.people.get(user_id)
            unit.people.voiceprint(user_id, MODEL)
            unit.people.takes(user_id, MODEL)
            unit.people.attempts(user_id)
        unit.people.voiceprints(MODEL)
        unit.people.add_attempt(attempt(os.getpid(), "test1"))
        unit.people.remove_all()
        unit.commit()
