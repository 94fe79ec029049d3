"""Commands about the audit records: ``kiosk audit …``."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli.failures import NEGATIVE
from kiosk.cli.files import write_private
from kiosk.cli.options import Json, options_of, show_help_alone
from kiosk.cli.output import answer, confirm, progress_bar, say, show_table, warn
from kiosk.cli.session import open_kiosk
from kiosk.core.errors import InvalidInput
from kiosk.core.records.audit import AuditAction, AuditQuery
from kiosk.core.records.chain import written
from kiosk.core.records.report import as_csv, as_json_lines, described, outcome_of, reasons_of

if TYPE_CHECKING:
    from kiosk.core.records.audit import AuditRecord
    from kiosk.core.records.verdict import Verdict


class Format(StrEnum):
    """How records are written into a file."""

    JSON = "json"
    """One record a line, as it is chained, with its mac."""
    CSV = "csv"
    """For spreadsheets."""


Since = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="From this time on: 2026-11-23 or 2026-11-23T09:30."),
]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Before this time.")]
Actions = Annotated[
    list[str] | None,
    typer.Option(
        "--action",
        metavar="ACTION",
        help=(
            "Such as verification.verified, or a beginning: 'person.'. Can be given several times."
        ),
    ),
]
Who = Annotated[str | None, typer.Option(metavar="NAME", help="Who did it, such as operator:anna.")]
Subject = Annotated[str | None, typer.Option(metavar="ID", help="Whom or what it is about.")]
Text = Annotated[str | None, typer.Option(metavar="TEXT", help="Anywhere in the record.")]
Anchors = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE",
        help="Also compare with the anchors in this file. Can be given several times.",
        dir_okay=False,
    ),
]


def program() -> typer.Typer:
    """Return the group of commands."""
    app = typer.Typer(help="Check, list, export and anchor the audit records.")
    app.callback(invoke_without_command=True)(show_help_alone)
    app.command("verify")(verify)
    app.command("list")(list_)
    app.command("export")(export)
    app.command("anchor")(anchor)
    app.command("accept")(accept)
    return app


def verify(ctx: typer.Context, anchors: Anchors = None, as_json: Json = False) -> None:
    """Check every record, and that accounts, keys, settings and voiceprints match them.

    Exit code 1 when something was changed, removed, reordered or added.
    """
    from kiosk.storage.records.anchors import FileAnchors

    for path in anchors or ():
        if not path.exists():
            raise InvalidInput(f"There is no file {path.name}.", hint="Name a file of anchors.")
    with (
        open_kiosk(options_of(ctx), until="storage") as kiosk,
        progress_bar("Checking") as progress,
    ):
        verdict = kiosk.audit.verify([FileAnchors(path) for path in anchors or ()], progress)
    if as_json:
        answer(_judged(verdict))
    else:
        _say(verdict)
    if not verdict.intact:
        raise typer.Exit(NEGATIVE)


def list_(
    ctx: typer.Context,
    since: Since = None,
    until: Until = None,
    action: Actions = None,
    actor: Who = None,
    subject: Subject = None,
    text: Text = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most this many.")] = 50,
    as_json: Json = False,
) -> None:
    """List the newest records, the newest first."""
    query = _query(since, until, action, actor, subject, text, limit)
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        records = kiosk.audit.find(query)
    if as_json:
        answer({"records": [described(record) for record in records]})
        return
    if not records:
        say("No record matches.")
        return
    show_table(
        (">No.", "When", "Who", "What", "About", ">Score", ">Threshold", "Details"),
        [_row(record) for record in records],
    )


def export(
    ctx: typer.Context,
    out: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write.")],
    format: Annotated[  # noqa: A002 - the name of the option
        Format, typer.Option(help="Format of the file.")
    ] = Format.JSON,
    since: Since = None,
    until: Until = None,
    action: Actions = None,
    actor: Who = None,
    subject: Subject = None,
    text: Text = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    as_json: Json = False,
) -> None:
    """Write records into a file, the oldest first; that is recorded too."""
    query = _query(since, until, action, actor, subject, text, 1)
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        records = kiosk.audit.export(query)
    content = as_csv(records) if format is Format.CSV else as_json_lines(records)
    write_private(out, content, overwrite=force)
    if as_json:
        answer({"file": str(out), "records": len(records)})
    else:
        say(f"Wrote {_count(len(records))} to {out}.")


def anchor(
    ctx: typer.Context,
    out: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Best on another machine or medium. A line is added."),
    ],
    as_json: Json = False,
) -> None:
    """Note the last record in a file elsewhere, so that an earlier copy of all data is noticed."""
    from kiosk.storage.records.anchors import FileAnchors

    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        made = kiosk.audit.anchor(FileAnchors(out))
    if as_json:
        answer({"file": str(out), "seq": made.seq, "mac": made.mac, "at": written(made.at)})
    else:
        say(f"Anchored record {made.seq} in {out}.")


def accept(
    ctx: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Accept accounts, keys, settings and voiceprints as they are; that is recorded.

    For when 'kiosk audit verify' has named what is not as it was recorded, and it is right so.
    Where records were changed or removed they are begun anew, and those before are not checked.
    """
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        broken = kiosk.audit.broken()
        for text in kiosk.audit.look().warnings:
            warn(text)
        if broken:
            warn(f"{broken} The records start again. Earlier ones are no longer checked.")
        confirm("Accept everything as it is now?", yes=yes)
        found = kiosk.audit.accept()
    if as_json:
        answer({"accepted": list(found.warnings), "broken": broken or None})
        return
    say(f"Accepted. Differences until now: {len(found.warnings)}.")
    if broken:
        say("The records start again, and are checked from here on.")


def _query(
    since: str | None,
    until: str | None,
    action: list[str] | None,
    actor: str | None,
    subject: str | None,
    text: str | None,
    limit: int,
) -> AuditQuery:
    return AuditQuery(
        since=_moment(since),
        until=_moment(until),
        actions=_actions(action),
        actor=actor,
        subject=subject,
        text=text,
        limit=limit,
    )


def _actions(wanted: list[str] | None) -> tuple[str, ...]:
    found = []
    for name in wanted or ():
        matching = [
            each.value
            for each in AuditAction
            if each == name or (name.endswith(".") and each.startswith(name))
        ]
        if not matching:
            known = ", ".join(sorted({f"{each.partition('.')[0]}." for each in AuditAction}))
            raise InvalidInput(
                f"There is no action {name}.", hint=f"All actions begin with one of {known}."
            )
        found += matching
    return tuple(found)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        # Without a zone it is meant as the clock on the wall shows it.
        return datetime.fromisoformat(text).astimezone()
    except ValueError as exc:
        raise InvalidInput(
            f"{text} is not a time.", hint="Write 2026-11-23 or 2026-11-23T09:30."
        ) from exc


def _row(record: AuditRecord) -> tuple[str, ...]:
    details = record.details
    score, threshold = details.pop("score", None), details.pop("threshold", None)
    reasons = reasons_of(record)
    details.pop("reasons", None)
    rest = ", ".join(f"{name} {value}" for name, value in details.items() if value is not None)
    return (
        str(record.seq),
        f"{record.at.astimezone():%Y-%m-%d %H:%M:%S}",
        record.actor,
        outcome_of(record),
        record.subject or "",
        "" if score is None else f"{score:.2f}",
        "" if threshold is None else f"{threshold:.2f}",
        "; ".join(part for part in (reasons, rest) if part),
    )


def _judged(verdict: Verdict) -> dict[str, Any]:
    broken = verdict.broken
    first, last = verdict.first, verdict.last
    return {
        "intact": verdict.intact,
        "records": verdict.records,
        "begun_at": None if first is None else written(first.at),
        "begun_with": None if first is None else first.details.get("version"),
        "last": None if last is None else {"seq": last.seq, "mac": last.mac},
        "anchors": verdict.anchors,
        "broken": None
        if broken is None
        else {"damage": broken.damage.value, "record": broken.seq, "text": broken.text},
        "notices": list(verdict.notices),
        "differences": list(verdict.differences),
        "unguarded": list(verdict.unguarded),
    }


def _say(verdict: Verdict) -> None:
    if verdict.broken is not None:
        say(verdict.broken.text, "bold red")
        say(f"{_count(verdict.records)} before it are unchanged.")
    else:
        first = 1 if verdict.first is None else verdict.first.seq
        since = f" from record {first:,} on" if first > 1 else ""
        say(f"All {_count(verdict.records)}{since} are unchanged.", "bold green")
    if verdict.first is not None:
        version = verdict.first.details.get("version")
        say(f"The chain begins on {verdict.first.at.astimezone():%Y-%m-%d} with version {version}.")
    if verdict.anchors:
        say(f"Integrity checks passed: {verdict.anchors} anchors.")
    for text in (*verdict.differences, *verdict.unguarded):
        say(text, "bold red")
    for notice in verdict.notices:
        warn(notice)


def _count(number: int) -> str:
    return "1 record" if number == 1 else f"{number:,} records"
