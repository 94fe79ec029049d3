"""Voices that are alike, and voiceprints that follow, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.cli.voice.test_models import model_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.support import Cli, Sounds


@pytest.mark.usefixtures("enrolled")
def test_a_known_voice_is_refused_with_whom_it_is_like(cli: Cli, sounds: Sounds) -> None:
    again = ("enroll", "--user", "eva", "--consent", sounds("slt", 4))
    line = cli.refuses("USR-010", *again)
    assert "anna (score 0." in line
    assert "rob" not in line
    assert "--allow-duplicate REASON" in line
    error = cli(*again, "--json").json["error"]
    (candidate,) = error["candidates"]
    assert (candidate["user"], candidate["enabled"]) == ("anna", True)
    assert candidate["score"] >= candidate["threshold"]
    assert len(cli("users", "list", "--json").json["users"]) == 2


@pytest.mark.usefixtures("enrolled")
def test_the_reason_enrolls_and_is_recorded(cli: Cli, sounds: Sounds) -> None:
    again = ("enroll", "--user", "eva", "--consent", sounds("slt", 4), "--allow-duplicate")
    cli.refuses("USR-001", *again, " ")
    done = cli(*again, "twins")
    assert done.code == 0
    assert "The voice is similar to that of anna (score 0." in done.out
    records = cli("audit", "list", "--json")
    assert records.code == 0
    assert "person.duplicate-decided" in records.out
    assert "twins" in records.out
    other = cli("enroll", "--user", "eva", "--consent", "--replace", sounds("awb", 4), "--json")
    assert (other.code, other.json["alike"]) == (0, [])


def test_the_duplicate_threshold_of_a_model_that_was_never_calibrated(
    cli: Cli, sounds: Sounds, tmp_path: Path
) -> None:
    calibrated = cli.refuses("USR-001", "model", "duplicates", "0.5")
    assert "kiosk model policy" in calibrated
    assert "campplus" in cli.refuses("USR-001", "model", "duplicates", "--model", "campplus")
    mine = cli("model", "install", model_folder(tmp_path / "mine"), "--json").json["model_id"]
    assert cli("model", "duplicates", "0.9", "--model", mine).code == 0
    assert cli("model", "duplicates", "default", "--model", mine).code == 0
    assert cli("model", "use", mine).code == 0
    first = cli("model", "duplicates", "--json").json
    assert first["duplicate_threshold"] == first["threshold"]
    assert "(the threshold in force)" in cli("model", "duplicates").out
    assert "0.990 (to verify: 0." in cli("model", "duplicates", "0.99").out
    assert cli("enroll", "--user", "anna", "--consent", sounds("slt", 4)).code == 0
    assert cli("enroll", "--user", "eva", "--consent", sounds("slt", 3)).code == 0
    assert cli("model", "duplicates", "default", "--json").json == first
    cli.refuses("USR-010", "enroll", "--user", "ida", "--consent", sounds("slt", 4))
    for bad in ("2", "-1", "much", "nan"):
        cli.refuses("USR-001", "model", "duplicates", bad)
    cli.refuses("MDL-001", "model", "duplicates", "--model", "another")


@pytest.mark.usefixtures("enrolled")
def test_switching_adaptation_and_rolling_back(cli: Cli) -> None:
    assert cli("model", "adapt", "--json").json == {"adaptation": False, "adapted": {}}
    assert "is on" in cli("model", "adapt", "on").out
    assert cli("model", "adapt", "--json").json["adaptation"] is True
    assert "is off" in cli("model", "adapt", "off").out
    assert cli("users", "rollback", "anna", "--yes", "--json").json == {"user": "anna", "erased": 0}
    assert "no adapted takes" in cli("users", "rollback", "anna", "--yes").out
    cli.refuses("USR-002", "users", "rollback", "nobody", "--yes")
