"""Writes what is kept about a person into a file."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_export(data: Mapping[str, Any], path: Path) -> None:
    """Write JSON that only this user may read; a file of that name is replaced in one step.

    Args:
        data: JSON-ready values.
        path: the file.

    Raises:
        InvalidInput: nothing can be written there; what was there before is untouched.
    """
    text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    write_private(text.encode(), path)


def write_private(data: bytes, path: Path) -> None:
    """Write a file that only this user may read; one of that name is replaced in one step.

    Args:
        data: all of it.
        path: the file.

    Raises:
        InvalidInput: nothing can be written there; what was there before is untouched.
    """
    temporary: Path | None = None
    try:
        # mkstemp creates the file with mode 0600: nobody can read it even for a moment.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".export-", suffix=".tmp")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as exc:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        reason = (exc.strerror or "unknown reason").lower()
        raise InvalidInput(
            f"The file {path.name} could not be written ({reason}).",
            hint="Choose a folder that can be written and has space left.",
        ) from exc
