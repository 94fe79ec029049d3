"""Anchors of the audit records in a text file: one ``seq,mac,time`` a line."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kiosk.core.errors import InvalidInput
from kiosk.core.records.audit import Anchor
from kiosk.core.records.chain import written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LINE = re.compile(r"(\d{1,18}),([0-9a-f]{64}),(\S{20,40})")
_MODE = 0o600
_TAIL_BYTES = 32_768
"""At most 400 anchors."""


class FileAnchors:
    """Implements :class:`kiosk.core.records.ports.AnchorFile`.

    It holds nothing that is secret, and belongs where whoever may change the data folder may not
    change it: on another machine, or on a medium that is written once.

    Args:
        path: the file, made when the first anchor is written; or what returns it, where it is
            named after a kiosk whose database is not open yet.
    """

    def __init__(self, path: Path | Callable[[], Path]) -> None:
        self._named = path

    @property
    def _path(self) -> Path:
        named = self._named
        return (named() if callable(named) else named).absolute()

    @property
    def name(self) -> str:
        """Return the path."""
        return str(self._path)

    def read(self) -> list[Anchor]:
        """Return all anchors; see the port. A file that is not there holds none."""
        text = self._text(whole=True)
        numbered = enumerate(text.splitlines(), start=1)
        return [self._anchor(line, number) for number, line in numbered if line.strip()]

    def last(self) -> Anchor | None:
        """Return the newest anchor; see the port."""
        lines = self._last_lines()
        return self._anchor(lines[-1], None) if lines else None

    def recent(self) -> list[Anchor]:
        """Return the newest anchors; see the port."""
        return [self._anchor(line, None) for line in self._last_lines()]

    def add(self, anchor: Anchor) -> None:
        """Append an anchor durably; see the port."""
        line = f"{anchor.seq},{anchor.mac},{written(anchor.at)}\n"
        try:
            if not self._path.exists():
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            descriptor = os.open(self._path, flags, _MODE)
            try:
                os.write(descriptor, line.encode("ascii"))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as exc:
            raise InvalidInput(
                f"The anchor file {self._path.name} cannot be written: {exc.strerror}.",
                hint="Choose another place for it.",
            ) from exc

    def _last_lines(self) -> list[str]:
        text = self._text(whole=False)
        # The first line may be the end of one.
        cut = text.partition("\n")[2] if len(text) == _TAIL_BYTES else text
        return [line for line in cut.splitlines() if line.strip()]

    def _text(self, *, whole: bool) -> str:
        try:
            with self._path.open("rb") as file:
                if not whole:
                    size = file.seek(0, os.SEEK_END)
                    file.seek(max(0, size - _TAIL_BYTES))
                return file.read().decode("ascii", "replace")
        except FileNotFoundError:
            return ""
        except OSError as exc:
            raise InvalidInput(
                f"The anchor file {self._path.name} cannot be read: {exc.strerror}.",
                hint="Name the file that holds the anchors.",
            ) from exc

    def _anchor(self, line: str, number: int | None) -> Anchor:
        found = _LINE.fullmatch(line.strip())
        try:
            seq, mac, time = found.groups() if found is not None else ("", "", "")
            at = datetime.fromisoformat(time)
            return Anchor(int(seq), mac, at if at.tzinfo else at.replace(tzinfo=UTC))
        except ValueError as exc:
            where = "One of the last lines" if number is None else f"Line {number}"
            raise InvalidInput(
                f"{where} of the anchor file {self._path.name} is no anchor.",
                hint="Each line is seq,mac,time; take lines that are damaged out.",
            ) from exc
