"""Creating, migrating and refusing the database file."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from kiosk.core.errors import (
    DatabaseCorrupt,
    DatabaseLocked,
    SettingsInvalid,
    StorageError,
)
from kiosk.storage import schema
from kiosk.storage.sqlite import SqlDatabase
from tests.fakes.clock import START
from tests.fakes.keys import memory_box
from tests.fakes.samples import quality, voiceprint
from tests.integration.storage.database.files import mode
from tests.integration.storage.helpers import child, enroll, sql
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path


# --- files -----------------------------------------------------------------------------------


def test_everything_is_private_whatever_the_umask(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_late(path: Path, *_: object) -> None:
        pytest.fail(f"{path} was open to others for a moment")

    monkeypatch.setattr("pathlib.Path.chmod", too_late)
    before = os.umask(0)
    try:
        database = SqlDatabase(file, box=memory_box())
        database.prepare()
        enroll(database, "test1")
        present = {path.name: mode(path) for path in file.parent.iterdir()}
        database.close()
    finally:
        os.umask(before)
    assert mode(file.parent) == 0o700
    assert present == {
        "kiosk.db": 0o600,
        "kiosk.db-shm": 0o600,
        "kiosk.db-wal": 0o600,
        "kiosk.db.lock": 0o600,
        "kiosk.db.reserve": 0o600,
    }


@pytest.mark.parametrize("wrong", [0o644, 0o400])
def test_a_file_with_another_mode_is_put_right(
    database: SqlDatabase, file: Path, wrong: int
) -> None:
    database.close()
    file.chmod(wrong)
    database.prepare()
    assert mode(file) == 0o600


def test_missing_parents_are_private_and_existing_ones_stay(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    SqlDatabase(tmp_path / "a" / "b" / "kiosk.db").prepare()
    assert mode(tmp_path / "a") == mode(tmp_path / "a" / "b") == 0o700
    assert mode(tmp_path) == 0o755


def test_a_unit_of_work_never_creates_the_file(file: Path) -> None:
    file.parent.mkdir()
    database = SqlDatabase(file)
    with database() as unit, pytest.raises(StorageError, match="does not exist"):
        unit.people.user_ids()
    with pytest.raises(StorageError, match="does not exist"):
        database.check()
    assert list(file.parent.iterdir()) == []


@pytest.mark.parametrize("name", ["a b%#?&.db", "дане.db"])
def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    database = SqlDatabase(tmp_path / name, box=memory_box())
    database.prepare()
    enroll(database, "test1")
    database.close()
    assert (tmp_path / name).stat().st_size > 0


def test_a_url_names_the_same_file(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    same = SqlDatabase(f"sqlite:///{file}")
    assert same.file == file
    with same() as unit:
        assert unit.people.user_ids() == ["test1"]
    same.close()


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "postgresql://me:hunter2@host/db"]
)
def test_a_url_of_anything_else_is_refused(url: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        SqlDatabase(url)
    assert "hunter2" not in str(caught.value)


def test_the_constructor_touches_nothing(file: Path) -> None:
    SqlDatabase(file)
    assert not file.parent.exists()


def test_importing_and_constructing_is_cheap() -> None:
    script = """
import sys
from kiosk.storage.sqlite import SqlDatabase
SqlDatabase("kiosk.db")
print(sorted({"sqlalchemy", "alembic"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    assert done.stdout == "[]\n"


# --- pragmas ---------------------------------------------------------------------------------


def test_connections_are_safe(database: SqlDatabase) -> None:
    with database._opened().connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
    assert found == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "synchronous": 2,  # FULL
    }


def test_erased_voices_are_gone_from_every_file(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    (blob,) = sql(file, "SELECT embedding FROM take LIMIT 1")[0]
    with database() as unit:
        unit.people.remove("test1")
        unit.commit()
    # Without closing: the kiosk runs for months.
    for path in file.parent.iterdir():
        assert blob[:64] not in path.read_bytes(), path.name
        assert b"test1" not in path.read_bytes(), path.name


def test_a_replaced_voice_is_gone_from_every_file(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1", seed=1)
    (blob,) = sql(file, "SELECT embedding FROM take LIMIT 1")[0]
    with database() as unit:
        unit.people.save_voiceprint("test1", voiceprint(2), quality(), START)
        unit.commit()
    for path in file.parent.iterdir():
        assert blob[:64] not in path.read_bytes(), path.name


def test_an_open_reader_does_not_stop_an_erasure(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM person").fetchone() == (1,)
        with database() as unit:
            unit.people.remove("test1")
            unit.commit()
    with database() as unit:
        assert unit.people.user_ids() == []


def test_an_erasure_is_reported_as_done_when_only_the_log_could_not_be_emptied(
    database: SqlDatabase, file: Path
) -> None:
    enroll(database, "test1")

    def refuse(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with database() as unit:
        unit.people.remove("test1")
        event.listen(database._opened(), "checkout", refuse)
        unit.commit()
    assert sql(file, "SELECT count(*) FROM person") == [(0,)]


# --- damage ----------------------------------------------------------------------------------


def test_what_is_no_database_is_refused_and_kept(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"These are the holiday pictures. " * 200)
    before = file.read_bytes()
    with pytest.raises(DatabaseCorrupt):
        SqlDatabase(file).prepare()
    assert file.read_bytes() == before


def test_a_truncated_file_is_refused_and_kept(database: SqlDatabase, file: Path) -> None:
    for number in range(5):
        enroll(database, f"test{number}", number)
    database.close()
    os.truncate(file, file.stat().st_size // 2)
    before = file.read_bytes()
    with pytest.raises(DatabaseCorrupt):
        SqlDatabase(file).prepare()
    assert file.read_bytes() == before
    with pytest.raises(DatabaseCorrupt):
        database.check()


# --- several processes -----------------------------------------------------------------------


def test_several_processes_prepare_at_once(file: Path) -> None:
    script = """
import sys
from kiosk.storage.sqlite import SqlDatabase
sys.stdin.readline()
database = SqlDatabase(sys.argv[1])
database.prepare()
print(database.check()["schema"])
"""
    processes = [child(script, file) for _ in range(3)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        out, err = process.communicate(timeout=PATIENCE_S)
        assert (out, err) == (f"{schema.head()}\n", "")


def test_preparing_while_another_process_does_times_out(file: Path) -> None:
    file.parent.mkdir()
    with closing(sqlite3.connect(f"{file}.lock", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseLocked):
            SqlDatabase(file, prepare_timeout=0.05).prepare()
    SqlDatabase(file, prepare_timeout=0.05).prepare()
