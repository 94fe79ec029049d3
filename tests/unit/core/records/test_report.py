"""Records as files and tables show them."""

from __future__ import annotations

import csv
import io
import json

from kiosk.core.accounts.acting import VISITOR
from kiosk.core.records.audit import AuditAction, AuditEvent, AuditRecord, Tail
from kiosk.core.records.report import as_csv, as_json_lines, described, outcome_of
from tests.fakes.records.audit import chain_of_tests


def record(subject: str | None, **details: object) -> AuditRecord:
    event = AuditEvent(AuditAction.NOT_VERIFIED, subject, details)
    return chain_of_tests().extend(Tail(), event, VISITOR)[0][-1]


def test_a_spreadsheet_takes_no_text_for_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(as_csv([record('=HYPERLINK("x")', score=-0.5)]))))
    by_name = dict(zip(rows[0], rows[1], strict=True))
    assert by_name["subject"] == '\'=HYPERLINK("x")'
    assert by_name["score"] == "-0.5"


def test_a_record_in_a_file_can_be_checked_without_the_database() -> None:
    made = record("anna", score=0.25, reasons=("a",))
    line = json.loads(as_json_lines([made]))
    assert chain_of_tests().mac("", "") != line["mac"]
    assert line["record"] == made.record
    assert line["details"] == {"reasons": ["a"], "score": 0.25}


def test_a_damaged_record_is_shown_as_far_as_it_can_be() -> None:
    made = record("anna")
    damaged = AuditRecord(
        made.seq, made.at, "what.ever-it-was", made.actor, None, "no JSON", made.mac
    )
    assert damaged.details == {}
    assert damaged.role == ""
    assert outcome_of(damaged) == "what: ever it was"
    assert described(damaged)["details"] == {}
    assert "what.ever-it-was" in as_csv([damaged])
    assert json.loads(as_json_lines([damaged]))["record"] == "no JSON"
