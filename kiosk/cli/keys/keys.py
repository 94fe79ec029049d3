"""Commands about the keys of voiceprints: ``kiosk keys …``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli.files import read_bytes, write_private
from kiosk.cli.keys.passphrases import PassphraseFile, passphrase_from
from kiosk.cli.options import Json, Yes, options_of, show_help_alone
from kiosk.cli.output import answer, confirm, progress_bar, say, show_facts, show_table, warn
from kiosk.cli.session import open_kiosk

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.services.keys.report import KeyReport, KeyState

Force = Annotated[bool, typer.Option("--force", help="Overwrite the file.")]


def program() -> typer.Typer:
    """Return the group of commands."""
    app = typer.Typer(
        help="Show, change, revoke, export and import the keys that encrypt voiceprints."
    )
    app.callback(invoke_without_command=True)(show_help_alone)
    app.command("status")(status)
    app.command("rekey")(rekey)
    app.command("revoke")(revoke)
    app.command("export")(export)
    app.command("import")(import_)
    app.command("adopt")(adopt)
    return app


def status(ctx: typer.Context, as_json: Json = False) -> None:
    """Show which keys there are and where they are kept; never a key."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        report = kiosk.keys.report()
    if as_json:
        answer(_described(report))
        return
    show_facts([(name.capitalize(), text) for name, text in report.facts])
    show_table(
        ("Key", "State", "There", ">Seals", "Made", "Destroyed"),
        [
            (
                each.record.key_id,
                each.record.state,
                "yes" if each.present else "no",
                str(each.values),
                _when(each.record.created_at),
                _when(each.record.destroyed_at),
            )
            for each in report.keys
        ],
    )
    if report.plain:
        warn(
            f"{report.plain} takes are not encrypted: somebody has put them there, and nobody is "
            "compared with them. Enroll whose they are again."
        )
    for warning in report.warnings:
        warn(warning)


def rekey(ctx: typer.Context, as_json: Json = False) -> None:
    """Encrypt everything with a new key and destroy the old one; the kiosk can keep running."""
    with (
        open_kiosk(options_of(ctx), until="keys") as kiosk,
        progress_bar("Encrypting anew") as progress,
    ):
        key_id = kiosk.keys.rekey(progress)
    if as_json:
        answer({"key": key_id})
    else:
        say(f"Everything is encrypted with the new key {key_id}; the former one is destroyed.")


def revoke(ctx: typer.Context, yes: Yes = False, as_json: Json = False) -> None:
    """Destroy the keys at once, so that nobody can ever use the voiceprints: for emergencies."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        count = sum(1 for each in kiosk.people.everybody() if each.model_ids)
        people = "1 person" if count == 1 else f"{count} people"
        confirm(f"Destroy the keys? The voiceprints of {people} become useless.", yes=yes)
        confirm("Everyone must be enrolled again, and this cannot be undone. Continue?", yes=yes)
        gone = kiosk.keys.revoke()
    if as_json:
        answer({"voiceprints": gone})
    else:
        say(f"The keys are destroyed and {gone} voiceprints deleted. Enroll everyone again.")


def export(
    ctx: typer.Context,
    out: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write.", dir_okay=False)],
    passphrase_file: PassphraseFile = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Export the keys into a file that a passphrase opens; keep it away from this machine."""
    with open_kiosk(options_of(ctx), until="keys") as kiosk:
        made = kiosk.keys.export(passphrase_from(passphrase_file, new=True))
    write_private(out, made, overwrite=force)
    if as_json:
        answer({"file": str(out)})
    else:
        say(f"Exported the keys to {out}. Anybody with this file and the passphrase has the keys.")


def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An export of this kiosk's keys.")],
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Import keys, such as after the database was restored on a new machine."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        kiosk.keys.import_(read_bytes(file), passphrase_from(passphrase_file, new=False))
        report = kiosk.keys.report()
    if as_json:
        answer(_described(report))
    else:
        say("Imported the keys.")


def adopt(ctx: typer.Context, yes: Yes = False, as_json: Json = False) -> None:
    """Accept a database that was replaced or deleted on purpose, and trust everything in it."""
    with open_kiosk(options_of(ctx), until=None) as kiosk:
        confirm(
            "Somebody with access to the database may have added voiceprints. Was it replaced "
            "or deleted on purpose?",
            yes=yes,
        )
        kiosk.keys.adopt()
        report = kiosk.keys.report()
    if as_json:
        answer(_described(report))
    else:
        say("The database now belongs to this kiosk.")


def _described(report: KeyReport) -> dict[str, Any]:
    return {
        "facts": dict(report.facts),
        "keys": [_key(each) for each in report.keys],
        "plain": report.plain,
        "warnings": report.warnings,
    }


def _key(state: KeyState) -> dict[str, Any]:
    destroyed = state.record.destroyed_at
    return {
        "id": state.record.key_id,
        "state": state.record.state,
        "present": state.present,
        "values": state.values,
        "created_at": state.record.created_at.isoformat(),
        "destroyed_at": None if destroyed is None else destroyed.isoformat(),
    }


def _when(moment: datetime | None) -> str:
    """Return a moment in local time, as people on the spot read it."""
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M}"
