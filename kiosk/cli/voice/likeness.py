"""Commands about voices that are alike, and voiceprints that follow their people."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kiosk.cli.options import Id, Json, Yes, options_of
from kiosk.cli.output import answer, confirm, say
from kiosk.cli.session import open_kiosk
from kiosk.core.errors import InvalidInput

_DEFAULT = "default"


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


def duplicates(
    ctx: typer.Context,
    value: Annotated[
        str | None,
        typer.Argument(
            metavar="VALUE", help="A cosine score, or 'default' for the threshold in force."
        ),
    ] = None,
    model_id: Annotated[
        str | None,
        typer.Option("--model", metavar="MODEL", help="Another model than the one in use."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show or set the cosine from which a new voice counts as similar; for uncalibrated models."""
    wanted = None if value in (None, _DEFAULT) else _number(value or "")
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        card = kiosk.models.card(model_id)
        if kiosk.models.calibrated(card.model_id):
            raise InvalidInput(
                f"From which score on a new voice counts as similar follows from the policy for "
                f"{card.model_id}.",
                hint="Show or set it with 'kiosk model policy'.",
            )
        if value is not None:
            kiosk.duplicates.set_threshold(card, wanted)
        in_force = kiosk.duplicates.threshold(card)
        threshold = kiosk.preferences.threshold(card)
    if as_json:
        answer(
            {
                "model_id": card.model_id,
                "duplicate_threshold": in_force,
                "threshold": threshold,
            }
        )
        return
    own = "the threshold in force" if in_force == threshold else f"to verify: {threshold:.3f}"
    say(f"Duplicate threshold of {card.model_id}: {in_force:.3f} ({own})")


def adapt(
    ctx: typer.Context,
    switch: Annotated[Switch | None, typer.Argument(help="on or off.")] = None,
    as_json: Json = False,
) -> None:
    """Show or switch whether voiceprints are updated as voices change; off by default."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        if switch is not None:
            kiosk.adapting.switch(on=switch is Switch.ON)
        on, counts = kiosk.adapting.on, kiosk.adapting.counts()
    if as_json:
        answer({"adaptation": on, "adapted": counts})
        return
    if on:
        say("Adaptation is on: verifications with PIN or badge update voiceprints.")
    else:
        say("Adaptation is off: only enrolled takes count.")
    if counts:
        say(f"People with adapted takes: {len(counts)}. 'kiosk users rollback ID' deletes them.")


def rollback(ctx: typer.Context, user: Id, yes: Yes = False, as_json: Json = False) -> None:
    """Delete the takes added after verifications; the enrolled takes stay."""
    with open_kiosk(options_of(ctx), until="storage") as kiosk:
        kiosk.people.details(user)  # said before anybody is asked
        confirm(f"Return the voiceprint of {user} to the enrolled takes?", yes=yes)
        count = kiosk.adapting.roll_back(user)
    if as_json:
        answer({"user": user, "erased": count})
    elif count:
        say(f"Deleted {count} adapted {'take' if count == 1 else 'takes'} of {user}.")
    else:
        say(f"{user} has no adapted takes.")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as exc:
        raise InvalidInput(
            f"The duplicate threshold {text} is not a number.",
            hint="Give a number between 0 and 1, or 'default'.",
        ) from exc
