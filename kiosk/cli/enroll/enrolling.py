"""Enroll one person, or many: ``kiosk enroll``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli import failures
from kiosk.cli.options import Json, options_of
from kiosk.cli.output import answer, progress_bar, say, show_table
from kiosk.cli.session import open_kiosk, start
from kiosk.cli.visit.speaking import show_notices
from kiosk.core.errors import AlreadyEnrolled, ConsentMissing, DuplicateVoice, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.hearing.quality import QualityReport
    from kiosk.core.people.users import Person
    from kiosk.core.visit.outcomes import TakeAccepted
    from kiosk.core.voice.duplicates import Alike
    from kiosk.services.enroll.enrolling import EnrollUser
    from kiosk.services.enroll.roster import RowResult


class KnownVoice(DuplicateVoice):
    """The voice is like that of these people.

    Attributes:
        members: who they are, for the JSON answer.
    """

    def __init__(self, candidates: Sequence[Alike]) -> None:
        from kiosk.core.voice.duplicates import named

        super().__init__(
            f"The voice is similar to that of {named(candidates)}. Nothing was stored.",
            hint=(
                "Re-enroll that person with --replace, or add --allow-duplicate REASON if it "
                "is a different one."
            ),
        )
        self.members = {"candidates": _people(candidates)}


AllowDuplicate = Annotated[
    str | None,
    typer.Option(
        metavar="REASON",
        help=(
            "Why this is a different person although the voice is similar to an enrolled "
            "person's, such as: twins. It is recorded."
        ),
    ),
]


def _clean(text: str | None) -> str | None:
    from kiosk.core.people.users import clean_user_id

    return None if text is None else clean_user_id(text)


def enroll(
    ctx: typer.Context,
    user: Annotated[
        str | None,
        typer.Option("--user", metavar="ID", callback=_clean, help="The person's ID."),
    ] = None,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="Recordings; each is one take."),
    ] = None,
    name: Annotated[str, typer.Option(help="Display name.")] = "",
    consent: Annotated[
        bool, typer.Option("--consent", help="The person agreed to be enrolled.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the person's current voiceprint.")
    ] = False,
    allow_duplicate: AllowDuplicate = None,
    table: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="TABLE",
            help=(
                "Enroll many: a CSV file with the columns id, name, consent, files. People "
                "already enrolled are skipped, so it can be run again."
            ),
        ),
    ] = None,
    template: Annotated[
        bool, typer.Option("--template", help="Write an empty table for --from and exit.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Enroll a person from recordings, all takes or nothing; or many people from a table.

    Of a table the exit code is 0 when everybody in it is enrolled, and 1 when somebody is not.
    """
    if template:
        from kiosk.core.enroll.roster import TEMPLATE

        for line in TEMPLATE.splitlines():
            say(line)
        return
    if table is not None:
        if user or files or name or consent or replace or allow_duplicate:
            raise InvalidInput(
                "The table already says who is enrolled, from which recordings and with what "
                "consent.",
                hint="Give --from alone, or with --json.",
            )
        _enroll_many(ctx, table, as_json=as_json)
        return
    if user is None or not files:
        raise InvalidInput(
            "An ID and recordings are needed." if user is None else "Recordings are needed.",
            hint="Give --user ID and files, or a table with --from; see 'kiosk enroll --help'.",
        )
    _enroll_one(ctx, user, files, name, consent, replace, allow_duplicate, as_json)


def _enroll_one(
    ctx: typer.Context,
    user: str,
    files: list[Path],
    name: str,
    consent: bool,
    replace: bool,
    allow_duplicate: str | None,
    as_json: bool,
) -> None:
    from kiosk.core.hearing.speech import lent
    from kiosk.core.people.users import clean_name
    from kiosk.core.voice.duplicates import clean_reason
    from kiosk.services.enroll.roster import hear

    shown = clean_name(name)
    reason = None if allow_duplicate is None else clean_reason(allow_duplicate)
    if not consent:
        raise ConsentMissing(
            f"There is no consent of {user}.",
            hint="Ask the person, then add --consent.",
        )
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        recordings = [kiosk.recordings.speech(path) for path in files]
        start(kiosk, until="model")
        _require_free(kiosk.enroll, user, replace=replace)
        with lent(*recordings):
            takes, heard = hear(kiosk.enroll, files, recordings)
        alike = () if reason is None else kiosk.enroll.duplicates(user, takes)
        person = _saved(kiosk.enroll, user, shown, takes, replace=replace, reason=reason, of=alike)
        first = takes[0]
        model_ids = [made.model_id for made in (first.embedding, first.second) if made is not None]
    if as_json:
        answer(
            {
                "user": person.user_id,
                "name": person.name,
                "takes": len(takes),
                "report": [each.described() for each in heard],
                "model_id": model_ids[0],
                "model_ids": model_ids,
                "quality": [take.quality.as_dict() for take in takes],
                "alike": _people(alike),
            }
        )
        return
    counted = f"{len(takes)} {'take' if len(takes) == 1 else 'takes'}"
    models = f", for the models {' and '.join(model_ids)}" if len(model_ids) > 1 else ""
    say(f"Enrolled {person.user_id} with {counted}{models}.")
    if alike:
        from kiosk.core.voice.duplicates import named

        say(f"The voice is similar to that of {named(alike)}; your reason is recorded.", "yellow")
    show_table(
        ("Take", "File", ">Net speech", ">SNR", ">Level"),
        [
            (str(number), path.name, *_figures(take.quality))
            for number, (path, take) in enumerate(zip(files, takes, strict=True), 1)
        ],
    )
    for number, take in enumerate(takes, 1):
        show_notices(take.quality, f" on take {number}")


def _enroll_many(ctx: typer.Context, table: Path, *, as_json: bool) -> None:
    from kiosk.services.enroll.roster import RowState

    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        kiosk.enroll_many.read(table)  # what is no table is told at once
        start(kiosk, until="model")
        with progress_bar("Enrolling") as bar:
            results = kiosk.enroll_many(table, progress=lambda done, total, _: bar(done, total))
    counts = {state: sum(each.state is state for each in results) for state in RowState}
    if as_json:
        counted = {state.value: number for state, number in counts.items()}
        answer({**counted, "rows": [each.described() for each in results]})
    else:
        show_table(
            (">Line", "ID", "Result", "Why"),
            [
                (str(each.entry.line), each.entry.user_id, each.state.value, _why(each))
                for each in results
            ],
        )
        say(", ".join(f"{number} {state.value}" for state, number in counts.items()) + ".")
    raise typer.Exit(failures.NEGATIVE if counts[RowState.REFUSED] else failures.OK)


def _why(result: RowResult) -> str:
    if result.error is None:
        return f"{len(result.takes)} takes"
    if result.state.value == "skipped":
        return result.error.message
    return str(result.error)


def _require_free(enrolling: EnrollUser, user: str, *, replace: bool) -> None:
    try:
        enrolling.require_free(user, replacing=replace)
    except AlreadyEnrolled as exc:
        raise AlreadyEnrolled(exc.message, hint="Use another ID, or add --replace.") from exc


def _saved(
    enrolling: EnrollUser,
    user: str,
    name: str,
    takes: Sequence[TakeAccepted],
    *,
    replace: bool,
    reason: str | None,
    of: Sequence[Alike],
) -> Person:
    """Store the takes, or say whom the voice is like.

    Raises:
        KnownVoice: it is like somebody who is not among those the reason is given for.
    """
    from kiosk.core.voice.duplicates import DuplicateDecision, DuplicateFound

    about = frozenset(each.user_id for each in of)
    decision = None if reason is None else DuplicateDecision(reason, about)
    try:
        return enrolling.save(user, name, takes, consent=True, replacing=replace, decision=decision)
    except DuplicateFound as exc:
        raise KnownVoice(exc.candidates) from exc


def _people(alike: Sequence[Alike]) -> list[dict[str, Any]]:
    return [
        {
            "user": each.user_id,
            "name": each.name,
            "score": each.score,
            "threshold": each.threshold,
            "model_id": each.model_id,
            "enrolled_at": each.enrolled_at.isoformat(),
            "enabled": each.enabled,
        }
        for each in alike
    ]


def _figures(quality: QualityReport) -> tuple[str, str, str]:
    return (
        f"{quality.net_speech_s:.1f} s",
        f"{quality.snr_db:.0f} dB",
        f"{quality.level_dbfs:.0f} dBFS",
    )
