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


def test_a_kill_in_the_middle_then_each_line_is_reported_and_each_model_loaded_once(
    cli: Cli, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = Terminal("enroll", "--from", table).until("1/8")
    killed.process.kill()
    killed.end()
    before = {each["user"]: each for each in cli("users", "list", "--json").json["users"]}
    assert "slt-1" in before
    assert "awb-1" not in before
    loaded: list[str] = []
    load = FolderModelShelf.load

    def counted(shelf: FolderModelShelf, model_id: str) -> Any:
        loaded.append(model_id)
        return load(shelf, model_id)

    monkeypatch.setattr(FolderModelShelf, "load", counted)
    found = cli("enroll", "--from", table, "--json")
    assert found.code == 1
    assert sorted(loaded) == ["campplus", "ecapa-kiosk-2"]
    rows = {row["line"]: row for row in found.json["rows"]}
    assert [rows[line]["state"] for line in range(2, 10)] == [
        *("skipped" if f"{voice}-1" in before else "enrolled" for voice in VOICES),
        *["refused"] * 5,
    ]
    assert (found.json["skipped"], found.json["refused"]) == (len(before), 5)
    assert [take["accepted"] for take in rows[4]["report"]] == [True] * 3
    assert rows[4]["report"][0]["file"] == "awb-0.wav"
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
    after = {each["user"]: each for each in cli("users", "list", "--json").json["users"]}
    assert sorted(after) == ["awb-1", "rms-1", "slt-1"]
    assert {user: after[user] for user in before} == before
    told = cli("audit", "list", "--action", "person.enrolled", "--json").out
    assert [told.count(f'"{user}"') for user in after] == [1, 1, 1]
    words = cli("enroll", "--from", table)
    assert words.code == 1
    assert "0 enrolled, 3 skipped, 5 refused." in words.out


def test_a_table_without_end_is_refused(cli: Cli) -> None:
    assert "too large" in cli.refuses("USR-001", "enroll", "--from", Path("/dev/zero"))


def test_the_template_is_a_table(cli: Cli, table: Path) -> None:
    template = table.with_name("template.csv")
    template.write_text(cli("enroll", "--template").out, encoding="utf-8")
    assert "nobody in the table" in cli.refuses("USR-001", "enroll", "--from", template)
