"""Where the window may write a file that an operator has asked for, and writing it."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class ExportTarget:
    """A new file, in a folder that is not the kiosk's own.

    An operator may use the window only. A file that could be written anywhere would let them do
    more: put away the database, the keys or the settings, or leave what the next login runs.

    Attributes:
        path: the file, without links on the way to it.

    Args:
        path: as chosen.
        suffix: of this kind of export, such as ``.json``.
        guarded: the kiosk's own folders; nothing is written into them or below them.

    Raises:
        InvalidInput: nothing may be written there.
    """

    def __init__(self, path: Path, suffix: str, guarded: Iterable[Path]) -> None:
        try:
            self.path = path.parent.resolve() / path.name
            own = _lies_in(self.path.parent, guarded)
        except (OSError, RuntimeError) as exc:  # a ring of links
            raise _unwritable(path, exc) from exc
        if path.suffix.lower() != suffix:
            raise InvalidInput(
                f"The file {path.name} does not end in {suffix}.", hint="Choose another name."
            )
        if own or any(part.startswith(".") for part in self.path.parts):
            raise InvalidInput(
                "The kiosk does not export into its own folders or hidden ones.",
                hint="Choose another folder.",
            )
        if os.path.lexists(self.path):  # told before anything is read, and once more when writing
            raise _taken(path)

    def write(self, data: bytes, beside: Mapping[str, bytes] | None = None) -> None:
        """Write files that only this user may read: all of them, or none.

        Args:
            data: of the file.
            beside: names and data of more files in the same folder.

        Raises:
            InvalidInput: there is a file of such a name, or nothing can be written.
        """
        files = {self.path: data}
        files.update({self.path.with_name(name): more for name, more in (beside or {}).items()})
        made: list[Path] = []
        try:
            for file, content in files.items():
                _write_new(file, content, made)
        except OSError as exc:
            for written in made:
                with suppress(OSError):
                    written.unlink()
            raise _unwritable(file, exc) from exc


def free_name(folder: Path, name: str) -> str:
    """Return a name under which there is no file yet: ``a.json``, else ``a-2.json`` and so on."""
    wanted = Path(name)
    at = 1
    while os.path.lexists(folder / name):
        at += 1
        name = f"{wanted.stem}-{at}{wanted.suffix}"
    return name


def _write_new(file: Path, data: bytes, made: list[Path]) -> None:
    # mkstemp creates the file with mode 0600: nobody can read it even for a moment.
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".export-", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        # Takes the name, or finds it taken, in one step; links do not exist on every USB stick.
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        made.append(file)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def _lies_in(folder: Path, guarded: Iterable[Path]) -> bool:
    own = [each.resolve() for each in guarded]
    return any(at == each or _same(at, each) for at in (folder, *folder.parents) for each in own)


def _same(one: Path, other: Path) -> bool:
    """Return whether these are one folder by two names, as in capitals on Windows and macOS."""
    try:
        return one.samefile(other)
    except OSError:
        return False


def _unwritable(file: Path, exc: OSError | RuntimeError) -> InvalidInput:
    if isinstance(exc, FileExistsError):
        return _taken(file)
    reason = (getattr(exc, "strerror", None) or "unknown reason").lower()
    return InvalidInput(
        f"The file {file.name} could not be written ({reason}).",
        hint="Choose a folder that you can write to and that has free space.",
    )


def _taken(file: Path) -> InvalidInput:
    return InvalidInput(
        f"A file {file.name} exists already.",
        hint="Choose another name. Existing files are never replaced.",
    )
