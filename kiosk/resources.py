"""Where the files that come with the program lie: voice model, themes, fonts, icons, texts."""

from __future__ import annotations

import sys
from pathlib import Path

from kiosk.core.errors import ResourcesMissing


def resources_dir() -> Path:
    """Return the folder of the program's own read-only files.

    Three kinds of installation put it in different places: a frozen application unpacks it below
    ``sys._MEIPASS``, a wheel carries it inside the package, and the source tree has it beside the
    package, where people look for it.

    Raises:
        ResourcesMissing: none of these is there.
    """
    for folder in _candidates():
        if folder.is_dir():
            return folder
    raise ResourcesMissing("The folder with the program's own files is missing.")


def _candidates() -> list[Path]:
    """Return the possible folders of this kind of installation, the likeliest first."""
    # PyInstaller's documented attribute: the folder into which the application was unpacked.
    unpacked = getattr(sys, "_MEIPASS", None)
    if unpacked is not None:
        # Nothing beside a frozen program is ever taken for its own files.
        return [Path(unpacked) / "resources"]
    package = Path(__file__).resolve().parent
    return [package / "_resources", package.parent / "resources"]
