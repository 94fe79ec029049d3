"""Files that commands write."""

from __future__ import annotations

import errno
import os
import uuid
from typing import TYPE_CHECKING

from kiosk.core.errors import DiskFull, InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

_MODE = 0o600


def write_private(path: Path, text: str | bytes, *, overwrite: bool) -> None:
    """Write a file that only its owner can read: whole, or not at all.

    Args:
        path: where to.
        text: stored as UTF-8; bytes as they are.
        overwrite: replace a file that is there.

    Raises:
        InvalidInput: it exists, or cannot be written there.
        DiskFull: no space is left.
    """
    if path.exists() and not overwrite:
        raise InvalidInput(
            f"The file {path.name} exists already.", hint="Choose another, or add --force."
        )
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
            with os.fdopen(descriptor, "wb") as file:
                file.write(text.encode("utf-8") if isinstance(text, str) else text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"There is no space left to write {path.name}.") from exc
        raise InvalidInput(
            f"The file {path.name} cannot be written: {exc.strerror}.",
            hint="Choose another place.",
        ) from exc


def read_bytes(path: Path, *, limit: int = 64_000_000) -> bytes:
    """Return the content of a file that a command was given.

    Args:
        path: the file.
        limit: bytes; a larger one is refused, before it is read.

    Raises:
        InvalidInput: it cannot be read, or is too large.
    """
    try:
        if path.stat().st_size > limit:
            raise InvalidInput(f"The file {path.name} is too large.", hint="Choose another.")
        return path.read_bytes()
    except OSError as exc:
        raise InvalidInput(
            f"The file {path.name} cannot be read: {exc.strerror}.", hint="Choose another."
        ) from exc
