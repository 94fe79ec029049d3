"""Enroll, verify and identify real voices with the built-in model."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.support import Cli, Sounds


def stored(folder: Path, table: str) -> int:
    with closing(sqlite3.connect(folder / "kiosk.db")) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_enrolling_and_verifying(cli: Cli, sounds: Sounds, data_dir: Path) -> None:
    files = [sounds("awb", number) for number in range(3)]
    made = cli("enroll", "--user", "angus", "--name", "Angus B", "--consent", *files, "--json")
    assert (made.code, made.err) == (0, "")
    assert {key: made.json[key] for key in ("user", "name", "takes")} == {
        "user": "angus",
        "name": "Angus B",
        "takes": 3,
    }
    assert [take["net_speech_s"] > 3 for take in made.json["quality"]] == [True] * 3
    same = cli("verify", "--user", "angus", sounds("awb", 4), "--json")
    assert (same.code, same.err) == (0, "")
    assert (same.json["outcome"], same.json["user"]) == ("verified", "angus")
    assert same.json["score"] >= same.json["threshold"]
    assert same.json["model_id"] == made.json["model_id"]
    assert (same.json["reasons"], same.json["notices"]) == ([], [])
    other = cli("verify", "--user", "angus", sounds("slt", 4), "--json")
    assert (other.code, other.json["outcome"]) == (1, "not_verified")
    assert other.json["score"] < other.json["threshold"]
    assert stored(data_dir, "take") == 6  # three of each model
    assert stored(data_dir, "attempt") == 2
    activity = next((data_dir / "logs").glob("activity-*.log")).read_text(encoding="utf-8")
    assert "Enrolled angus" in activity
    assert f"Verified angus (result: False, score: {other.json['score']})" in activity


@pytest.mark.usefixtures("enrolled")
def test_outcomes_in_words(cli: Cli, sounds: Sounds, short: Path) -> None:
    yes = cli("verify", "--user", "anna", sounds("slt", 5))
    assert yes.code == 0
    assert yes.out.startswith("Verified: anna (score 0.")
    no = cli("verify", "--user", "anna", sounds("rms", 5))
    assert no.code == 1
    assert no.out.startswith("Not verified: anna (score ")
    unclear = cli("verify", "--user", "anna", short)
    assert unclear.code == 3
    assert "Could not tell whether this is anna.\n" in unclear.out
    assert "Say the whole sentence." in unclear.out
    assert yes.err == no.err == unclear.err == ""


@pytest.mark.usefixtures("enrolled")
def test_a_poor_recording_is_inconclusive(cli: Cli, short: Path) -> None:
    answer = cli("verify", "--user", "anna", short, "--json")
    assert (answer.code, answer.json["outcome"], answer.json["score"]) == (3, "inconclusive", None)
    assert "too_short" in answer.json["reasons"]
    named = cli("identify", short, "--json")
    assert (named.code, named.json["outcome"], named.json["candidates"]) == (3, "inconclusive", [])
    words = cli("identify", short)
    assert (words.code, words.out.splitlines()[0]) == (3, "Could not tell who this is.")


@pytest.mark.usefixtures("enrolled")
def test_identifying(cli: Cli, sounds: Sounds) -> None:
    answer = cli("identify", sounds("rms", 6), "--json")
    assert answer.code == 0
    found = answer.json
    assert [candidate["user"] for candidate in found["candidates"]] == ["rob", "anna"]
    first, second = (candidate["score"] for candidate in found["candidates"])
    assert found["margin"] == pytest.approx(first - second)
    assert first >= found["threshold"] > second
    assert (found["outcome"], found["reaches_threshold"]) == ("identified", True)
    limited = cli("identify", sounds("rms", 6), "--limit", "1", "--json").json
    assert len(limited["candidates"]) == 1
    assert limited["margin"] == found["margin"]
    words = cli("identify", sounds("rms", 6))
    assert words.out.startswith("Most likely rob, ")
    stranger = cli("identify", sounds("awb", 6))
    assert stranger.code == 1
    assert stranger.out.startswith("No enrolled person reaches the threshold.")


def test_without_consent_nothing_happens(cli: Cli, sounds: Sounds, data_dir: Path) -> None:
    line = cli.refuses("USR-007", "enroll", "--user", "anna", sounds("slt", 0))
    assert "--consent" in line
    assert not data_dir.exists()


def test_a_poor_take_refuses_all(cli: Cli, sounds: Sounds, short: Path, data_dir: Path) -> None:
    files = [sounds("slt", 0), short, sounds("slt", 1)]
    line = cli.refuses("USR-008", "enroll", "--user", "anna", "--consent", *files)
    assert "1 of 3 takes" in line
    assert "short.wav: too short" in line
    assert "slt-0.wav" not in line
    assert "Say the whole sentence." in line
    assert stored(data_dir, "person") == stored(data_dir, "take") == 0


def test_takes_of_two_people_are_refused(cli: Cli, sounds: Sounds, data_dir: Path) -> None:
    files = [sounds("slt", 0), sounds("slt", 1), sounds("rms", 0)]
    line = cli.refuses("USR-008", "enroll", "--user", "anna", "--consent", *files)
    assert "take 3 differs" in line
    assert stored(data_dir, "person") == 0


def test_enrolling_again_needs_replace(cli: Cli, sounds: Sounds, enrolled: Path) -> None:
    again = ("enroll", "--user", "anna", "--consent", sounds("slt", 4), sounds("slt", 5))
    cli.refuses("USR-003", *again)
    assert stored(enrolled, "take") == 12
    answer = cli(*again, "--replace")
    assert answer.code == 0
    assert answer.out.startswith("Enrolled anna with 2 takes, for the models ")
    assert stored(enrolled, "take") == 10


@pytest.mark.usefixtures("enrolled")
@pytest.mark.parametrize(
    ("code", "user"), [("USR-002", "nobody"), ("USR-002", "annas"), ("USR-006", "rob")]
)
def test_who_cannot_be_verified(cli: Cli, sounds: Sounds, code: str, user: str) -> None:
    assert cli("users", "disable", "rob").code == 0
    cli.refuses(code, "verify", "--user", user, sounds("rms", 4))


def test_an_id_that_cannot_be_used(cli: Cli, sounds: Sounds, data_dir: Path) -> None:
    cli.refuses("USR-001", "enroll", "--user", "a/../b", "--consent", sounds("slt", 0))
    assert not data_dir.exists()


@pytest.mark.usefixtures("enrolled")
def test_the_policy_of_the_kiosk_decides(cli: Cli, sounds: Sounds) -> None:
    first = cli("verify", "--user", "anna", sounds("slt", 4), "--json").json
    assert first["one_in"] == 100
    assert cli("model", "policy", "100000", "--yes").code == 0
    stricter = cli("verify", "--user", "anna", sounds("slt", 4), "--json").json
    assert stricter["one_in"] == 100_000
    # The threshold stays where it is: it is the score that the policy moves.
    assert stricter["threshold"] == first["threshold"] == 0.25
    assert stricter["score"] < first["score"]
    assert (stricter["cosines"], stricter["llr"]) == (first["cosines"], first["llr"])
