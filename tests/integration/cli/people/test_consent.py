"""Consent, retention and erasure from the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kiosk.storage.sqlite import SqlDatabase

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.cli.support import Cli


def test_the_texts_and_their_hashes(cli: Cli, data_dir: Path) -> None:
    found = cli("consent", "texts", "--json").json
    assert [each["language"] for each in found["texts"]] == ["en", "de", "es", "fr"]
    assert "{" not in cli("consent", "text").out
    assert "1095 days" in cli("consent", "text").out
    german = cli("consent", "text", "--language", "de", "--json").json
    assert german["sha256"] == found["texts"][1]["sha256"]
    cli.refuses("RUN-002", "consent", "text", "--language", "tlh")
    written = cli("consent", "texts", "--write", "--json").json["written"]
    assert len(written) == 4
    (data_dir / "consent" / "en.md").write_text("Ask {contact|us}.\n", encoding="utf-8")
    changed = cli("consent", "text", "--language", "en", "--json").json
    assert changed["text"] == "Ask us.\n"
    assert changed["version"].startswith("site-")


@pytest.mark.usefixtures("enrolled")
def test_receipts_are_listed_shown_and_exported(cli: Cli, tmp_path: Path) -> None:
    (receipt,) = cli("consent", "list", "anna", "--json").json["receipts"]
    assert receipt["actor"].startswith("console:")
    assert receipt["receipt_id"] in cli("consent", "list", "anna").out
    for whose in (receipt["receipt_id"], "anna"):
        shown = cli("consent", "show", whose)
        assert "Consent to the use of your voice" in shown.out
        assert receipt["text_sha256"] in shown.out
    for suffix in ("html", "json", "md"):
        file = tmp_path / f"anna.{suffix}"
        assert cli("consent", "export", "anna", "--out", file).code == 0
        assert receipt["text_sha256"] in file.read_text(encoding="utf-8")
        assert file.stat().st_mode & 0o777 == 0o600
    cli.refuses("USR-001", "consent", "export", "anna", "--out", tmp_path / "anna.doc")
    cli.refuses("USR-001", "consent", "export", "anna", "--out", tmp_path / "anna.md")
    cli.refuses("USR-002", "consent", "show", "nobody")


@pytest.mark.usefixtures("enrolled")
def test_withdrawal_erases_and_leaves_a_proof(cli: Cli, tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    cli.refuses("USR-001", "consent", "withdraw", "anna")
    done = cli("consent", "withdraw", "anna", "--yes", "--proof", proof, "--json")
    assert done.json["removed"]
    written = json.loads(proof.read_text(encoding="utf-8"))
    assert written == done.json["proof"]
    assert (written["user"], written["reason"]) == ("anna", "consent_withdrawn")
    assert written["rows"]["take"] == 6  # of two models
    assert written["overwritten"] is True
    assert written["audit_record"] > 0
    assert [each["user"] for each in cli("users", "list", "--json").json["users"]] == ["rob"]
    # The proof is written or nobody is erased.
    cli.refuses("USR-001", "users", "remove", "rob", "--yes", "--proof", proof)
    assert len(cli("users", "list", "--json").json["users"]) == 1


@pytest.mark.usefixtures("enrolled")
def test_backups_that_hold_the_person_are_told_and_deleted(cli: Cli) -> None:
    assert cli("backup", "create").code == 0
    kept = cli("users", "remove", "anna", "--yes")
    assert kept.code == 0
    assert "may still hold" in kept.err
    gone = cli("users", "remove", "rob", "--yes", "--delete-backups", "--json").json
    assert gone["proof"]["backups_that_may_hold_them"] == []
    assert cli("backup", "list", "--json").json["backups"] == []


@pytest.mark.usefixtures("enrolled")
def test_retention_is_set_shown_and_run(cli: Cli, data_dir: Path) -> None:
    status = cli("retention", "status", "--json").json
    assert (status["period"], status["days"], status["warn_days"]) == ("bipa", 1095, 30)
    # The date that a new kiosk began with, before anybody was enrolled.
    assert status["held"] is False
    assert [each["user"] for each in status["people"]] == ["anna", "rob"]
    assert cli("retention", "run", "--json").json == {"erased": []}
    cli.refuses("USR-001", "retention", "set", "custom")
    cli.refuses("USR-001", "retention", "set", "texas", "--days", "3")
    assert "require a limit" in cli("retention", "set", "none").err
    assert cli("retention", "set", "custom", "--days", "90", "--json").json["days"] == 90
    database = SqlDatabase(data_dir / "kiosk.db")
    with database() as work:
        last = work.retention.last_interaction("anna")
        assert last is not None
        work.retention.touch("anna", last.at.replace(year=last.at.year - 1))
        work.commit()
    database.close()
    assert cli("retention", "run", "--dry-run", "--json").json == {"would_erase": ["anna"]}
    assert "overdue" in cli("retention", "status").out
    cli.refuses("USR-001", "retention", "run")
    (erased,) = cli("retention", "run", "--yes", "--json").json["erased"]
    assert (erased["user"], erased["reason"]) == ("anna", "retention")
    assert "Nobody is due for deletion" in cli("retention", "run", "--dry-run").out


@pytest.mark.usefixtures("enrolled")
def test_a_period_that_erases_people_at_once_must_be_confirmed(cli: Cli, data_dir: Path) -> None:
    database = SqlDatabase(data_dir / "kiosk.db")
    with database() as work:
        last = work.retention.last_interaction("anna")
        assert last is not None
        work.retention.touch("anna", last.at.replace(year=last.at.year - 2))
        work.commit()
    database.close()
    assert "--yes" in cli.refuses("USR-001", "retention", "set", "texas")
    assert cli("retention", "status", "--json").json["period"] == "bipa"
    assert cli("retention", "set", "texas", "--yes").code == 0
    assert len(cli("users", "list", "--json").json["users"]) == 2, "the next purge erases"
