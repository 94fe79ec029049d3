"""Commands about people: ``kiosk users …``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli.files import write_private
from kiosk.cli.keys import voiceprints
from kiosk.cli.limits import trying
from kiosk.cli.options import Id, Json, Yes, options_of, show_help_alone
from kiosk.cli.output import answer, confirm, say, show_table, warn
from kiosk.cli.people.erasing import (
    PATIENCE_S,
    DeleteBackups,
    Erasing,
    ProofFile,
    erase_person,
    show_rest,
)
from kiosk.cli.session import open_kiosk
from kiosk.cli.voice import likeness, reenrolling
from kiosk.core.people.erasure import Reason
from kiosk.core.voice.comparing import must_enroll_again

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.core.people.users import Person, PersonSummary
    from kiosk.core.voice.comparing import Comparing
    from kiosk.services.facade import Kiosk

_LATEST = 10


def program() -> typer.Typer:
    """Return the group of commands."""
    app = typer.Typer(help="List, show, change, export and delete people.")
    app.callback(invoke_without_command=True)(show_help_alone)
    app.command("list")(list_)
    app.command("show")(show)
    app.command("rename")(rename)
    app.command("disable")(disable)
    app.command("enable")(enable)
    app.command("unlock")(trying.unlock)
    app.command("set-pin")(trying.set_pin)
    app.command("set-badge")(trying.set_badge)
    app.command("remove-factor")(trying.remove_factor)
    app.command("remove")(remove)
    app.command("remove-all")(remove_all)
    app.command("export")(export)
    app.command("export-voiceprint")(voiceprints.export)
    app.command("import-voiceprint")(voiceprints.import_)
    app.command("rollback")(likeness.rollback)
    return app


def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """List everyone who is enrolled."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        _look(kiosk)
        summaries = kiosk.people.everybody()
        deciding = reenrolling.deciding(kiosk)
        told = [] if as_json else reenrolling.sentences(kiosk, reenrolling.found_in(kiosk))
    if as_json:
        answer({"users": [_summary(summary, deciding) for summary in summaries]})
        return
    if not summaries:
        say("Nobody is enrolled yet. Begin with 'kiosk enroll'.")
        return
    show_table(
        ("ID", "Name", "State", ">Takes", "Models", "Enrolled", "Last verified", ">Last score"),
        [
            (
                summary.person.user_id,
                summary.person.name,
                _state(summary.person) + _standing(summary, deciding),
                str(summary.takes),
                ", ".join(summary.model_ids),
                _when(summary.enrolled_at),
                _when(summary.last_verified_at),
                "" if summary.last_score is None else f"{summary.last_score:.2f}",
            )
            for summary in summaries
        ],
    )
    for sentence in told:
        warn(sentence)


def show(ctx: typer.Context, user: Id, as_json: Json = False) -> None:
    """Show the data of one person; never the voiceprint itself."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        _look(kiosk)
        kept = kiosk.people.kept(user)
        deciding = None if as_json else reenrolling.deciding(kiosk)
    if as_json:
        answer(kept)
        return
    consent = kept["consent"]
    say(f"{kept['user']} {kept['name']}".strip(), "bold")
    say(f"State: {'enabled' if kept['enabled'] else 'disabled'}; added {_date(kept['created_at'])}")
    if consent is not None:
        say(f"Consent: text {consent['text_version']}, {_date(consent['given_at'])}")
    if kept["kept_until"] is not None:
        say(f"Deleted on: {_date(kept['kept_until'])} (later if verified again)")
    in_use = () if deciding is None else deciding.by([v["model_id"] for v in kept["voiceprints"]])
    for voiceprint in kept["voiceprints"]:
        takes = len(voiceprint["takes"])
        counted = f"{takes} {'take' if takes == 1 else 'takes'}"
        decides = " (in use)" if voiceprint["model_id"] in in_use else ""
        say(f"Voiceprint: {counted}, model {voiceprint['model_id']}{decides}")
    if kept["attempts"]:
        show_table(
            ("When", "Outcome", ">Score", ">Threshold", "Reasons"),
            [
                (
                    _date(attempt["at"]),
                    attempt["outcome"].replace("_", " "),
                    "" if attempt["score"] is None else f"{attempt['score']:.2f}",
                    f"{attempt['threshold']:.2f}",
                    ", ".join(attempt["reasons"]).replace("_", " "),
                )
                for attempt in kept["attempts"][:_LATEST]
            ],
            title=f"Latest attempts, of {len(kept['attempts'])}",
        )


def rename(
    ctx: typer.Context,
    user: Id,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new display name.")],
    as_json: Json = False,
) -> None:
    """Change a person's display name."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        person = kiosk.people.rename(user, name)
    _changed(person, f"{person.user_id} is now called {person.name or '(no name)'}.", as_json)


def disable(ctx: typer.Context, user: Id, as_json: Json = False) -> None:
    """Disable a person: they cannot verify until they are enabled again."""
    _set_enabled(ctx, user, enabled=False, as_json=as_json)


def enable(ctx: typer.Context, user: Id, as_json: Json = False) -> None:
    """Enable a disabled person again."""
    _set_enabled(ctx, user, enabled=True, as_json=as_json)


def remove(
    ctx: typer.Context,
    user: Id,
    withdrawn: Annotated[
        bool, typer.Option("--withdrawn", help="The person has withdrawn consent.")
    ] = False,
    delete_backups: DeleteBackups = False,
    proof: ProofFile = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Delete a person with all their data."""
    reason = Reason.WITHDRAWN if withdrawn else Reason.REMOVED
    erase_person(ctx, user, reason, Erasing(delete_backups, proof, yes, as_json))


def remove_all(ctx: typer.Context, yes: Yes = False, as_json: Json = False) -> None:
    """Delete everyone."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        confirm("Delete everyone with all voiceprints? This cannot be undone.", yes=yes)
        done = kiosk.erase.everybody()
        overwritten = kiosk.erase.finish(PATIENCE_S)
    count = done.people
    if as_json:
        answer({"removed": count})
        return
    say(f"Deleted everyone: {count} {'person' if count == 1 else 'people'}.")
    show_rest(done, overwritten=overwritten)


def export(
    ctx: typer.Context,
    user: Id,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write to this file; stdout by default.")
    ] = None,
    audio: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write kept recordings to this folder.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files.")] = False,
    as_json: Json = False,
) -> None:
    """Export the data of a person as JSON, without the voiceprint's numbers."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        recordings = [] if audio is None else kiosk.people.recordings(user)
        kept = kiosk.people.export(user)
    if audio is not None:
        for number, data in enumerate(recordings, 1):
            write_private(audio / f"{user}-take-{number}.wav", data, overwrite=force)
    if out is None:
        answer(kept)
        return
    write_private(out, json.dumps(kept, indent=2, ensure_ascii=False) + "\n", overwrite=force)
    if as_json:
        answer({"user": user, "file": str(out)})
    else:
        say(f"Exported {user} to {out}.")


def _set_enabled(ctx: typer.Context, user: str, *, enabled: bool, as_json: bool) -> None:
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        person = kiosk.people.set_enabled(user, enabled=enabled)
    _changed(person, f"{person.user_id} is {_state(person)}.", as_json)


def _changed(person: Person, sentence: str, as_json: bool) -> None:
    if as_json:
        answer({"user": person.user_id, "name": person.name, "enabled": person.enabled})
    else:
        say(sentence)


def _look(kiosk: Kiosk) -> None:
    """Say so where what is in the database is not what was recorded.

    Raises:
        KeyUnavailable: it is not the database of this kiosk.
    """
    found = kiosk.audit.look().warnings if kiosk.keys.recognize() else ()
    if found:
        further = f" And {len(found) - 1} more." if len(found) > 1 else ""
        warn(f"{found[0]}{further} See 'kiosk audit verify'.")


def _standing(summary: PersonSummary, deciding: Comparing | None) -> str:
    if deciding is None or not summary.model_ids:
        return ""
    by = deciding.by(summary.model_ids)
    if not by:
        return ", must enroll again"
    return "" if by == deciding.models else f", by {len(by)} model of {len(deciding.models)}"


def _summary(summary: PersonSummary, deciding: Comparing | None) -> dict[str, Any]:
    def moment(value: datetime | None) -> str | None:
        return None if value is None else value.isoformat()

    return {
        "user": summary.person.user_id,
        "name": summary.person.name,
        "enabled": summary.person.enabled,
        "takes": summary.takes,
        "model_id": summary.model_id,
        "model_ids": list(summary.model_ids),
        "compared_by": [] if deciding is None else list(deciding.by(summary.model_ids)),
        "must_enroll_again": deciding is not None and must_enroll_again(summary, deciding),
        "enrolled_at": moment(summary.enrolled_at),
        "last_attempt_at": moment(summary.last_attempt_at),
        "last_verified_at": moment(summary.last_verified_at),
        "last_score": summary.last_score,
    }


def _state(person: Person) -> str:
    return "enabled" if person.enabled else "disabled"


def _date(text: str) -> str:
    from datetime import datetime

    return _when(datetime.fromisoformat(text))


def _when(moment: datetime | None) -> str:
    """Return a moment in local time, as people on the spot read it."""
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M}"
