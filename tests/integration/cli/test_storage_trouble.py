"""Databases that cannot be used: one clear line, exit code 2, and no byte of them is changed."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.homes import move_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.cli.support import Cli, Sounds


def test_a_database_of_a_newer_program(cli: Cli, enrolled: Path) -> None:
    file = enrolled / "kiosk.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    before = file.read_bytes()
    cli.refuses("DB-004", "users", "list")
    assert file.read_bytes() == before


@pytest.mark.parametrize("damage", ["overwritten", "replaced"])
def test_a_damaged_database(cli: Cli, sounds: Sounds, enrolled: Path, damage: str) -> None:
    file = enrolled / "kiosk.db"
    content = bytearray(file.read_bytes())
    if damage == "overwritten":
        content[4096:] = bytes(i % 251 for i in range(len(content) - 4096))
        file.write_bytes(content)
    else:
        file.write_bytes(b"This is no database.\n" * 300)
    before = file.read_bytes()
    cli.refuses("DB-002", "verify", "--user", "anna", sounds("slt", 4))
    assert file.read_bytes() == before


def test_a_database_that_somebody_else_holds(cli: Cli, enrolled: Path) -> None:
    with closing(sqlite3.connect(enrolled / "kiosk.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        answer = cli("users", "remove-all", "--yes", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (2, "DB-003")
    assert answer.err.count("\n") == 1
    assert len(cli("users", "list", "--json").json["users"]) == 2


@pytest.fixture
def small_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Return a disk of its own, of 2 MiB or so many; skips where mounting is not permitted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    size = f"size={getattr(request, 'param', 2)}m"
    mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting is not permitted here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> Path:
    """Leave no space on a disk."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    return filler


def test_a_full_disk_stores_nothing(
    cli: Cli, sounds: Sounds, two_people: Path, small_disk: Path
) -> None:
    data = small_disk / "data"
    move_in(two_people, data)
    files = [sounds("awb", number) for number in range(3)]
    enroll: tuple[str | Path, ...] = (
        "--data-dir",
        data,
        "enroll",
        "--user",
        "angus",
        "--consent",
        *files,
        "--json",
    )
    filler = fill(small_disk)
    full = cli(*enroll)
    assert (full.code, full.json["error"]["code"]) == (2, "DB-006")
    assert full.err.splitlines()[-1].startswith("kiosk: DB-006 ")
    filler.unlink()
    listed = cli("--data-dir", data, "users", "list", "--json").json["users"]
    assert {person["user"]: person["takes"] for person in listed} == {"anna": 3, "rob": 3}
    assert cli(*enroll).code == 0

    filler = fill(small_disk)
    out = small_disk / "angus.json"
    export = cli("--data-dir", data, "users", "export", "angus", "--out", out, "--json")
    assert (export.code, export.json["error"]["code"]) == (2, "DB-006")
    assert {path.name for path in small_disk.iterdir()} == {"data", "filler"}
    filler.unlink()


@pytest.mark.parametrize("small_disk", [16], indirect=True)
def test_on_a_full_disk_people_are_found_shown_and_erased(
    cli: Cli, two_people: Path, small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = small_disk / "data"
    move_in(two_people, data)
    monkeypatch.setenv("KIOSK_DATA_DIR", str(data))
    assert cli("users", "list").code == 0  # makes the reserve where there is none
    fill(small_disk)
    for command in (
        ("users", "list"),
        ("users", "show", "anna"),
        ("audit", "verify"),
        ("audit", "export", tmp_path / "records.jsonl"),
        ("users", "export", "anna", "--out", tmp_path / "anna.json"),
        ("users", "remove", "anna", "--yes"),
        ("users", "remove-all", "--yes"),
        ("audit", "verify"),
    ):
        done = cli(*command)
        assert done.code == 0, (command, done.err)
    assert cli("users", "list", "--json").json == {"users": []}


def test_a_folder_that_cannot_be_written(cli: Cli, tmp_path: Path) -> None:
    # Not by permissions, which do not bind the root user of a build machine.
    place = Path("/proc/sys/kiosk")
    answer = cli("--data-dir", place, "users", "list", "--json")
    assert answer.code == 2
    assert answer.json["error"]["code"] in {"DB-001", "DB-005"}
    assert answer.err.splitlines()[-1].startswith("kiosk: DB-")
    file = tmp_path / "file"
    file.touch()
    cli.refuses("USR-001", "--data-dir", file, "users", "list")
    cli.refuses("CFG-001", "--data-dir", file / "below", "users", "list")
