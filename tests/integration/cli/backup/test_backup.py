"""Making, checking and restoring backups from the command line."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kiosk.bootstrap import build
from kiosk.core.accounts.acting import Actor, Role, acting_as
from kiosk.core.errors import StorageError
from kiosk.services.backup.backups import Backups
from kiosk.settings import load_settings
from tests.fakes.clock import FixedClock
from tests.fakes.records.activity import FakeActivityLog
from tests.fakes.storage import InMemoryDatabase
from tests.integration.cli.support import Terminal
from tests.support import homes

if TYPE_CHECKING:
    from kiosk.core.keys.ports import KioskSecret
    from kiosk.core.records.chain import Chain
    from tests.integration.cli.support import Cli


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    file = tmp_path / "passphrase"
    file.write_text("correct horse battery staple\n", encoding="utf-8")
    return file


def test_making_listing_and_checking(cli: Cli) -> None:
    assert "no backups" in cli("backup", "list").out
    made = cli("backup", "create")
    assert made.code == 0
    assert "keys export" in made.err
    (listed,) = cli("backup", "list", "--json").json["backups"]
    file = Path(listed["file"])
    assert made.out == f"Made {file}.\n"
    assert (listed["reason"], listed["passphrase"]) == ("manual", False)
    assert file.name in cli("backup", "list").out
    # By its name alone it is found in the folder of backups.
    checked = cli("backup", "verify", file.name, "--json").json
    assert checked["contents"]["people"] == 0
    assert checked["contents"]["unreadable"] == []
    assert "is intact" in cli("backup", "verify", file).out


@pytest.mark.usefixtures("enrolled")
def test_restoring_asks_what_it_will_replace(cli: Cli) -> None:
    file = Path(cli("backup", "create", "--json").json["file"])
    assert cli("users", "remove", "anna", "--yes").code == 0
    assert "--yes" in cli.refuses("USR-001", "backup", "restore", file)
    refused = Terminal("backup", "restore", file).until("[y/N]")
    assert "1 person" in refused.text
    assert "2 people" in refused.text
    assert refused.answer("n\n") == (130, "")
    assert [user["user"] for user in cli("users", "list", "--json").json["users"]] == ["rob"]
    done = cli("backup", "restore", file, "--yes", "--json").json
    assert done["contents"]["people"] == 2
    users = [user["user"] for user in cli("users", "list", "--json").json["users"]]
    assert users == ["anna", "rob"]
    # What was there before the restore can be had back.
    assert cli("backup", "restore", Path(done["before"]).name, "--yes").code == 0
    assert [user["user"] for user in cli("users", "list", "--json").json["users"]] == ["rob"]


def test_a_new_machine(
    cli: Cli, tmp_path: Path, passphrase: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "usb.kbk"
    made = cli("backup", "create", file, "--passphrase-file", passphrase, "--json").json
    assert made["passphrase"] is True
    cli.refuses("USR-001", "backup", "create", file)
    for name, value in homes.variables(tmp_path / "new").items():
        monkeypatch.setenv(name, value)
    assert "--keys" in cli.refuses("BCK-001", "backup", "verify", file)
    wrong = tmp_path / "wrong"
    wrong.write_text("correct horse battery stable\n", encoding="utf-8")
    cli.refuses("KEY-003", "backup", "verify", file, "--passphrase-file", wrong)
    restored = cli("backup", "restore", file, "--passphrase-file", passphrase, "--yes")
    assert restored.code == 0, restored.err
    assert cli("doctor", "--json").json is not None
    assert cli("backup", "verify", file).code == 0  # its keys are here now


def test_a_damaged_database_says_how_to_restore_and_is_restored(cli: Cli, data_dir: Path) -> None:
    file = Path(cli("backup", "create", "--json").json["file"])
    database = data_dir / "kiosk.db"
    database.write_bytes(bytes(8192))
    assert "kiosk backup restore" in cli.refuses("DB-002", "users", "list")
    assert cli("backup", "restore", file, "--yes").code == 0
    assert cli("users", "list", "--json").json == {"users": []}


def test_removing(cli: Cli, tmp_path: Path) -> None:
    file = Path(cli("backup", "create", "--json").json["file"])
    assert cli("backup", "remove", file.name, "--yes", "--json").json["removed"] is True
    assert cli("backup", "list", "--json").json == {"backups": [], "unencrypted": []}
    pictures = tmp_path / "pictures.kbk"
    pictures.write_bytes(b"holiday")
    cli.refuses("BCK-001", "backup", "remove", pictures, "--yes")
    assert pictures.exists()


def test_a_copy_that_is_not_encrypted_is_named_and_removed(cli: Cli, data_dir: Path) -> None:
    assert cli("users", "list").code == 0
    kept = data_dir / "kiosk.db.damaged-20260102T030405_000006Z"
    kept.write_bytes(b"names and times")
    listed = cli("backup", "list")
    assert kept.name in listed.err
    assert "not encrypted" in listed.err
    assert cli("backup", "list", "--json").json["unencrypted"] == [str(kept)]
    left = cli("backup", "forget", "anna")
    assert (left.code, kept.name in left.err) == (2, True)
    assert cli("backup", "remove", kept.name, "--yes").code == 0
    assert not kept.exists()


def test_a_backup_of_another_kiosk_needs_a_word(
    cli: Cli, tmp_path: Path, passphrase: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "usb.kbk"
    assert cli("backup", "create", file, "--passphrase-file", passphrase).code == 0
    monkeypatch.setenv("KIOSK_DATA_DIR", str(tmp_path / "other"))
    assert cli("users", "list").code == 0  # a kiosk of its own
    for command in (("backup", "verify"), ("backup", "restore", "--yes")):
        told = cli.refuses("BCK-001", *command, file, "--passphrase-file", passphrase)
        assert "--other-kiosk" in told
    wanted = (file, "--passphrase-file", passphrase, "--other-kiosk")
    assert cli("backup", "verify", *wanted, "--json").json["foreign"] is True
    asked = Terminal("backup", "restore", *wanted).until("[y/N]")
    # The terminal breaks lines where it likes.
    assert "audit records of this kiosk are lost" in " ".join(asked.text.split())
    assert asked.answer("n\n")[0] == 130
    assert cli("backup", "restore", *wanted, "--yes").code == 0
    assert cli("backup", "verify", file).code == 0


@pytest.mark.usefixtures("enrolled")
def test_forgetting_somebody(cli: Cli) -> None:
    assert cli("backup", "create").code == 0
    assert cli("users", "remove", "anna", "--yes").code == 0
    done = cli("backup", "forget", "anna", "--json").json
    assert (len(done["rewritten"]), done["left"]) == (1, [])
    again = cli("backup", "forget", "anna", "--json").json
    assert again["rewritten"] == []


@pytest.mark.expects_log
def test_a_backup_of_altered_rows_is_not_sound(cli: Cli, data_dir: Path) -> None:
    with build(load_settings(data_dir)) as kiosk:
        kiosk.startup.run(until="audit")
    with closing(sqlite3.connect(data_dir / "kiosk.db")) as connection, connection:
        connection.execute("INSERT INTO preference VALUES ('service', 'on', '2026-01-01')")
    made = cli("backup", "create")
    assert made.code == 0
    assert "The setting service is in the database as on" in made.err
    (listed,) = cli("backup", "list", "--json").json["backups"]
    checked = cli("backup", "verify", listed["file"])
    assert checked.code == 1
    assert "is complete but damaged" in checked.out
    assert "The setting service" in checked.err
    (text,) = cli("backup", "verify", listed["file"], "--json").json["contents"]["differences"]
    assert text.startswith("The setting service")


def test_a_database_on_a_server_is_backed_up_by_the_server() -> None:
    def chain_of(secret: KioskSecret) -> Chain:
        raise AssertionError(secret)

    database = InMemoryDatabase()
    backups = Backups(
        None, database, chain_of, FixedClock(), FakeActivityLog(), chain=database.chain
    )
    with acting_as(Actor("console:test", Role.ADMINISTRATOR)):
        for refused in (backups.create, backups.all):
            with pytest.raises(StorageError, match="PostgreSQL"):
                refused()
    assert backups.holding("anna") == []
