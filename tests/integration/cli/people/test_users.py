from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from kiosk.bootstrap import build
from kiosk.settings import load_settings
from tests.integration.cli.support import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.support import Cli, Sounds


def test_nobody_yet(cli: Cli) -> None:
    assert cli("users", "list", "--json").json == {"users": []}
    assert "Nobody is enrolled yet" in cli("users", "list").out


@pytest.mark.expects_log
def test_what_is_not_the_kiosks_own_is_not_listed_as_if_it_were(
    cli: Cli, enrolled: Path, tmp_path: Path
) -> None:
    # From its first start on it is known at its place.
    with build(load_settings(enrolled)) as kiosk:
        kiosk.startup.run(until="audit")
    assert cli("users", "list").err == ""
    with closing(sqlite3.connect(enrolled / "kiosk.db")) as connection, connection:
        connection.execute("INSERT INTO preference VALUES ('service', 'on', '2026-01-01')")
    for command in (("users", "list"), ("users", "show", "anna")):
        shown = cli(*command)
        assert shown.code == 0
        assert "The setting service" in shown.err
        assert "kiosk audit verify" in shown.err
    for file in enrolled.glob("kiosk.db*"):
        file.rename(tmp_path / file.name)
    cli.refuses("KEY-001", "users", "list")


@pytest.mark.usefixtures("enrolled")
def test_listing_and_showing(cli: Cli, sounds: Sounds) -> None:
    score = cli("verify", "--user", "anna", sounds("slt", 4), "--json").json["score"]
    anna, rob = cli("users", "list", "--json").json["users"]
    assert (anna["user"], anna["takes"], anna["enabled"]) == ("anna", 3, True)
    assert anna["last_score"] == pytest.approx(score)
    assert anna["last_verified_at"] == anna["last_attempt_at"] != rob["last_attempt_at"]
    assert rob["last_score"] is None
    listed = cli("users", "list").out
    assert f"{score:.2f}" in listed
    assert "rob" in listed
    kept = cli("users", "show", "anna", "--json").json
    assert [attempt["outcome"] for attempt in kept["attempts"]] == ["verified"]
    shown = cli("users", "show", "anna").out
    assert "State: enabled" in shown
    assert "Consent: text 2" in shown
    assert "Deleted on: " in shown
    assert "verified" in shown
    shown = cli("users", "show", "rob").out
    assert "verified" not in shown.replace("later if verified again", "")


@pytest.mark.usefixtures("enrolled")
def test_renaming_and_suspending(cli: Cli) -> None:
    renamed = cli("users", "rename", "anna", "  Anna  [bold]B ", "--json")
    assert renamed.json == {"user": "anna", "name": "Anna [bold]B", "enabled": True}
    assert "Anna [bold]B" in cli("users", "list").out  # nothing is taken for markup
    assert cli("users", "disable", "anna", "--json").json["enabled"] is False
    assert cli("users", "show", "anna", "--json").json["enabled"] is False
    assert cli("users", "enable", "anna").out == "anna is enabled.\n"
    cli.refuses("USR-001", "users", "rename", "anna", "x" * 200)


@pytest.mark.usefixtures("enrolled")
def test_removing(cli: Cli) -> None:
    assert "--yes" in cli.refuses("USR-001", "users", "remove", "anna")
    assert "--yes" in cli.refuses("USR-001", "users", "remove-all")
    assert len(cli("users", "list", "--json").json["users"]) == 2
    removed = cli("users", "remove", "anna", "--yes", "--json").json
    assert (removed["user"], removed["removed"]) == ("anna", True)
    assert removed["proof"]["reason"] == "removed"
    assert cli("users", "remove-all", "-y").out == "Deleted everyone: 1 person.\n"
    assert cli("users", "remove-all", "-y", "--json").json == {"removed": 0}


@pytest.mark.usefixtures("enrolled")
@pytest.mark.parametrize(
    "command",
    [("show",), ("disable",), ("enable",), ("remove", "--yes"), ("export",)],
    ids=lambda words: words[0],
)
def test_an_unknown_id(cli: Cli, command: tuple[str, ...]) -> None:
    assert "nobody" in cli.refuses("USR-002", "users", *command, "nobody")


@pytest.mark.usefixtures("enrolled")
def test_exporting_to_stdout_and_to_a_file(cli: Cli, tmp_path: Path) -> None:
    kept = cli("users", "export", "anna").json
    assert (kept["user"], len(kept["voiceprints"][0]["takes"])) == ("anna", 3)
    file = tmp_path / "anna.json"
    assert cli("users", "export", "anna", "--out", file).code == 0
    assert json.loads(file.read_text(encoding="utf-8")) == kept
    assert file.stat().st_mode & 0o777 == 0o600
    line = cli.refuses("USR-001", "users", "export", "rob", "--out", file)
    assert "--force" in line
    assert json.loads(file.read_text(encoding="utf-8")) == kept
    file.chmod(0o644)
    forced = cli("users", "export", "rob", "--out", file, "--force", "--json")
    assert forced.json == {"user": "rob", "file": str(file)}
    assert json.loads(file.read_text(encoding="utf-8"))["user"] == "rob"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.usefixtures("enrolled")
def test_exporting_where_nothing_can_be_written(cli: Cli, tmp_path: Path) -> None:
    cli.refuses("USR-001", "users", "export", "anna", "--out", tmp_path / "none" / "a.json")
    cli.refuses("USR-001", "users", "export", "anna", "--out", tmp_path, "--force")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("enrolled")
def test_who_sits_at_a_terminal_is_asked(cli: Cli) -> None:
    remove = ("users", "remove", "anna")
    refused = Terminal(*remove).until("[y/N]")
    assert refused.answer("n\n") == (130, "")
    interrupted = Terminal(*remove).until("[y/N]")
    interrupted.process.send_signal(signal.SIGINT)
    assert interrupted.end() == (130, "")
    assert "Traceback" not in refused.text + interrupted.text
    assert len(cli("users", "list", "--json").json["users"]) == 2
    agreed = Terminal(*remove).until("[y/N]")
    assert agreed.answer("y\n") == (0, "Deleted anna.\n")
    assert len(cli("users", "list", "--json").json["users"]) == 1
