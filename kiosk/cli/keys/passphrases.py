"""Passphrases: from a file or typed, never from the command line, where everybody sees them."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from kiosk.core.errors import InvalidInput

PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="Read the passphrase from the first line of this file; asked for by default.",
        show_default=False,
    ),
]


def passphrase_from(file: Path | None, *, new: bool) -> str:
    """Return a passphrase.

    Args:
        file: its first line is the passphrase; None asks at the terminal.
        new: whether it is chosen now, so that it is asked for twice.

    Raises:
        InvalidInput: the file cannot be read or is empty, nobody can be asked, or the two differ.
    """
    if file is not None:
        return _first_line(file)
    if not sys.stdin.isatty():
        raise InvalidInput(
            "A passphrase is needed, and there is no terminal to ask for it.",
            hint="Add --passphrase-file.",
        )
    typed = getpass.getpass("Passphrase: ", stream=sys.stderr)
    if new and getpass.getpass("Repeat it: ", stream=sys.stderr) != typed:
        raise InvalidInput("The passphrases don't match.", hint="Try again.")
    return typed


def _first_line(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        # Not chained: the cause quotes the file.
        raise InvalidInput(f"The file {file.name} is not text.", hint="Choose another.") from None
    except OSError as exc:
        raise InvalidInput(
            f"The passphrase file {file} cannot be read: {exc.strerror}.", hint="Choose another."
        ) from exc
    line = text.split("\n", 1)[0].rstrip("\r")
    if not line:
        raise InvalidInput(f"The first line of {file.name} is empty.", hint="Choose another.")
    return line
