"""An older program on the data of a newer one: refused everywhere in words, and the way back."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from kiosk.installation import version
from kiosk.storage import schema
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.support import Cli, Sounds


@pytest.fixture
def newer(cli: Cli, enrolled: Path) -> Path:
    """Return the data folder after a newer program, which made a backup before it migrated."""
    assert cli("backup", "create").code == 0
    with closing(sqlite3.connect(enrolled / "kiosk.db")) as database:
        database.execute("ALTER TABLE person ADD COLUMN pronoun TEXT NOT NULL DEFAULT ''")
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    return enrolled


@pytest.mark.parametrize(
    "command",
    [
        ("users", "list"),
        ("identify", "{probe}"),
        ("verify", "--user", "anna", "{probe}"),
        ("enroll", "--user", "eve", "--consent", "{probe}"),
        ("operators", "list"),
        ("keys", "status"),
        ("audit", "verify"),
        ("api-key", "list"),
        ("backup", "create"),
        ("serve", "--port", "0"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_every_command_refuses_it_and_says_what_to_do(
    cli: Cli, sounds: Sounds, newer: Path, command: tuple[str, ...]
) -> None:
    before = (newer / "kiosk.db").read_bytes()
    answer = cli(*(word.format(probe=sounds("slt", 4)) for word in command))
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("kiosk: DB-004 A newer version of this program wrote the database")
    assert f"its schema is 9999, and version {version()} knows those up to {schema.head()}." in (
        answer.err
    )
    assert "Install the newer version again" in answer.err
    assert "kiosk backup restore FILE" in answer.err
    assert answer.err.count("\n") == 1
    assert (newer / "kiosk.db").read_bytes() == before


def test_doctor_names_it_among_its_findings(cli: Cli, newer: Path) -> None:
    answer = cli("doctor", "--json")
    assert answer.code == 1
    (database,) = [each for each in answer.json["findings"] if each["name"] == "database"]
    assert not database["ok"]
    assert database["detail"].startswith("DB-004")
    assert "kiosk backup restore" in database["hint"]


@pytest.mark.usefixtures("newer")
def test_the_window_is_out_of_service_and_ends_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk", "--verbose", "run", "--window"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        told = next((line for line in process.stderr if "DB-004" in line), "")
        assert "not in service: DB-004 A newer version of this program wrote the database" in told
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0
    assert "Traceback" not in rest


def test_the_backup_of_before_brings_the_people_back(cli: Cli, newer: Path) -> None:
    (made,) = cli("backup", "list", "--json").json["backups"]
    done = cli("backup", "restore", made["file"], "--yes", "--json")
    assert done.code == 0, done.err
    users = [user["user"] for user in cli("users", "list", "--json").json["users"]]
    assert users == ["anna", "rob"]
    # What the newer program made of it is kept, for when that is installed again.
    assert done.json["before"] is not None
    (kept,) = [
        each
        for each in cli("backup", "list", "--json").json["backups"]
        if each["file"] == done.json["before"]
    ]
    assert kept["schema"] == "9999"
    assert (newer / "kiosk.db").stat().st_mode & 0o777 == 0o600
