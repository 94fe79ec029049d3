"""The last errors of the system log, without a word that could name a person.

A line of the log may hold an ID, and so may the text of an exception. Of each entry are told: when,
how bad, which module, the error codes and the number of the incident in it, the kind of the
exception, and the line of code that raised it. Nothing else leaves the log.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FIRST = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d{3} "
    r"(?P<level>WARNING|ERROR|CRITICAL) (?P<where>[\w.]+): (?P<text>.*)"
)
_OTHER = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ")
_CODE = re.compile(r"\b(?:[A-Z]{2,3}-\d{3}|incident [0-9a-f]{8})\b")
_FRAME = re.compile(r'    +File "(?:.*[/\\])?([\w.]+)", line (\d+), in ([\w<>]+)')
_RAISED = re.compile(
    r"    ([A-Za-z_][\w.]*(?:Error|Exception|Warning|Interrupt|Exit)\b|kiosk\.[\w.]+)"
)
_BYTES = 1 << 20
"""How much of the end of each day's file is read."""


@dataclass(frozen=True)
class Trouble:
    """One entry of the log, as far as it is told.

    Attributes:
        time: local time.
        level: ``WARNING``, ``ERROR`` or ``CRITICAL``.
        where: the logger.
        codes: error codes and numbers of incidents in it.
        raised: kind of the exception and where it was raised; empty without one.
    """

    time: str
    level: str
    where: str
    codes: str
    raised: str


def troubles(logs: Path, limit: int = 10) -> list[Trouble]:
    """Return the last warnings and errors, oldest first; none where there is no log.

    Args:
        logs: the folder of the log files.
        limit: at most so many.
    """
    found: deque[Trouble] = deque(maxlen=limit)
    try:
        files = sorted(logs.glob("system-????-??-??.log"))
    except OSError:
        return []
    for file in files:
        found.extend(_in(file))
    return list(found)


def _in(file: Path) -> Iterator[Trouble]:
    entry: re.Match[str] | None = None
    frame = raised = ""
    for line in _tail(file):
        if _OTHER.match(line):
            if entry is not None:
                yield _told(entry, frame, raised)
            entry, frame, raised = _FIRST.fullmatch(line), "", ""
        elif at := _FRAME.match(line):
            frame, raised = f"{at[1]}:{at[2]} in {at[3]}", ""
        elif not raised and (kind := _RAISED.match(line)):
            # Only the line behind the frames: what follows is text of the exception.
            raised = kind[1].rpartition(".")[2]
    if entry is not None:
        yield _told(entry, frame, raised)


def _told(entry: re.Match[str], frame: str, raised: str) -> Trouble:
    codes = ", ".join(dict.fromkeys(_CODE.findall(entry["text"])))
    at = f"{raised or 'exception'} at {frame}" if frame else raised
    return Trouble(entry["time"], entry["level"], entry["where"], codes, at)


def _tail(file: Path) -> list[str]:
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, file.stat().st_size - _BYTES))
            return opened.read(_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return []
