"""``kiosk audit``: check, list, export and anchor the records of real commands."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.support import Cli


@pytest.fixture
def used(cli: Cli, data_dir: Path) -> Path:
    """Return a data folder in which a few commands were run."""
    assert cli("api-key", "create", "till").code == 0
    assert cli("model", "policy", "50").code == 0
    assert cli("api-key", "create", "door", "--right", "people").code == 0
    return data_dir


def sql(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "kiosk.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_what_commands_did_is_listed_with_who_did_it(cli: Cli, used: Path) -> None:
    del used
    records = cli("audit", "list", "--json").json["records"]
    assert [each["action"] for each in records][:3] == [
        "api-key.created",
        "setting.threshold-changed",
        "api-key.created",
    ]
    assert records[-1]["action"] == "chain.begun"
    assert all(each["actor"].startswith("console:") for each in records[:3])
    assert records[1]["details"] == {"old": None, "new": "50"}
    shown = cli("audit", "list", "--limit", "2")
    assert "threshold changed" in shown.out
    assert "begun" not in shown.out


def test_records_are_found_by_filter(cli: Cli, used: Path) -> None:
    del used

    def count(*filters: str) -> int:
        return len(cli("audit", "list", "--json", *filters).json["records"])

    assert count("--action", "api-key.created") == 2
    assert count("--action", "setting.") == 1
    assert count("--text", "PEOPLE", "--action", "api-key.") == 1
    assert count("--actor", "operator:nobody") == 0
    assert count("--since", "2100-01-01") == 0
    assert count("--until", "2000-01-01T12:00") == 0
    assert count("--subject", "threshold:@one_in") == 1
    assert "no record" in cli("audit", "list", "--since", "2100-01-01").out.lower()
    assert "There is no action" in cli.refuses("USR-001", "audit", "list", "--action", "nonsense")
    assert "not a time" in cli.refuses("USR-001", "audit", "list", "--since", "yesterday")


def test_an_untouched_chain_is_whole(cli: Cli, used: Path) -> None:
    del used
    found = cli("audit", "verify")
    assert found.code == 0
    assert "are unchanged" in found.out
    assert cli("audit", "verify", "--json").json["intact"] is True


@pytest.mark.parametrize(
    ("statements", "damage", "record"),
    [
        (["UPDATE audit SET subject = 'x' WHERE seq = 2"], "changed", 2),
        (["DELETE FROM audit WHERE seq = 2"], "removed", 2),
        (["DELETE FROM audit WHERE seq > 3"], "truncated", 4),
    ],
)
def test_tampering_is_found_and_named(
    cli: Cli, used: Path, statements: list[str], damage: str, record: int
) -> None:
    triggers = ("audit_no_update", "audit_no_delete")
    sql(used, *(f"DROP TRIGGER {name}" for name in triggers), *statements)
    found = cli("audit", "verify", "--json")
    assert found.code == 1
    broken = found.json["broken"]
    assert (broken["damage"], broken["record"]) == (damage, record)
    plain = cli("audit", "verify")
    assert plain.code == 1
    assert broken["text"] in plain.out


def test_a_removed_record_is_accepted_and_backups_are_made_again(cli: Cli, used: Path) -> None:
    good = cli("backup", "create", "--json").json["file"]
    sql(used, "DROP TRIGGER audit_no_delete", "DELETE FROM audit WHERE seq = 3")
    refused = cli.refuses("LOG-001", "backup", "create")
    assert "the former ones are kept" in refused
    assert "kiosk audit accept" in refused
    asked = cli("audit", "accept", "--yes")
    assert asked.code == 0
    assert "Record 3 was removed. The records start again" in asked.err
    found = cli("audit", "verify")
    assert found.code == 0
    assert "from record" in found.out
    assert "are not checked: they were accepted as they are by console:" in found.err
    file = cli("backup", "create", "--json").json["file"]
    assert cli("backup", "verify", file).code == cli("backup", "verify", good).code == 0
    assert cli("backup", "restore", file, "--yes").code == 0
    assert cli("audit", "verify").code == 0


def test_an_earlier_copy_of_the_data_is_found_by_an_anchor(
    cli: Cli, used: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_AUDIT__ANCHOR_FILE", "off")  # those of the kiosk find it, too
    earlier = (used / "kiosk.db").read_bytes()
    assert not (used / "kiosk.db-wal").exists()
    anchors = tmp_path / "anchors.txt"
    cli("model", "policy", "200")
    assert cli("audit", "anchor", anchors).code == 0
    assert cli("audit", "verify", "--anchors", anchors).code == 0
    (used / "kiosk.db").write_bytes(earlier)
    assert cli("audit", "verify").code == 0
    found = cli("audit", "verify", "--anchors", anchors, "--json")
    assert found.code == 1
    assert found.json["broken"]["damage"] == "rolled back"
    assert "no file" in cli.refuses("USR-001", "audit", "verify", "--anchors", tmp_path / "none")


def test_the_settings_anchor_by_themselves(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchors = tmp_path / "elsewhere" / "anchors.txt"
    monkeypatch.setenv("KIOSK_AUDIT__ANCHOR_FILE", str(anchors))
    monkeypatch.setenv("KIOSK_AUDIT__ANCHOR_EVERY", "1")
    cli("api-key", "create", "till")
    cli("api-key", "create", "door")
    count = len(anchors.read_text().splitlines())
    assert count >= 2
    assert cli("audit", "verify", "--json").json["anchors"] == count


def test_exports_are_private_whole_and_recorded(cli: Cli, used: Path, tmp_path: Path) -> None:
    del used
    lines, table = tmp_path / "records.jsonl", tmp_path / "records.csv"
    assert cli("audit", "export", lines).code == 0
    exported = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
    assert [each["seq"] for each in exported] == list(range(1, len(exported) + 1))
    assert all(json.loads(each["record"])["action"] == each["action"] for each in exported)
    assert stat.S_IMODE(lines.stat().st_mode) == 0o600
    filters = ("--action", "audit.", "--json")
    answer = cli("audit", "export", table, "--format", "csv", *filters).json
    assert answer == {"file": str(table), "records": 1}
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8"))))
    assert [row["action"] for row in rows] == ["audit.exported"]
    assert "exists already" in cli.refuses("USR-001", "audit", "export", table)
    assert cli("audit", "export", table, "--force").code == 0
