"""This copy of the program: its version, and how it came onto the machine."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

DISTRIBUTION = "voice-kiosk"
"""Name of the Python package and of the system's package."""

UNKNOWN = "(not installed)"
"""The version of a copy that was never installed: nothing says which one it is."""

_DPKG_FILES = Path("/var/lib/dpkg/info/voice-kiosk.list")
_DPKG_PATIENCE_S = 5.0


@dataclass(frozen=True)
class Installation:
    """How this copy came here.

    Attributes:
        version: of the program, such as ``1.2.0``.
        kind: in words for people: ``source tree``, ``Python package``, ``frozen program``, or
            the name and version of a system package.
        folder: where the program lies.
    """

    version: str
    kind: str
    folder: Path


def version() -> str:
    """Return the version of this copy; :data:`UNKNOWN` when it was never installed.

    The one place where it is decided is ``pyproject.toml``; what is installed or frozen carries
    it as the metadata of the package.
    """
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return UNKNOWN


def installation(dpkg_files: Path = _DPKG_FILES) -> Installation:
    """Return how this copy came here; nothing is raised.

    Args:
        dpkg_files: where Debian's package manager lists the files of the package.
    """
    if getattr(sys, "frozen", False):
        program = Path(sys.executable).resolve()
        return Installation(version(), _frozen_kind(program, dpkg_files), program.parent)
    folder = Path(__file__).resolve().parent
    in_tree = (folder.parent / "pyproject.toml").is_file()
    return Installation(version(), "source tree" if in_tree else "Python package", folder)


def _frozen_kind(program: Path, dpkg_files: Path) -> str:
    if any(folder.suffix == ".app" for folder in program.parents):
        return "application bundle"
    try:
        ours = str(program) in dpkg_files.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        ours = False
    return f"Debian package {_package_version()}".strip() if ours else "frozen program"


def _package_version() -> str:
    """Return the version of the Debian package, which has a revision; empty when it is not told."""
    command = ["dpkg-query", "-W", "-f=${Version}", DISTRIBUTION]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_DPKG_PATIENCE_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
