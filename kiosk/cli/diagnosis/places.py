"""Where everything lies: whether it is there, who may read it, and how much space is left."""

from __future__ import annotations

import os
import shutil
import stat
from typing import TYPE_CHECKING

from kiosk.resources import resources_dir
from kiosk.services.health import Finding

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.settings import Settings

_OTHERS = 0o077


def facts(settings: Settings) -> list[tuple[str, str]]:
    """Return every path of the program with its state, mode and free space."""
    rows = [(name, described(path)) for name, path in private_places(settings)]
    rows.append(("consent texts", described(settings.consent_dir)))
    return [*rows, ("program's own files", described(resources_dir()))]


def finding(settings: Settings) -> Finding:
    """Return whether anybody else on the machine may read what holds data of people."""
    names, paths = [], []
    for name, path in private_places(settings):
        mode = _mode(path)
        if os.name == "posix" and mode is not None and mode & _OTHERS:
            names.append(f"{name} ({mode:04o})")
            paths.append(f"'{path}'")
    detail = f"others may read: {', '.join(names)}" if names else "only this user may read the data"
    return Finding(
        "permissions", ok=not names, detail=detail, hint=f"Run chmod go= {' '.join(paths)}"
    )


def private_places(settings: Settings) -> list[tuple[str, Path]]:
    """Return the files and folders that only the user of the program may read.

    Args:
        settings: the effective ones.
    """
    places = [
        ("data", settings.data_dir),
        ("database", settings.database_file),
        ("backups", settings.database_file.parent / "backups"),
        ("installed models", settings.models_dir),
        ("logs", settings.logs_dir),
    ]
    if settings.database_url is not None:  # a path of its own, or none at all
        places = [place for place in places if place[0] not in ("database", "backups")]
    key_file = settings.keys.file
    places.append(("keys", settings.keys_folder if key_file is None else key_file))
    return places


def described(path: Path) -> str:
    """Return a path with what is known of it."""
    mode = _mode(path)
    if mode is None:
        return f"{path}: not there; {_free(path)}"
    words = [f"mode {mode:04o}"]
    if hasattr(os, "geteuid") and path.stat().st_uid != os.geteuid():
        words.append(f"of user {path.stat().st_uid}, not of this one ({os.geteuid()})")
    words.append("can be written" if os.access(path, os.W_OK) else "cannot be written")
    return f"{path}: {', '.join(words)}; {_free(path)}"


def _mode(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None


def _free(path: Path) -> str:
    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        return f"{shutil.disk_usage(path).free // 1_000_000} MB free"
    except OSError:
        return "free space not told"
