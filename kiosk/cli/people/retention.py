"""Commands about how long people are kept: ``kiosk retention …``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kiosk.cli.options import Json, Yes, options_of, show_help_alone
from kiosk.cli.output import answer, confirm, say, show_table, warn
from kiosk.cli.session import open_kiosk
from kiosk.core.errors import InvalidInput
from kiosk.core.people.retention import (
    MAX_DAYS,
    MAX_WARN_DAYS,
    Preset,
    RetentionPolicy,
)

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.core.people.retention import Kept
    from kiosk.services.people.retention import RetentionStatus

_LAWS = {
    Preset.BIPA: "3 years after the last interaction, after Illinois' BIPA",
    Preset.TEXAS: "1 year after the last interaction, after Texas' CUBI",
    Preset.COLORADO: "24 months after the last interaction, after Colorado's HB24-1130",
    Preset.CUSTOM: "a period of the site's own",
    Preset.NONE: "nobody is deleted automatically",
}


def program() -> typer.Typer:
    """Return the group of commands."""
    app = typer.Typer(help="How long people are kept, and the deletion of expired records.")
    app.callback(invoke_without_command=True)(show_help_alone)
    app.command("status")(status)
    app.command("set")(set_)
    app.command("run")(run)
    return app


def status(ctx: typer.Context, as_json: Json = False) -> None:
    """Show the period and the upcoming deletions."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        found = kiosk.retention.status()
    if as_json:
        answer(_described(found))
        return
    policy = found.policy
    days = "" if policy.days is None else f" ({policy.days} days)"
    say(f"Period: {_LAWS[policy.preset]}{days}")
    if policy.days is None:
        warn("People are kept until an operator deletes them. Most biometric laws require a limit.")
    if found.held:
        warn(
            f"The clock has jumped to {_when(found.now)}: nobody is deleted until it has run on "
            "for 14 days, or until 'kiosk retention run' is confirmed."
        )
    if not found.warned:
        say(f"Nobody is due within {policy.warn_days} days.")
        return
    show_table(
        ("ID", "Name", "Last here", "Deleted on"),
        [
            (
                one.person.user_id,
                one.person.name,
                _when(one.person.at),
                "overdue" if one.due(found.now) else _when(one.due_at),
            )
            for one in found.warned
        ],
    )


def set_(
    ctx: typer.Context,
    period: Annotated[Preset, typer.Argument(metavar="PERIOD", help="One of these presets.")],
    days: Annotated[
        int | None, typer.Option(min=1, max=MAX_DAYS, help="Days of the period 'custom'.")
    ] = None,
    warn_days: Annotated[
        int | None,
        typer.Option(min=0, max=MAX_WARN_DAYS, help="Warn operators this many days before."),
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Set how long people are kept after they were last here."""
    if (period is Preset.CUSTOM) != (days is not None):
        raise InvalidInput(
            "Only the period 'custom' takes a number of days.",
            hint="Give both, such as 'kiosk retention set custom --days 90'.",
        )
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        before = kiosk.retention.policy()
        policy = RetentionPolicy(period, days, before.warn_days if warn_days is None else warn_days)
        due = kiosk.retention.status(policy).due
        if due:
            confirm(f"{_people(due)} would be deleted within hours. Set this period?", yes=yes)
        kiosk.retention.set(policy)
    if as_json:
        answer({"period": period.value, "days": policy.days, "warn_days": policy.warn_days})
        return
    say(f"Period: {_LAWS[period]}.")
    if policy.days is None:
        warn("People are kept until an operator deletes them. Most biometric laws require a limit.")
    elif before.days is not None and policy.days > before.days:
        warn("Ask people who agreed to a shorter period for their consent again.")


def run(
    ctx: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show who would be deleted.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Delete expired records now. Confirm only if the date is right."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        found = kiosk.retention.status()
        if dry_run:
            _show_due(found, as_json=as_json)
            return
        if found.due:
            confirm(
                f"It is {_when(found.now)}. Permanently delete {_people(found.due)}?",
                yes=yes,
            )
        purge = kiosk.retention.run(date_is_right=True)
    if purge.busy:
        raise InvalidInput("Another deletion is running.", hint="Try again in a minute.")
    if as_json:
        answer({"erased": [proof.as_dict() for proof in purge.erased]})
        return
    for proof in purge.erased:
        say(f"Deleted {proof.user_id}.")
    left = dict.fromkeys(name for proof in purge.erased for name in proof.backups)
    if left:
        warn(f"These backups may still hold deleted data: {', '.join(left)}.")
    if not purge.erased:
        say("Nobody is due for deletion.")


def _show_due(found: RetentionStatus, *, as_json: bool) -> None:
    if as_json:
        answer({"would_erase": [one.person.user_id for one in found.due]})
        return
    for one in found.due:
        say(f"Would delete {one.person.user_id}, last here {_when(one.person.at)}.")
    if not found.due:
        say("Nobody is due for deletion.")


def _described(found: RetentionStatus) -> dict[str, Any]:
    return {
        "period": found.policy.preset.value,
        "days": found.policy.days,
        "warn_days": found.policy.warn_days,
        "held": found.held,
        "people": [
            {
                "user": one.person.user_id,
                "last_interaction_at": one.person.at.isoformat(),
                "kept_until": None if one.due_at is None else one.due_at.isoformat(),
                "due": one.due(found.now),
                "warned": one.warned(found.now, found.policy.warn_days),
            }
            for one in found.people
        ],
    }


def _people(kept: tuple[Kept, ...]) -> str:
    return "1 person" if len(kept) == 1 else f"{len(kept)} people"


def _when(moment: datetime | None) -> str:
    """Return a moment in local time, as people on the spot read it."""
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M}"
