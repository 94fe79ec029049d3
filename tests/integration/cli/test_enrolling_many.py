"""Many people from a table, with real recordings: ``kiosk enroll --from``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kiosk.speaker.shelf import FolderModelShelf
from tests.integration.cli.support import Terminal

if TYPE_CHECKING:
    from tests.integration.cli.support import Cli, Sounds

VOICES = ("slt", "rms", "awb")


@pytest.fixture
def table(sounds: Sounds) -> Path:
    """Return a table of three people, of a fourth without consent, and of more that is amiss."""
    files = {voice: ";".join(sounds(voice, number).name for number in range(3)) for voice in VOICES}
    (sounds.folder / "text.wav").write_text("this is no sound", encoding="utf-8")
    path = sounds.folder / "people.csv"
    rows = (
        "id,name,consent,files",
        *(f"{voice}-1,{voice.title()},yes,{files[voice]}" for voice in VOICES),
        f"ida,Ida,no,{files['slt']}",
        f"SLT-1,Slt,yes,{files['slt']}",
        f"twin,Twin,yes,{files['rms']}",
        "eva,Eva,yes,text.wav;text.wav;text.wav",
        "uwe,Uwe,yes,gone.wav;gone.wav;gone.wav",
    )
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def states(answer: dict[str, Any]) -> dict[int, str]:
    return {row["line"]: row["state"] for row in answer["rows"]}


def test_each_line_is_reported_and_each_model_loaded_once(
    cli: Cli, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    load = FolderModelShelf.load

    def counted(shelf: FolderModelShelf, model_id: str) -> Any:
        loaded.append(model_id)
        return load(shelf, model_id)

    monkeypatch.setattr(FolderModelShelf, "load", counted)
    found = cli("enroll", "--from", table, "--json")
    assert found.code == 1
    assert sorted(loaded) == ["campplus", "ecapa-kiosk-2"]
    assert states(found.json) == {2: "enrolled", 3: "enrolled", 4: "enrolled"} | dict.fromkeys(
        range(5, 10), "refused"
    )
    assert (found.json["enrolled"], found.json["skipped"], found.json["refused"]) == (3, 0, 5)
    rows = {row["line"]: row for row in found.json["rows"]}
    assert [take["accepted"] for take in rows[2]["report"]] == [True] * 3
    assert rows[2]["report"][0]["file"] == "slt-0.wav"
    errors = {line: rows[line]["error"] for line in range(5, 10)}
    assert {line: error["code"] for line, error in errors.items()} == {
        5: "USR-007",
        6: "USR-001",
        7: "USR-010",
        8: "AUD-001",
        9: "AUD-001",
    }
    assert "line 2" in errors[6]["message"]
    assert "rms-1" in errors[7]["message"]
    assert "text.wav" in errors[8]["message"]
    assert "gone.wav" in errors[9]["message"]
    words = cli("enroll", "--from", table)
    assert words.code == 1
    assert "0 enrolled, 3 skipped, 5 refused." in words.out
    users = cli("users", "list", "--json").json["users"]
    assert sorted(each["user"] for each in users) == ["awb-1", "rms-1", "slt-1"]


def test_after_an_interruption_it_goes_on_and_enrolls_nobody_twice(
    cli: Cli, table: Path, data_dir: Path
) -> None:
    del data_dir
    first = Terminal("enroll", "--from", table).until("1/8")
    first.process.kill()
    first.end()
    before = {each["user"]: each for each in cli("users", "list", "--json").json["users"]}
    assert "slt-1" in before
    assert len(before) < 3
    found = cli("enroll", "--from", table, "--json")
    assert found.json["skipped"] == len(before)
    assert found.json["enrolled"] == 3 - len(before)
    after = {each["user"]: each for each in cli("users", "list", "--json").json["users"]}
    assert sorted(after) == ["awb-1", "rms-1", "slt-1"]
    assert {user: after[user] for user in before} == before
    for voice in VOICES:
        told = cli("audit", "list", "--subject", f"{voice}-1", "--json").out
        assert told.count('"person.enrolled"') == 1


def test_a_table_without_end_is_refused(cli: Cli) -> None:
    assert "too large" in cli.refuses("USR-001", "enroll", "--from", Path("/dev/zero"))


def test_the_template_is_a_table(cli: Cli, table: Path) -> None:
    template = table.with_name("template.csv")
    template.write_text(cli("enroll", "--template").out, encoding="utf-8")
    assert "names nobody" in cli.refuses("USR-001", "enroll", "--from", template)
