"""Commands about enrollment takes that are kept: ``kiosk recordings …``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kiosk.cli import failures
from kiosk.cli.options import Id, Json, Yes, options_of, show_help_alone
from kiosk.cli.output import answer, confirm, progress_bar, say, show_table
from kiosk.cli.session import open_kiosk
from kiosk.core.errors import InvalidInput

if TYPE_CHECKING:
    from datetime import datetime

_OFF = "off"


def program() -> typer.Typer:
    """Return the group of commands."""
    app = typer.Typer(help="Keep enrollment takes, encrypted, and re-enroll people from them.")
    app.callback(invoke_without_command=True)(show_help_alone)
    app.command("status")(status)
    app.command("keep")(keep)
    app.command("discard")(discard)
    app.command("enroll-again")(enroll_again)
    return app


def status(ctx: typer.Context, as_json: Json = False) -> None:
    """Show whether takes are kept, for how long, and of which people."""
    with open_kiosk(options_of(ctx), until="keys") as kiosk:
        days, people = kiosk.kept_takes.days(), kiosk.kept_takes.people()
    if as_json:
        listed = [
            {"user": p.user_id, "takes": p.takes, "expires_at": p.expires_at.isoformat()}
            for p in people
        ]
        answer({"days": days, "people": listed})
        return
    if days is None:
        say("The takes of enrollments are not kept.")
    else:
        say(f"The takes of enrollments are kept for {days} days, encrypted.")
    if people:
        show_table(
            ("ID", ">Takes", "Deleted on"),
            [(p.user_id, str(p.takes), _day(p.expires_at)) for p in people],
        )


def keep(
    ctx: typer.Context,
    days: Annotated[str, typer.Argument(metavar="DAYS", help="A number of days, or 'off'.")],
    as_json: Json = False,
) -> None:
    """Keep the takes of later enrollments for this many days. The consent text must say so."""
    if days != _OFF and not days.isdecimal():
        raise InvalidInput(f"{days} is not a number of days.", hint="Give a number, or 'off'.")
    with open_kiosk(options_of(ctx), until="keys") as kiosk:
        kiosk.kept_takes.keep(None if days == _OFF else int(days))
        now = kiosk.kept_takes.days()
    if as_json:
        answer({"days": now})
    elif now is None:
        say("Takes are no longer kept. Those already kept stay until their day.")
    else:
        say(f"The takes of later enrollments are kept for {now} days, encrypted.")


def discard(ctx: typer.Context, user: Id, yes: Yes = False, as_json: Json = False) -> None:
    """Delete the kept takes of a person."""
    with open_kiosk(options_of(ctx), until="keys") as kiosk:
        confirm(f"Delete the kept takes of {user}? This cannot be undone.", yes=yes)
        count = kiosk.kept_takes.discard(user)
    if as_json:
        answer({"user": user, "takes": count})
    else:
        say(f"Deleted {count} takes of {user}.")


def enroll_again(
    ctx: typer.Context,
    user: Annotated[
        str | None, typer.Option("--user", metavar="ID", help="Only this person.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Enroll people with the model in use from their kept takes: exit code 1 if some were not."""
    with (
        open_kiosk(options_of(ctx), until="model") as kiosk,
        progress_bar("Enrolling") as progress,
    ):
        result = kiosk.kept_takes.enroll_again(user, progress)
    if as_json:
        answer({"enrolled": list(result.done), "failed": result.failed})
    else:
        say(f"Enrolled {len(result.done)} people again.")
        for user_id, why in result.failed.items():
            say(f"Skipped {user_id}: {why}.", "yellow")
    raise typer.Exit(failures.NEGATIVE if result.failed else failures.OK)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d}"
