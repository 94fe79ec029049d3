"""The command that opens the desktop: ``kiosk run``."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from kiosk.cli.options import options_of
from kiosk.cli.session import built, settings_of
from kiosk.core.errors import DisplayMissing


def run(
    ctx: typer.Context,
    full_screen: Annotated[
        bool | None,
        typer.Option("--full-screen/--window", help="As the settings say by default."),
    ] = None,
) -> None:
    """Open the kiosk on the screen."""
    require_display()
    options = options_of(ctx)
    settings = settings_of(options)
    wanted = settings.full_screen if full_screen is None else full_screen
    from kiosk.ui import application

    with built(settings, options) as kiosk:
        code = application.run(kiosk, full_screen=wanted)
    raise typer.Exit(code)


def require_display() -> None:
    """Check that there is a screen: without one Qt aborts the process with a core dump.

    Raises:
        DisplayMissing: there is none.
    """
    if not sys.platform.startswith("linux"):
        return
    if not any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        raise DisplayMissing("There is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set.")
