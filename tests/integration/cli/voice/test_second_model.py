"""People are enrolled with two voice models, and verified by the one in use."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.integration.cli.voice.test_models import model_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.support import Cli, Sounds


@pytest.fixture
def mine(cli: Cli, tmp_path: Path) -> str:
    """Return the ID of a second model that is installed."""
    installed = cli("model", "install", model_folder(tmp_path / "mine"), "--json")
    assert installed.json["also_enroll"] is False
    return str(installed.json["model_id"])


def test_the_second_model_is_shown_set_and_unset(cli: Cli, mine: str) -> None:
    builtin = cli("model", "show", "--json").json["model_id"]
    both = {"model_id": builtin, "also_enroll": "campplus"}
    assert cli("model", "also", "--json").json == both, "without being asked"
    assert cli("model", "also", "none").out == f"People are enrolled with {builtin} only.\n"
    assert cli("model", "also", "--json").json == {**both, "also_enroll": None}
    assert cli("model", "also", mine).out == f"People are enrolled with {builtin} and {mine}.\n"
    listed = {each["model_id"]: each for each in cli("model", "list", "--json").json["models"]}
    assert (listed[builtin]["in_use"], listed[builtin]["also_enroll"]) == (True, False)
    assert (listed[mine]["in_use"], listed[mine]["also_enroll"]) == (False, True)
    assert listed[mine]["architecture"] == "ecapa"
    assert "to enroll, too" in cli("model", "list").out
    assert "to enroll, too" in cli("model", "show", mine).out
    assert mine in next(
        finding["detail"]
        for finding in cli("doctor", "--json").json["findings"]
        if finding["name"] == "voice model"
    )
    assert "in use" in cli.refuses("USR-001", "model", "also", builtin)
    cli.refuses("MDL-001", "model", "also", "unknown")
    assert cli("model", "also", "none", "--json").json["also_enroll"] is None


def test_whoever_was_enrolled_with_both_is_verified_by_the_other_at_once(
    cli: Cli, sounds: Sounds, mine: str
) -> None:
    builtin = cli("model", "show", "--json").json["model_id"]
    takes = [sounds("awb", number) for number in range(3)]
    cli("model", "also", "none")
    assert cli("enroll", "--user", "early", "--consent", *takes).code == 0
    cli("model", "also", mine)
    same_voice = ("--allow-duplicate", "the same synthetic voice")
    made = cli("enroll", "--user", "late", "--consent", *same_voice, *takes, "--json").json
    assert (made["model_id"], made["model_ids"]) == (builtin, [builtin, mine])
    again = cli("enroll", "--user", "late", "--consent", "--replace", *same_voice, *takes)
    assert again.out.startswith(f"Enrolled late with 3 takes, for the models {builtin} and {mine}.")
    people = {each["user"]: each for each in cli("users", "list", "--json").json["users"]}
    assert people["early"]["model_ids"] == [builtin]
    assert people["late"]["model_ids"] == sorted([builtin, mine])
    assert people["late"]["model_id"] == builtin
    assert mine in cli("users", "list").out
    shown = cli("users", "show", "late").out
    assert f"model {builtin} (in use)\n" in shown
    assert f"model {mine}\n" in shown

    used = cli("model", "use", mine, "--yes", "--json").json
    assert (used["in_use"], used["reenroll"]) == (True, ["early"])
    verified = cli("verify", "--user", "late", sounds("awb", 4), "--json").json
    assert verified["model_id"] == mine
    cli.refuses("USR-005", "verify", "--user", "early", sounds("awb", 4))
    # The two have changed places.
    assert cli("model", "also", "--json").json == {"model_id": mine, "also_enroll": builtin}
    assert f"People are also enrolled with {mine}." in cli("model", "use", builtin).out


def test_both_models_of_the_box_decide_unless_the_second_is_switched_off(
    cli: Cli, sounds: Sounds
) -> None:
    takes = [sounds("awb", number) for number in range(3)]
    made = cli("enroll", "--user", "anna", "--consent", *takes, "--json").json
    assert made["model_ids"] == ["ecapa-kiosk-2", "campplus"]
    found = cli("verify", "--user", "anna", sounds("awb", 4), "--json").json
    assert found["scorer"] == "site:ecapa-kiosk-2+campplus"
    assert set(found["cosines"]) == {"ecapa-kiosk-2", "campplus"}
    assert found["outcome"] == "verified"
    cli("model", "also", "none")
    alone = cli("verify", "--user", "anna", sounds("awb", 4), "--json").json
    assert alone["scorer"] == "site:ecapa-kiosk-2"
    assert set(alone["cosines"]) == {"ecapa-kiosk-2"}
    assert (alone["outcome"], alone["threshold"]) == ("verified", 0.25)


def test_a_second_model_that_is_damaged_is_told_before_anything_is_stored(
    cli: Cli, sounds: Sounds, mine: str, data_dir: Path
) -> None:
    import sqlite3

    cli("model", "also", mine)
    weights = next((data_dir / "models").rglob("embedding_model.ckpt"))
    weights.write_bytes(b"x")
    takes = [sounds("awb", number) for number in range(3)]
    line = cli.refuses("MDL-002", "enroll", "--user", "anna", "--consent", *takes)
    assert "second voice model" in line
    assert "kiosk model also none" in line
    with closing(sqlite3.connect(data_dir / "kiosk.db")) as database:
        counts = [
            database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("person", "voiceprint", "take")
        ]
    assert counts == [0, 0, 0]
    cli("model", "also", "none")
    assert cli("enroll", "--user", "anna", "--consent", *takes).code == 0
