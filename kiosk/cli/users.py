"""Commands about people: ``kiosk users …``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli.files import write_private
from kiosk.cli.options import Id, Json, Yes, options_of, show_help_alone
from kiosk.cli.output import answer, confirm, say, show_table
from kiosk.cli.session import open_kiosk
from kiosk.core.errors import ModelMissing, UnknownUser

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.core.users import Person, PersonSummary
    from kiosk.services.facade import Kiosk

_LATEST = 10


def program() -> typer.Typer:
    """Return the group of commands."""
    app = typer.Typer(help="List, show, change, export and remove people.")
    app.callback(invoke_without_command=True)(show_help_alone)
    app.command("list")(list_)
    app.command("show")(show)
    app.command("rename")(rename)
    app.command("disable")(disable)
    app.command("enable")(enable)
    app.command("remove")(remove)
    app.command("remove-all")(remove_all)
    app.command("export")(export)
    return app


def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """List everybody who is enrolled."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        summaries = kiosk.people.everybody()
    if as_json:
        answer({"users": [_summary(summary) for summary in summaries]})
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
                _state(summary.person),
                str(summary.takes),
                ", ".join(summary.model_ids),
                _when(summary.enrolled_at),
                _when(summary.last_verified_at),
                "" if summary.last_score is None else f"{summary.last_score:.2f}",
            )
            for summary in summaries
        ],
    )


def show(ctx: typer.Context, user: Id, as_json: Json = False) -> None:
    """Show what is kept about one person; never the voiceprint itself."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        kept = kiosk.people.export(user)
        in_use = None if as_json else _model_in_use(kiosk)
    if as_json:
        answer(kept)
        return
    consent = kept["consent"]
    say(f"{kept['user']} {kept['name']}".strip(), "bold")
    say(f"State: {'enabled' if kept['enabled'] else 'disabled'}; added {_date(kept['created_at'])}")
    if consent is not None:
        say(f"Consent: text {consent['text_version']}, {_date(consent['given_at'])}")
    for voiceprint in kept["voiceprints"]:
        takes = len(voiceprint["takes"])
        counted = f"{takes} {'take' if takes == 1 else 'takes'}"
        decides = " (in use)" if voiceprint["model_id"] == in_use else ""
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
    """Suspend a person: they cannot be verified until they are enabled again."""
    _set_enabled(ctx, user, enabled=False, as_json=as_json)


def enable(ctx: typer.Context, user: Id, as_json: Json = False) -> None:
    """Let a suspended person be verified again."""
    _set_enabled(ctx, user, enabled=True, as_json=as_json)


def remove(ctx: typer.Context, user: Id, yes: Yes = False, as_json: Json = False) -> None:
    """Erase a person with voiceprints and attempts."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        if not any(summary.person.user_id == user for summary in kiosk.people.everybody()):
            raise UnknownUser(f"Nobody is enrolled under the ID {user}.")
        confirm(f"Erase {user} with voiceprint and attempts? This cannot be undone.", yes=yes)
        kiosk.people.remove(user)
    if as_json:
        answer({"user": user, "removed": True})
    else:
        say(f"Removed {user}.")


def remove_all(ctx: typer.Context, yes: Yes = False, as_json: Json = False) -> None:
    """Erase everybody."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        confirm("Erase everybody with all voiceprints? This cannot be undone.", yes=yes)
        count = kiosk.people.remove_all()
    if as_json:
        answer({"removed": count})
    else:
        say(f"Removed everybody: {count} {'person' if count == 1 else 'people'}.")


def export(
    ctx: typer.Context,
    user: Id,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write here; on stdout by default.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    as_json: Json = False,
) -> None:
    """Export what is kept about a person as JSON, without the voiceprint's numbers."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        kept = kiosk.people.export(user)
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


def _model_in_use(kiosk: Kiosk) -> str | None:
    """Return the model whose voiceprint decides; None when there is none."""
    try:
        return kiosk.models.chosen()
    except ModelMissing:
        return None


def _summary(summary: PersonSummary) -> dict[str, Any]:
    def moment(value: datetime | None) -> str | None:
        return None if value is None else value.isoformat()

    return {
        "user": summary.person.user_id,
        "name": summary.person.name,
        "enabled": summary.person.enabled,
        "takes": summary.takes,
        "model_id": summary.model_id,
        "model_ids": list(summary.model_ids),
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
