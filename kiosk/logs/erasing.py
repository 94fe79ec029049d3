"""Who was erased is overwritten in every log."""

from __future__ import annotations

import mmap
import os
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_STAMP = len("2021-08-24 06:35:59,278 ")


class LogFiles:
    """Implements :class:`kiosk.core.people.erasure.Logs`: overwrites who was erased, in every log.

    In place, letter for letter: other processes append to the same files meanwhile.

    Args:
        folder: of the files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def overwrite(self, user_ids: Iterable[str]) -> bool:
        """Put asterisks in the place of IDs; False where a file cannot be changed now."""
        names = {form.encode() for each in user_ids for form in (each, quote(each, safe=""))}
        done = True
        for path in sorted(self._folder.glob("*-????-??-??.log")):
            try:
                with path.open("r+b") as file:
                    if os.fstat(file.fileno()).st_size:
                        with mmap.mmap(file.fileno(), 0) as content:
                            _overwrite(content, names)
            except FileNotFoundError:
                continue  # its time has come meanwhile
            except OSError:
                done = False
        return done


def _overwrite(content: mmap.mmap, names: Iterable[bytes]) -> None:
    changed = False
    for name in names:
        # IDs hold letters, digits and ._@- and have a letter or digit at both ends: what goes on
        # is another ID. Searched for as it is first, for files may be long.
        whole = re.compile(
            rb"(?<![\w%\x80-\xff])(?<![\w%\x80-\xff][.@-])"
            + re.escape(name)
            + rb"(?![.@-]*[\w%\x80-\xff])"
        )
        at = content.find(name)
        while at >= 0:
            in_line = at - (content.rfind(b"\n", 0, at) + 1)
            if in_line >= _STAMP and whole.match(content, at):
                content[at : at + len(name)] = b"*" * len(name)
                changed = True
            at = content.find(name, at + len(name))
    if changed:
        content.flush()
