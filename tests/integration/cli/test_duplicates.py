"""Voices that are alike, and voiceprints that follow, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
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
    assert "The voice is like that of anna (score 0." in done.out
    records = cli("audit", "list", "--json")
    assert records.code == 0
    assert "person.duplicate-decided" in records.out
    assert "twins" in records.out
    other = cli("enroll", "--user", "eva", "--consent", "--replace", sounds("awb", 4), "--json")
    assert (other.code, other.json["alike"]) == (0, [])


@pytest.mark.usefixtures("enrolled")
def test_the_duplicate_threshold(cli: Cli, sounds: Sounds) -> None:
    first = cli("model", "duplicates", "--json").json
    assert first["duplicate_threshold"] == first["threshold"]
    assert "(the threshold in force)" in cli("model", "duplicates").out
    assert "0.990 (to verify: 0." in cli("model", "duplicates", "0.99").out
    assert cli("enroll", "--user", "eva", "--consent", sounds("slt", 4)).code == 0
    assert cli("model", "duplicates", "default", "--json").json == first
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
