"""Do the system libraries load that Python packages bring no copy of?"""

from __future__ import annotations

import ctypes
import importlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.services.health import Finding

if TYPE_CHECKING:
    from collections.abc import Callable

_PACKAGES = {
    "libEGL": "libegl1",
    "libGL": "libgl1",
    "libdbus-1": "libdbus-1-3",
    "libfontconfig": "libfontconfig1",
    "libportaudio": "libportaudio2",
    "libxcb-cursor": "libxcb-cursor0",
    "libxkbcommon-x11": "libxkbcommon-x11-0",
    "libxkbcommon": "libxkbcommon0",
}
"""Debian packages of the libraries that are most often missing."""


def library_findings() -> list[Finding]:
    """Return one finding for PortAudio and one for Qt; nothing is raised."""
    return [_finding("sound library", _portaudio), screen_library()]


def screen_library() -> Finding:
    """Return whether Qt loads with what it needs of the system; nothing is raised."""
    return _finding("screen library", _qt)


def _finding(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, ok=True, detail=check())
    except Exception as exc:  # noqa: BLE001 - the class of PortAudio's error is in what failed
        return Finding(name, ok=False, detail=str(exc), hint=install_hint(str(exc)))


def install_hint(complaint: str) -> str:
    """Return which system package holds the library that a loader misses."""
    found = re.search(r"(lib[\w+-]+?)\.so", complaint)
    if found is not None:
        return f"Install the system package {_PACKAGES.get(found[1], f'with {found[1]}')}."
    if "portaudio" in complaint.lower():
        return "Install the system package libportaudio2."
    return "Install the program again."


def _portaudio() -> str:
    # The import itself loads PortAudio and raises OSError where it is missing.
    sounddevice = importlib.import_module("sounddevice")
    # "PortAudio V19.7.0-devel, revision …"
    return str(sounddevice.get_portaudio_version()[1]).partition(",")[0]


def _qt() -> str:
    core = importlib.import_module("PySide6.QtCore")
    importlib.import_module("PySide6.QtWidgets")
    if sys.platform.startswith("linux"):
        # Qt aborts the process when its X11 plugin lacks a library; the loader says which one.
        plugins = core.QLibraryInfo.path(core.QLibraryInfo.LibraryPath.PluginsPath)
        ctypes.CDLL(str(Path(plugins) / "platforms" / "libqxcb.so"))
    return f"Qt {core.qVersion()}"
