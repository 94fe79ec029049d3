"""The command line: thin commands over the use-cases of :class:`kiosk.services.facade.Kiosk`.

Answers go to stdout; progress, warnings and errors go to stderr. Exit codes: 0 done, 1 not
verified, not identified or not healthy, 2 an error that somebody can mend, 3 inconclusive, 70 a
defect of the program, 130 interrupted, 143 terminated.
"""

from __future__ import annotations

import os
import signal
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kiosk.cli import bench, demo, desktop, failures, manual, serve, support
from kiosk.cli.accounts import api_keys, operators
from kiosk.cli.backup import backup
from kiosk.cli.enroll import enrolling, recordings
from kiosk.cli.keys import keys
from kiosk.cli.measuring import recordings as measuring
from kiosk.cli.options import Options, show_help_alone
from kiosk.cli.output import outliving
from kiosk.cli.people import consent, retention, users
from kiosk.cli.records import audit
from kiosk.cli.session import console
from kiosk.cli.visit import speaking
from kiosk.cli.voice import models
from kiosk.cli.wording import require_text
from kiosk.core.accounts.acting import acting_as
from kiosk.installation import version as version_of_this

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = "kiosk"


def main() -> None:
    """Run the program with the arguments of the process, and leave it."""
    sys.stdout, sys.stderr = outliving(sys.stdout), outliving(sys.stderr)
    signal.signal(signal.SIGTERM, _terminated)
    code = run(sys.argv[1:])
    # It is decided: an interrupt during the clean-up of the interpreter must not change the code.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def _terminated(number: int, _frame: object) -> None:
    """Leave as on an error, so that nothing half-made stays behind; the desktop does it its way."""
    if "PySide6.QtCore" in sys.modules:
        # What is raised within Qt's event loop either vanishes or aborts the process.
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    sys.exit(128 + number)


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Args:
        arguments: what follows the program's name.

    Returns:
        The exit code.
    """
    words = list(arguments)
    options = words[: words.index("--")] if "--" in words else words
    command = _commands()

    def invoke() -> None:
        # Not command.main(): how it ends on errors and interrupts differs between versions.
        with acting_as(console()), command.make_context(_NAME, list(words)) as context:
            command.invoke(context)

    return failures.guarded(invoke, as_json="--json" in options, verbose="--verbose" in options)


def program() -> typer.Typer:
    """Return the program with all its commands."""
    app = typer.Typer(
        name=_NAME,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_global_options)
    app.command("run")(desktop.run)
    app.command("serve")(serve.serve)
    app.command("demo")(demo.demo)
    app.command("enroll")(enrolling.enroll)
    app.command("verify")(speaking.verify)
    app.command("identify")(speaking.identify)
    app.command("embed")(measuring.embed)
    app.command("evaluate")(measuring.evaluate)
    app.add_typer(users.program(), name="users")
    app.add_typer(consent.program(), name="consent")
    app.add_typer(retention.program(), name="retention")
    app.add_typer(models.program(), name="model")
    app.add_typer(api_keys.program(), name="api-key")
    app.add_typer(audit.program(), name="audit")
    app.add_typer(backup.program(), name="backup")
    app.add_typer(keys.program(), name="keys")
    app.add_typer(recordings.program(), name="recordings")
    app.add_typer(operators.program(), name="operators")
    app.command("bench")(bench.bench)
    app.command("devices")(support.devices)
    app.command("doctor")(support.doctor)
    app.command("help")(manual.show)
    require_text(app)
    return app


# Made once: it takes as long as many a command. (Its type lives elsewhere in every Typer.)
_commands = cache(lambda: typer.main.get_command(program()))


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{_NAME} {version_of_this()}")
        raise typer.Exit


def _global_options(
    ctx: typer.Context,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the database, models and logs. Environment: KIOSK_DATA_DIR.",
            file_okay=False,
            show_default=False,
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Show log records and tracebacks on stderr.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Offline voice-biometric kiosk: enroll people by voice, then verify them."""
    ctx.obj = Options(data_dir, verbose)
    show_help_alone(ctx)
