"""``kiosk doctor`` tells support everything, in a file of its own, and names nobody."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from kiosk import logs
from kiosk.services.keys.keys import Keys
from kiosk.services.voice.models import Models
from tests.integration.storage.helpers import sql

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.support import Cli

SECTIONS = {
    *("program", "system", "clock", "paths", "voice model", "sound", "screen", "service"),
}


@pytest.mark.expects_log
def test_the_report_holds_everything_and_names_nobody(
    cli: Cli, enrolled: Path, tmp_path: Path
) -> None:
    undo = logs.configure(enrolled / "logs")
    logging.getLogger("kiosk.services.somewhere").error("DB-003 anna is being verified as rob")
    undo()
    file = tmp_path / "report.json"
    answer = cli("doctor", "--json", "--out", file)
    report = answer.json
    assert json.loads(file.read_text(encoding="utf-8")).keys() == report.keys()
    assert file.stat().st_mode & 0o777 == 0o600
    assert set(report["facts"]) == SECTIONS
    assert not [s for s, facts in report["facts"].items() if facts[0]["name"] == "not told"]
    told = {
        (section, fact["name"]): fact["value"]
        for section, facts in report["facts"].items()
        for fact in facts
    }
    assert told["program", "installed as"] == "source tree"
    assert told["program", "version"] == report["version"]
    assert told["voice model", "in use"].startswith("ecapa-kiosk-2:")
    assert told["voice model", "threshold in force"] == "at most 1 impostor in 100"
    assert "pairs" in told["voice model", "found on"]
    assert told["paths", "data"].startswith(str(enrolled))
    assert told["screen", "platform plug-in"]
    assert told["sound", "PortAudio"].startswith("PortAudio V")
    assert told["service", "window"] == "does not run on this data folder"
    (trouble,) = report["last_errors"]
    assert (trouble["where"], trouble["codes"]) == ("kiosk.services.somewhere", "DB-003")
    whole = file.read_text(encoding="utf-8") + answer.out
    assert '"anna' not in whole
    assert " anna" not in whole
    assert " rob" not in whole


def test_a_report_replaces_no_file_without_a_word(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("something else", encoding="utf-8")
    refused = cli("doctor", "--out", file)
    assert (refused.code, refused.out) == (2, "")
    assert "--force" in refused.err
    assert file.read_text(encoding="utf-8") == "something else"
    assert cli("doctor", "--out", file, "--force").out.count("Wrote ") == 1
    assert json.loads(file.read_text(encoding="utf-8"))["version"]


def test_people_read_the_same_facts(cli: Cli) -> None:
    words = cli("doctor").out
    for section in SECTIONS:
        assert section.capitalize() in words
    assert "not used: the program computes on the processor" in words


@pytest.mark.expects_log
@pytest.mark.parametrize(
    ("broken", "finding"), [((Keys, "begin"), "keys"), ((Models, "card"), "voice model")]
)
def test_what_nobody_foresaw_is_one_finding_among_the_others(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, broken: tuple[type, str], finding: str
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("nobody foresaw this")

    monkeypatch.setattr(*broken, fail)
    answer = cli("doctor", "--json")
    assert (answer.code, answer.err) == (1, "")
    findings = {each["name"]: each for each in answer.json["findings"]}
    assert not findings[finding]["ok"]
    assert "ZeroDivisionError" in findings[finding]["detail"]
    assert findings["database"]["ok"]
    assert answer.json["last_errors"][-1]["raised"].startswith("ZeroDivisionError at test_doctor")


def test_data_that_others_may_read_is_amiss(cli: Cli, enrolled: Path) -> None:
    models = enrolled / "models"
    models.mkdir(mode=0o700)
    models.chmod(0o755)
    findings = {each["name"]: each for each in cli("doctor", "--json").json["findings"]}
    assert not findings["permissions"]["ok"]
    assert "installed models (0755)" in findings["permissions"]["detail"]


@pytest.mark.expects_log  # no record tells of a person who was inserted
def test_ids_of_two_people_that_are_one_id_by_now_are_named_until_one_is_gone(
    cli: Cli, enrolled: Path
) -> None:
    # As a database of an earlier version may hold them: whoever came later has no folded ID.
    file = enrolled / "kiosk.db"
    copied = "name, enabled, consent_version, consent_at"
    sql(
        file,
        f"INSERT INTO person (user_id, {copied}, created_at) "
        f"SELECT 'ANNA', {copied}, '2999-01-01 00:00:00.000000' FROM person "
        "WHERE user_id = 'anna'",
    )

    def database() -> dict[str, Any]:
        found = cli("doctor", "--json")
        (finding,) = (each for each in found.json["findings"] if each["name"] == "database")
        return {**finding, "code": found.code}

    found = database()
    assert (found["ok"], found["code"]) == (False, 1)
    assert "ANNA and anna are one ID" in found["detail"]
    assert "rob" not in found["detail"]
    assert "'kiosk users remove'" in found["hint"]
    assert "ANNA and anna are one ID" in cli("doctor").out
    # By their very spelling both are reached, and by any other one the first.
    assert cli("users", "show", "ANNA", "--json").json["user"] == "ANNA"
    assert cli("users", "show", "Anna", "--json").json["user"] == "anna"
    assert cli("users", "remove", "ANNA", "--yes").code == 0
    assert database()["ok"]
    assert cli("users", "show", "ANNA", "--json").json["user"] == "anna"
