"""From the global options to a running kiosk."""

from __future__ import annotations

import getpass
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kiosk.cli.failures import recorded
from kiosk.cli.output import waiting
from kiosk.core.accounts.acting import Actor, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kiosk.cli.options import Options
    from kiosk.services.facade import Kiosk
    from kiosk.settings import Settings

_PHRASES = {
    "storage": "Opening the database",
    "keys": "Opening the voiceprints",
    "audit": "Opening the audit records",
    "model": "Loading the voice model",
    "microphone": "Opening the microphone",
}


def console() -> Actor:
    """Return who uses the command line: an administrator, under their login on this machine.

    Whoever can run a command on the data folder can read and change every file in it; asking them
    for a PIN would guard nothing.
    """
    try:
        login = getpass.getuser()
    except (OSError, KeyError):  # a user ID without a name, as in containers
        login = str(os.getuid()) if hasattr(os, "getuid") else "unknown"
    return Actor(f"console:{login}", Role.ADMINISTRATOR)


def settings_of(options: Options) -> Settings:
    """Return the effective settings.

    Raises:
        SettingsInvalid: one of them cannot be used.
    """
    from kiosk.settings import load_settings

    return load_settings(options.data_dir)


@contextmanager
def open_kiosk(options: Options, until: str | None) -> Iterator[Kiosk]:
    """Build the kiosk and start it as far as it is needed.

    Args:
        options: global options.
        until: the last start-up task wanted; None starts nothing.

    Raises:
        KioskError: the settings cannot be used, or a start-up task failed.
    """
    with built(settings_of(options), options) as kiosk:
        if until is not None:
            start(kiosk, until)
        yield kiosk


@contextmanager
def built(settings: Settings, options: Options) -> Iterator[Kiosk]:
    """Build the kiosk with its system log; whatever nobody foresaw is recorded there.

    Raises:
        KioskError: the kiosk cannot be built.
    """
    from kiosk import logs
    from kiosk.bootstrap import build

    undo = logs.configure(settings.logs_dir, settings.log_level, console=options.verbose)
    try:
        with recorded(), build(settings) as kiosk:
            yield kiosk
    finally:
        undo()


def start(kiosk: Kiosk, until: str) -> None:
    """Run the start-up tasks up to this one, those that ran before excepted.

    Commands read recordings before they load the model: a wrong file is told at once.

    Raises:
        KioskError: of the task that failed.
    """
    with waiting("Starting") as show:
        kiosk.startup.run(lambda name: show(_PHRASES.get(name, name)), until=until)
