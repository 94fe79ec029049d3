"""``kiosk keys``, ``kiosk recordings``, and voiceprints that are carried to another kiosk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.bootstrap import build
from kiosk.core.accounts.acting import SYSTEM, acting_as
from kiosk.settings import load_settings
from tests.fakes.clock import START
from tests.fakes.samples import MODEL, person, quality, voiceprint
from tests.integration.vault.kit import same

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.support import Cli

PASSPHRASE = "correct horse battery"


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    file = tmp_path / "passphrase"
    file.write_text(f"{PASSPHRASE}\nanother line\n")
    return file


def enroll(number: int = 1, model: str = MODEL) -> None:
    with build(load_settings()) as kiosk, acting_as(SYSTEM):
        kiosk.startup.run(until="keys")
        with kiosk.people._uow() as work:
            work.people.add(person(f"p{number}"))
            made = voiceprint(number, model_id=model)
            work.people.save_voiceprint(f"p{number}", made, quality(), START)
            work.commit()


def stored(number: int = 1, model: str = MODEL) -> bool:
    with build(load_settings()) as kiosk, kiosk.people._uow() as work:
        found = work.people.voiceprint(f"p{number}", model)
        return found is not None and same(found, voiceprint(number))


def key_files() -> list[Path]:
    return sorted(load_settings().keys_folder.glob(f"{_kiosk_id()}.key"))


def _kiosk_id() -> str:
    with build(load_settings()) as kiosk:
        kiosk.startup.run(until="storage")
        return str(dict(kiosk.keys.report().facts)["kiosk"])


def test_the_status_tells_where_the_keys_are(cli: Cli) -> None:
    enroll()
    answer = cli("keys", "status", "--json").json
    assert answer["facts"]["place"] == "file"
    assert [(key["state"], key["values"], key["present"]) for key in answer["keys"]] == [
        ("active", 3, True)
    ]
    assert answer["plain"] == 0
    assert "active" in cli("keys", "status").out


def test_another_key(cli: Cli) -> None:
    enroll()
    before = cli("keys", "status", "--json").json["keys"][0]["id"]
    made = cli("keys", "rekey", "--json").json["key"]
    keys = cli("keys", "status", "--json").json["keys"]
    assert [(key["id"], key["state"]) for key in keys] == [
        (before, "destroyed"),
        (made, "active"),
    ]
    assert stored()


def test_revoking_asks_and_then_erases(cli: Cli) -> None:
    enroll()
    assert "--yes" in cli.refuses("USR-001", "keys", "revoke")
    assert stored()
    assert cli("keys", "revoke", "--yes", "--json").json == {"voiceprints": 1}
    assert not stored()
    listed = cli("users", "list", "--json").json["users"]
    assert [(user["user"], user["takes"]) for user in listed] == [("p1", 0)]


def test_lost_keys_come_back_from_an_export(cli: Cli, tmp_path: Path, passphrase: Path) -> None:
    enroll()
    file = tmp_path / "export"
    assert cli("keys", "export", file, "--passphrase-file", passphrase).code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert cli("keys", "export", file, "--passphrase-file", passphrase).code == 2
    (key_file,) = key_files()
    key_file.rename(tmp_path / "lost")
    assert "kiosk keys import" in cli.refuses("KEY-001", "keys", "rekey")
    assert not key_file.exists()
    wrong = tmp_path / "wrong"
    wrong.write_text("another passphrase\n")
    cli.refuses("KEY-003", "keys", "import", file, "--passphrase-file", wrong)
    cli.refuses("USR-001", "keys", "import", passphrase, "--passphrase-file", passphrase)
    cli.refuses("USR-001", "keys", "import", file)
    answer = cli("keys", "import", file, "--passphrase-file", passphrase, "--json").json
    assert answer["keys"][0]["present"]
    assert stored()


def test_a_short_passphrase_is_refused(cli: Cli, tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_text("hunter2\n")
    cli.refuses("USR-001", "keys", "export", tmp_path / "export", "--passphrase-file", short)
    assert not (tmp_path / "export").exists()
    for content in (b"", b"\n", b"\xff\xfe\xff"):
        short.write_bytes(content)
        cli.refuses("USR-001", "keys", "export", tmp_path / "x", "--passphrase-file", short)


def test_a_person_goes_to_another_kiosk(
    cli: Cli, tmp_path: Path, passphrase: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builtin = cli("model", "list", "--json").json["models"][0]["model_id"]
    enroll(model=builtin)
    file, unknown = tmp_path / "person", tmp_path / "unknown"
    options = ("--passphrase-file", passphrase)
    assert cli("users", "export-voiceprint", "p1", file, *options).code == 0
    enroll(2)
    assert cli("users", "export-voiceprint", "p2", unknown, *options).code == 0
    monkeypatch.setenv("KIOSK_DATA_DIR", str(tmp_path / "another"))
    assert "--consent" in cli.refuses("USR-007", "users", "import-voiceprint", file, *options)
    answer = cli("users", "import-voiceprint", file, "--consent", *options, "--json").json
    assert (answer["user"], answer["model_ids"], answer["usable"]) == ("p1", [builtin], True)
    assert stored(model=builtin)
    again = ("users", "import-voiceprint", file, "--consent", *options)
    cli.refuses("USR-003", *again)
    assert MODEL in cli.refuses("USR-001", "users", "import-voiceprint", unknown, *again[3:])


def test_a_voice_that_is_known_already_is_imported_for_a_reason_only(
    cli: Cli, tmp_path: Path, passphrase: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builtin = cli("model", "list", "--json").json["models"][0]["model_id"]
    enroll(model=builtin)
    file = tmp_path / "person"
    options = ("--passphrase-file", passphrase)
    assert cli("users", "export-voiceprint", "p1", file, *options).code == 0
    with build(load_settings()) as kiosk, kiosk.people._uow() as work:
        work.people.remove("p1")
        work.people.add(person("twin"))
        work.people.save_voiceprint("twin", voiceprint(1, model_id=builtin), quality(), START)
        work.commit()
    again = ("users", "import-voiceprint", file, "--consent", *options)
    assert "twin" in cli.refuses("USR-010", *again)
    assert not stored(model=builtin)
    answer = cli(*again, "--allow-duplicate", "twins", "--json").json
    assert answer["alike"] == ["twin"]
    assert stored(model=builtin)


def test_an_exchanged_database_is_accepted_by_one_command(cli: Cli, data_dir: Path) -> None:
    enroll()
    for file in data_dir.glob("kiosk.db*"):
        file.unlink()
    for command in (("users", "show", "p1"), ("keys", "rekey")):
        assert cli(*command).code != 0
    assert "kiosk keys adopt" in cli.refuses("KEY-001", "keys", "rekey")
    assert "--yes" in cli.refuses("USR-001", "keys", "adopt")
    cli.refuses("KEY-001", "keys", "rekey")
    assert cli("keys", "adopt", "--yes", "--json").json["plain"] == 0
    assert cli("keys", "rekey").code == 0
    assert "key.database-adopted" in cli("audit", "list", "--json").out


def test_takes_are_kept_when_somebody_says_so(cli: Cli) -> None:
    assert cli("recordings", "status", "--json").json == {"days": None, "people": []}
    assert cli("recordings", "keep", "30", "--json").json == {"days": 30}
    assert "30 days" in cli("recordings", "status").out
    for wrong in ("0", "many", "99999"):
        cli.refuses("USR-001", "recordings", "keep", wrong)
    assert cli("recordings", "keep", "off", "--json").json == {"days": None}


def test_the_doctor_looks_at_the_keys_and_shows_none(cli: Cli) -> None:
    enroll()
    (key_file,) = key_files()
    answer = cli("doctor", "--json")
    (finding,) = [each for each in answer.json["findings"] if each["name"] == "keys"]
    assert finding["ok"]
    assert str(key_file) in finding["detail"]
    import json

    ring = json.loads(key_file.read_text())
    for secret in (ring["root"], *(key["key"] for key in ring["keys"])):
        assert secret not in answer.out + answer.err
    key_file.unlink()
    (finding,) = [
        each for each in cli("doctor", "--json").json["findings"] if each["name"] == "keys"
    ]
    assert not finding["ok"]
    assert finding["detail"].startswith("KEY-001 ")
