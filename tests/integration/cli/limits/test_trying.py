"""Locking, unlocking, PINs and badges on the command line."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from tests.fakes.attempts import stop_the_clock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.support import Cli, Sounds

PIN = "482913"


@pytest.fixture(autouse=True)
def no_wait_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_the_clock(monkeypatch)


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))


@pytest.mark.usefixtures("enrolled")
def test_the_fifth_failure_locks_until_somebody_unlocks(cli: Cli, sounds: Sounds) -> None:
    wrong = ("verify", "--user", "anna", sounds("rms", 4))
    answers = [cli(*wrong, "--json") for _ in range(5)]
    assert [answer.code for answer in answers] == [1] * 5
    assert [answer.json["retry_after_s"] is None for answer in answers] == [True] * 4 + [False]
    locked = cli("verify", "--user", "anna", sounds("slt", 4), "--json")
    assert locked.code == 3
    assert (locked.json["outcome"], locked.json["score"]) == ("locked", None)
    assert locked.json["reasons"] == ["too_many_failures"]
    assert 1 <= locked.json["retry_after_s"] <= 31
    told = cli("verify", "--user", "anna", sounds("slt", 4))
    assert (told.code, told.out.startswith("Locked: anna has failed too often; try again in")) == (
        3,
        True,
    )
    assert cli("users", "unlock", "anna").out == "anna can try again.\n"
    assert cli("verify", "--user", "anna", sounds("slt", 4)).code == 0


@pytest.mark.usefixtures("enrolled")
def test_what_was_checked_is_in_the_activity_log(cli: Cli, data_dir: Path) -> None:
    answer = cli("users", "unlock", "anna", "--checked", "passport", "--json")
    assert answer.json == {"user": "anna", "unlocked": True, "checked": "passport"}
    log = "".join(path.read_text() for path in (data_dir / "logs").glob("activity*"))
    assert "Unlocked anna (checked: passport)" in log
    cli.refuses("USR-002", "users", "unlock", "nobody")


@pytest.mark.usefixtures("enrolled")
def test_a_pin_beside_the_voice(
    cli: Cli, sounds: Sounds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_VERIFICATION__SECOND_FACTOR", "optional")
    typed(monkeypatch, PIN)
    assert cli("users", "set-pin", "anna").out == "The PIN of anna is set.\n"
    right = tmp_path / "pin"
    right.write_text(f"{PIN}\n")
    verify = ("verify", "--user", "anna", sounds("slt", 4))
    assert cli(*verify, "--factor-file", right).code == 0
    without = cli(*verify, "--json")
    assert (without.code, without.json["reasons"]) == (1, ["second_factor"])
    assert "PIN or badge was missing or wrong" in cli(*verify).out
    assert cli("users", "remove-factor", "anna", "pin", "--json").json == {
        "user": "anna",
        "kind": "pin",
        "present": False,
    }
    cli.refuses("USR-001", "users", "remove-factor", "anna", "pin")
    assert cli(*verify).code == 0
    monkeypatch.setenv("KIOSK_VERIFICATION__SECOND_FACTOR", "required")
    assert "PIN or badge is needed" in cli.refuses("USR-001", *verify)
    cli.refuses("USR-001", *verify, "--factor-file", tmp_path / "missing")


@pytest.mark.usefixtures("enrolled")
@pytest.mark.parametrize(("command", "text"), [("set-pin", "1234"), ("set-badge", "rob")])
def test_what_cannot_be_used_is_refused_without_being_quoted(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, command: str, text: str
) -> None:
    typed(monkeypatch, f"{text}\n{text}")
    assert text not in cli.refuses("USR-001", "users", command, "anna")


@pytest.mark.usefixtures("enrolled")
def test_a_badge_has_one_owner(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "04A2B3C4")
    assert cli("users", "set-badge", "anna").code == 0
    typed(monkeypatch, "04A2B3C4\n04A2B3C4")
    assert "badge of anna" in cli.refuses("USR-001", "users", "set-badge", "rob")
