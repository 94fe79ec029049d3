"""Commands about who may try, and what they show beside the voice: ``kiosk users unlock …``."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from kiosk.cli.options import Id, Json, options_of
from kiosk.cli.output import answer, say
from kiosk.cli.session import open_kiosk
from kiosk.core.errors import InvalidInput
from kiosk.core.limits.second_factor import Factor, FactorKind

Kind = Annotated[FactorKind, typer.Argument(metavar="KIND", help="pin or badge.")]
FactorFile = Annotated[
    Path | None,
    typer.Option(
        "--factor-file",
        metavar="FILE",
        help="Read the PIN or badge from the first line of this file.",
        show_default=False,
    ),
]


def unlock(
    ctx: typer.Context,
    user: Id,
    checked: Annotated[
        str,
        typer.Option(
            metavar="WHAT",
            help=(
                "What else was checked, such as: passport. It is recorded. Without it only a "
                "wait ends, and a disabled person stays disabled."
            ),
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Let a person try again at once after too many failures."""
    with open_kiosk(options_of(ctx), until="keys") as kiosk:
        kiosk.attempts.unlock(user, checked=checked)
    if as_json:
        answer({"user": user, "unlocked": True, "checked": checked})
    else:
        say(f"{user} can try again.")


def set_pin(ctx: typer.Context, user: Id, as_json: Json = False) -> None:
    """Set a person's PIN: typed twice, or one line on stdin."""
    pin = _typed("PIN")
    with open_kiosk(options_of(ctx), until="keys") as kiosk:
        kiosk.second_factors.set_pin(user, pin)
    _told(user, FactorKind.PIN, present=True, as_json=as_json)


def set_badge(ctx: typer.Context, user: Id, as_json: Json = False) -> None:
    """Set a person's badge: read twice by a reader, or one line on stdin."""
    badge = _typed("Badge")
    with open_kiosk(options_of(ctx), until="keys") as kiosk:
        kiosk.second_factors.set_badge(user, badge)
    _told(user, FactorKind.BADGE, present=True, as_json=as_json)


def remove_factor(ctx: typer.Context, user: Id, kind: Kind, as_json: Json = False) -> None:
    """Remove a person's PIN or badge."""
    with open_kiosk(options_of(ctx), until="keys") as kiosk:
        if not kiosk.second_factors.remove(user, kind):
            raise InvalidInput(f"{user} has no {_WORDS[kind]}.", hint="Nothing was changed.")
    _told(user, kind, present=False, as_json=as_json)


def shown_in(file: Path | None) -> tuple[Factor, ...]:
    """Return what the first line of a file shows; nothing without a file.

    Raises:
        InvalidInput: the file cannot be read, or its first line is empty.
    """
    if file is None:
        return ()
    try:
        line = file.read_text(encoding="utf-8-sig").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError):
        # Not chained: a cause may quote the file.
        raise InvalidInput(f"The file {file} cannot be read.", hint="Choose another.") from None
    if not line:
        raise InvalidInput(f"The first line of {file} is empty.", hint="Choose another.")
    return (Factor(line),)


_WORDS = {FactorKind.PIN: "PIN", FactorKind.BADGE: "badge"}


def _typed(what: str) -> str:
    """Return a secret: never from the command line, where everybody sees it."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    typed = getpass.getpass(f"{what}: ", stream=sys.stderr)
    if getpass.getpass("Repeat it: ", stream=sys.stderr) != typed:
        raise InvalidInput("They don't match.", hint="Try again.")
    return typed.strip()


def _told(user: str, kind: FactorKind, *, present: bool, as_json: bool) -> None:
    if as_json:
        answer({"user": user, "kind": kind.value, "present": present})
    else:
        say(f"The {_WORDS[kind]} of {user} is {'set' if present else 'removed'}.")
