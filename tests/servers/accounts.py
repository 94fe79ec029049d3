"""Under which account a server of the tests runs, and in which folder."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_FALLBACKS = ("postgres", "nobody")


def account() -> dict[str, Any]:
    """Return arguments of ``subprocess``: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in _FALLBACKS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise LookupError("there is no account that a server could run under")


@contextmanager
def folder_of(owner: dict[str, Any]) -> Iterator[Path]:
    """Make a folder that this account may enter; short, for sockets lie in it."""
    folder = Path(tempfile.mkdtemp(prefix="kt-"))
    if owner:
        os.chown(folder, owner["user"], owner["group"])
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
