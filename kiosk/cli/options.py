"""What every command is given by the program's global options."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer


def _clean_id(text: str) -> str:
    """Return the ID as it is stored, so that whoever was enrolled as typed is found as typed."""
    from kiosk.core.people.users import clean_user_id

    return clean_user_id(text)


User = Annotated[
    str, typer.Option("--user", metavar="ID", callback=_clean_id, help="The person's ID.")
]
Id = Annotated[str, typer.Argument(metavar="ID", callback=_clean_id, help="The person's ID.")]
Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON value on stdout.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@dataclass(frozen=True)
class Options:
    """Global options.

    Attributes:
        data_dir: the folder named on the command line; None leaves it to the settings.
        verbose: log records and tracebacks on stderr.
    """

    data_dir: Path | None
    verbose: bool


def options_of(ctx: typer.Context) -> Options:
    """Return the global options of a command's context."""
    options = ctx.find_object(Options)
    assert options is not None, "the top-level callback sets them"
    return options


def show_help_alone(ctx: typer.Context) -> None:
    """Answer with the help when a group is called without a command."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit
