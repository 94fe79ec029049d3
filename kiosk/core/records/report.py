"""Audit records as files and tables show them."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from kiosk.core.records.canonical import parse
from kiosk.core.records.chain import written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kiosk.core.records.audit import AuditRecord

_COLUMNS = (
    "seq",
    "at",
    "actor",
    "role",
    "action",
    "subject",
    "score",
    "threshold",
    "reasons",
    "details",
    "mac",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def described(record: AuditRecord) -> dict[str, Any]:
    """Return a record as JSON-ready values, with its mac."""
    return {
        "seq": record.seq,
        "at": written(record.at),
        "actor": record.actor,
        "role": record.role,
        "action": record.action,
        "subject": record.subject,
        "details": record.details,
        "mac": record.mac,
    }


def outcome_of(record: AuditRecord) -> str:
    """Return what happened in words, from the name of the action."""
    group, _, what = record.action.partition(".")
    return f"{group}: {what}".replace("-", " ") if what else group


def reasons_of(record: AuditRecord) -> str:
    """Return why it was decided so, as one text; empty when nothing is recorded."""
    reasons = record.details.get("reasons") or ()
    listed = reasons if isinstance(reasons, list | tuple) else [reasons]
    return ", ".join(str(each).replace("_", " ") for each in listed)


def as_json_lines(records: Iterable[AuditRecord]) -> str:
    """Return one JSON object a line: ``record`` is the very text that ``mac`` chains.

    Whoever has the secret of the kiosk can check the chain from such a file alone.
    """
    lines = []
    for record in records:
        fields = {"record": record.record, "mac": record.mac}
        said = parse(record.record) or {}
        lines.append(json.dumps({**said, **fields}, ensure_ascii=False))
    return "".join(f"{line}\n" for line in lines)


def as_csv(records: Iterable[AuditRecord]) -> str:
    """Return a table with a heading, as RFC 4180 has it.

    Texts that a spreadsheet would take for a formula are preceded by an apostrophe.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(_COLUMNS)
    for record in records:
        details = record.details
        score, threshold = details.pop("score", None), details.pop("threshold", None)
        reasons = reasons_of(record)
        details.pop("reasons", None)
        rest = json.dumps(details, ensure_ascii=False, sort_keys=True) if details else ""
        texts = (record.actor, record.role, record.action, record.subject or "")
        table.writerow(
            [
                record.seq,
                written(record.at),
                *map(harmless, texts),
                "" if score is None else score,
                "" if threshold is None else threshold,
                harmless(reasons),
                harmless(rest),
                record.mac,
            ]
        )
    return out.getvalue()


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
