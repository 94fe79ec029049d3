"""What would turn away people who can be verified today is asked about: how many, and whether."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.cli.support import Terminal
from tests.integration.cli.voice.test_models import model_folder
from tests.integration.storage.helpers import sql

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.support import Cli, Sounds


@pytest.mark.usefixtures("enrolled")
def test_a_model_that_knows_nobody(cli: Cli, tmp_path: Path) -> None:
    mine = cli("model", "install", model_folder(tmp_path / "mine"), "--json").json["model_id"]
    lost = "2 of the 2 people who can be verified today could not verify until they enroll again."
    refused = cli.refuses("USR-001", "model", "use", mine)
    assert lost in refused
    assert "--yes" in refused
    asked = Terminal("model", "use", mine).until("[y/N]")
    assert " ".join(asked.text.split()).endswith(f"{lost} Use {mine}? [y/N]")
    assert asked.answer("n\n")[0] == 130
    assert cli("model", "list", "--json").json["models"][0]["in_use"]
    agreed, out = Terminal("model", "use", mine).until("[y/N]").answer("y\n")
    assert (agreed, out.splitlines()[0]) == (0, f"{mine} is in use.")
    # Nobody can be verified now: nobody is shut out by what comes next.
    assert cli("model", "use", "campplus").code == 0


@pytest.mark.usefixtures("enrolled")
def test_a_second_model_without_which_nobody_is_compared(cli: Cli, enrolled: Path) -> None:
    sql(enrolled / "kiosk.db", "DELETE FROM voiceprint WHERE model_id LIKE 'ecapa%'")
    assert "2 of the 2 people" in cli.refuses("USR-001", "model", "also", "none")
    assert cli("model", "also", "campplus").code == 0
    assert cli("model", "also", "none", "--yes", "--json").json["also_enroll"] is None


@pytest.mark.expects_log  # a score that somebody has changed
def test_a_stricter_policy(cli: Cli, sounds: Sounds, enrolled: Path) -> None:
    assert cli("verify", "--user", "anna", sounds("slt", 4)).code == 0
    assert cli("model", "policy", "200").code == 0, "nobody is near the line"
    sql(enrolled / "kiosk.db", "UPDATE attempt SET score = 0.2501")
    refused = cli.refuses("USR-001", "model", "policy", "500")
    assert "1 of the 2 people who can be verified today would probably be turned away" in refused
    assert cli("model", "policy", "--json").json["one_in"] == 200
    assert cli("model", "policy", "100").code == 0, "a wider one turns nobody away"
    agreed = Terminal("model", "policy", "500").until("Set 1 in 500? [y/N]").answer("y\n")
    assert agreed == (0, "At most 1 impostor in 500 is accepted.\n")
    assert cli("model", "policy", "100000", "--yes", "--json").json == {"one_in": 100000}
    # What cannot be a policy any more is mended without a question.
    sql(enrolled / "kiosk.db", "UPDATE preference SET value = 'x' WHERE key = 'threshold:@one_in'")
    assert cli("model", "policy", "100000", "--json").json == {"one_in": 100000}


def test_a_higher_threshold(cli: Cli, sounds: Sounds, tmp_path: Path) -> None:
    mine = cli("model", "install", model_folder(tmp_path / "mine"), "--json").json["model_id"]
    assert cli("model", "use", mine).code == 0
    files = [sounds("slt", number) for number in range(3)]
    assert cli("enroll", "--user", "anna", "--consent", *files).code == 0
    refused = cli.refuses("USR-001", "model", "threshold", "0.999")
    assert "1 of the 1 people who can be verified today would probably be turned away" in refused
    assert cli("model", "threshold", "0.999", "--yes", "--json").json["threshold"] == 0.999
    assert cli("model", "threshold", "default").code == 0


@pytest.mark.usefixtures("enrolled")
def test_a_configuration_that_asks_everybody_for_a_pin(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> dict[str, dict[str, object]]:
        return {each["name"]: each for each in cli("doctor", "--json").json["findings"]}

    assert "PIN or badge" not in found()
    monkeypatch.setenv("KIOSK_VERIFICATION__SECOND_FACTOR", "required")
    finding = found()["PIN or badge"]
    assert not finding["ok"]
    assert finding["detail"] == "asked of everyone; 2 of 2 people have neither"
