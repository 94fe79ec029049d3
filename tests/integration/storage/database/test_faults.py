"""Full disks, read-only folders, locks, and processes that die."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import DatabaseLocked, DiskFull, StorageError, StorageReadOnly
from kiosk.storage.database.faults import translate
from kiosk.storage.sqlite import SqlDatabase
from tests.fakes.clock import START
from tests.fakes.keys import memory_box
from tests.fakes.samples import MODEL, attempt, person, quality, voiceprint
from tests.integration.storage.helpers import at_once, child, enroll, sql
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Mount a disk of its own; skips where that is not permitted."""
    folder.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder],
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting is not permitted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


# --- locked ----------------------------------------------------------------------------------


def test_a_locked_database_is_named_so_and_works_afterwards(
    database: SqlDatabase, file: Path
) -> None:
    impatient = SqlDatabase(file, timeout=0.05, box=memory_box())
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for _ in range(10):  # more often than the pool has connections
            with impatient() as unit, pytest.raises(DatabaseLocked):
                unit.people.add(person())
        with pytest.raises(DatabaseLocked):
            impatient.check()
    enroll(impatient, "test1")
    impatient.close()


def test_two_processes_that_read_and_write_never_find_it_locked(
    database: SqlDatabase, file: Path
) -> None:
    script = """
import sys
from kiosk.storage.sqlite import SqlDatabase
from tests.fakes.clock import START
from tests.fakes.samples import attempt, person
name, database = sys.argv[2], SqlDatabase(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for count in range(60):
    with database() as unit:
        # Reads first: what makes a deferred transaction fail when another process has written.
        total = int(unit.preferences.get("total") or 0)
        unit.people.attempts("test1")
        unit.preferences.set("total", str(total + 1), START)
        unit.people.add_attempt(attempt(count, name))
        unit.commit()
database.close()
"""
    # The names come first, then a number: attempt IDs must differ between the processes.
    script = script.replace("attempt(count, name)", "attempt(2 * count + int(name), name)")
    at_once([child(script, file, name) for name in ("0", "1")])
    with database() as unit:
        assert unit.preferences.get("total") == "120"  # no update was lost
        assert len(unit.people.attempts("0", limit=10**6)) == 60


# --- full ------------------------------------------------------------------------------------


def test_a_full_database_stores_nothing_and_works_again(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    with database._opened().connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        # SQLite's own limit gives the same result code as a full disk.
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(DiskFull):
        enroll_many(database, 50)
    with database() as unit:
        assert unit.people.user_ids() == ["test1"]
        assert unit.people.voiceprint("test1", MODEL) is not None
    database.close()
    enroll_many(database, 50)


def test_a_full_disk_stores_nothing_and_works_again(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m"):
        database = SqlDatabase(tmp_path / "disk" / "kiosk.db", box=memory_box())
        database.prepare()
        enroll(database, "test1")
        filler = tmp_path / "disk" / "filler"
        with pytest.raises(OSError, match="space"):
            fill(filler)
        with pytest.raises(DiskFull):
            enroll_many(database, 50)
        with database() as unit:
            assert unit.people.user_ids() == ["test1"]
            assert unit.people.voiceprint("test1", MODEL) is not None
        filler.unlink()
        enroll(database, "test2")
        assert database.check()["integrity"] == "ok"
        database.close()


def test_a_full_disk_is_named_when_the_database_is_created(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "16k"):
        database = SqlDatabase(tmp_path / "disk" / "kiosk.db", box=memory_box())
        with pytest.raises(DiskFull):
            database.prepare()
        subprocess.run(["mount", "-o", "remount,size=4m", tmp_path / "disk"], check=True)
        database.prepare()
        enroll(database, "test1")
        database.close()


def fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as stuff:
        while True:
            stuff.write(b"x" * 512)


def enroll_many(database: SqlDatabase, count: int) -> None:
    with database() as unit:
        for number in range(count):
            unit.people.add(person(f"many{number}"))
            unit.people.save_voiceprint(f"many{number}", voiceprint(number), quality(), START)
        unit.commit()


# --- read-only -------------------------------------------------------------------------------


def test_a_read_only_disk_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    with small_disk(folder, "4m"):
        database = SqlDatabase(folder / "kiosk.db", box=memory_box())
        database.prepare()
        enroll(database, "test1")
        database.close()
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        with pytest.raises(StorageReadOnly):
            database.prepare()
        with pytest.raises(StorageReadOnly):
            enroll(database, "test2")
        with pytest.raises(StorageReadOnly):
            SqlDatabase(folder / "new" / "kiosk.db").prepare()
        database.close()
        subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
        database.prepare()
        enroll(database, "test2")
        database.close()


def test_a_read_only_file_in_a_folder_that_is_not_is_named(
    database: SqlDatabase, file: Path
) -> None:
    enroll(database, "test1")
    database.close()
    try:
        subprocess.run(["mount", "--bind", file, file], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting is not permitted here")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", file], check=True)
        with pytest.raises(StorageReadOnly):
            database.prepare()
        with pytest.raises(StorageReadOnly):
            enroll(database, "test2")
    finally:
        subprocess.run(["umount", "--lazy", file], check=True)
    database.prepare()
    enroll(database, "test2")


def test_a_connection_that_may_not_write_is_named(database: SqlDatabase) -> None:
    with database._opened().connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
    with pytest.raises(StorageReadOnly):
        enroll(database, "test1")


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(StorageReadOnly, match="data"):
        SqlDatabase(tmp_path / "data" / "kiosk.db").prepare()


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "kiosk.db"
    folder.mkdir(mode=0o755)
    with pytest.raises(StorageReadOnly):
        SqlDatabase(folder).prepare()
    assert folder.stat().st_mode & 0o777 == 0o755


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_named(database: SqlDatabase, file: Path) -> None:
    enroll(database, "test1")
    database.close()
    file.parent.chmod(0o500)
    try:
        with pytest.raises(StorageReadOnly):
            enroll(database, "test2")
        with pytest.raises(StorageReadOnly):
            SqlDatabase(file.parent / "new" / "kiosk.db").prepare()
    finally:
        file.parent.chmod(0o700)
    enroll(database, "test2")


# --- killed ----------------------------------------------------------------------------------


def test_a_process_that_is_killed_leaves_only_whole_people(
    database: SqlDatabase, file: Path
) -> None:
    script = """
import itertools, sys
from kiosk.storage.sqlite import SqlDatabase
from tests.fakes.clock import START
from tests.fakes.keys import memory_box
from tests.fakes.samples import person, quality, voiceprint
database = SqlDatabase(sys.argv[1], box=memory_box())
for number in itertools.count(int(sys.argv[2])):
    with database() as unit:
        unit.people.add(person(f"p{number:06}"))
        unit.people.save_voiceprint(f"p{number:06}", voiceprint(number), quality(), START)
        unit.commit()
    print(f"p{number:06}", flush=True)
"""
    promised: list[str] = []
    for turn in range(4):
        process = child(script, file, turn * 10_000)
        assert process.stdout is not None
        promised += [process.stdout.readline().strip() for _ in range(3 + 5 * turn)]
        process.send_signal(signal.SIGKILL)
        rest, err = process.communicate(timeout=PATIENCE_S)
        assert err == ""
        promised += [line for line in rest.split("\n") if len(line) == 7]
        database.prepare()
        with database() as unit:
            found = unit.people.user_ids()
            # What was committed is there, and of what was not, nothing.
            assert set(promised) <= set(found)
            assert len(found) <= len(promised) + turn + 1
            assert [each.takes for each in unit.people.summaries()] == [3] * len(found)
            assert len(unit.people.voiceprints(MODEL)) == len(found)
    assert database.check()["integrity"] == "ok"


# --- everything else -------------------------------------------------------------------------


def test_an_unknown_failure_is_still_an_error_of_the_program(
    database: SqlDatabase, file: Path
) -> None:
    sql(file, "DROP TABLE attempt")
    with database() as unit, pytest.raises(StorageError) as caught:
        unit.people.add_attempt(attempt(1))
    assert type(caught.value) is StorageError
    assert caught.value.hint


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("ENOSPC", DiskFull),
        ("EDQUOT", DiskFull),
        ("EROFS", StorageReadOnly),
        ("EACCES", StorageReadOnly),
        ("EIO", StorageError),
    ],
)
def test_errors_of_the_file_system_have_their_names(number: str, kind: type[Exception]) -> None:
    import errno

    code = getattr(errno, number)
    assert type(translate(OSError(code, os.strerror(code), "/data"))) is kind
