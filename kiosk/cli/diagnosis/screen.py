"""Which screen Qt would use, and which system libraries its plug-ins miss."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

_VARIABLES = (
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XDG_SESSION_TYPE",
    "XDG_CURRENT_DESKTOP",
    "QT_QPA_PLATFORM",
    "QT_SCALE_FACTOR",
)
_PATIENCE_S = 10.0
_MISSING = re.compile(r"^\s*(\S+) => not found$", re.MULTILINE)


def facts() -> list[tuple[str, str]]:
    """Return Qt's version, the plug-in that it would take, and what each plug-in lacks.

    Raises:
        ImportError: Qt is not installed, or one of its libraries is missing.
    """
    core = importlib.import_module("PySide6.QtCore")
    folder = Path(core.QLibraryInfo.path(core.QLibraryInfo.LibraryPath.PluginsPath)) / "platforms"
    rows = [("Qt", str(core.qVersion())), ("platform plug-in", chosen(dict(os.environ)))]
    rows += [(name, os.environ[name]) for name in _VARIABLES if os.environ.get(name)]
    for plugin in sorted(folder.glob("*")):
        if plugin.suffix in {".so", ".dll", ".dylib"}:
            rows.append((f"plug-in {plugin.stem}", _state(plugin)))
    return rows


def chosen(environment: dict[str, str], system: str = sys.platform) -> str:
    """Return which plug-in Qt takes, by its own rules.

    Args:
        environment: the variables.
        system: as ``sys.platform`` names it.
    """
    asked = environment.get("QT_QPA_PLATFORM")
    if asked:
        return asked
    if system == "win32":
        return "windows"
    if system == "darwin":
        return "cocoa"
    if environment.get("XDG_SESSION_TYPE") == "wayland" or environment.get("WAYLAND_DISPLAY"):
        return "wayland, or else xcb"
    return "xcb" if environment.get("DISPLAY") else "none: there is no screen"


def missing_libraries(told: str) -> list[str]:
    """Return the libraries that ``ldd`` did not find.

    Args:
        told: what it wrote.
    """
    return list(dict.fromkeys(_MISSING.findall(told)))


def _state(plugin: Path) -> str:
    ldd = shutil.which("ldd")
    if ldd is None:
        return "there"
    try:
        done = subprocess.run(
            [ldd, str(plugin)], capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return "there"
    missing = missing_libraries(done.stdout)
    return f"lacks {', '.join(missing)}" if missing else "there, with all its libraries"
