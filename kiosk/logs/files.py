"""Log files: one a day for the program, for what happened to enrollments, and for requests.

Files are opened for each line. A kiosk writes few, and so the day may change, the disk fill up and
be freed, or the folder vanish and come back, without any state that could be wrong.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from kiosk.logs.redaction import Redaction

if TYPE_CHECKING:
    from pathlib import Path

KEEP_DAYS = 90
_FILE_MODE = 0o600
_FOLDER_MODE = 0o700
# Control characters and everything that some program takes for the end of a line, and what turns
# the direction of text: none of it may make one entry look like two, or like another.
_UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp"}

LocalClock = Callable[[], datetime]
"""Returns the present local time."""


def local_now() -> datetime:
    """Return the present time in the time zone of the machine."""
    return datetime.now().astimezone()


class DayFiles:
    """Appends lines to ``<prefix>-<date>.log``; safe from any thread, and for several processes.

    A failure to write never reaches the caller: the kiosk goes on without its log. The first of a
    series is told on stderr.

    Args:
        folder: created with mode 0700 when it is missing.
        prefix: beginning of the file names.
        keep_days: files older than this many days are deleted.
        clock: the local time, which decides on the file.
    """

    def __init__(
        self,
        folder: Path,
        prefix: str,
        *,
        keep_days: int = KEEP_DAYS,
        clock: LocalClock = local_now,
    ) -> None:
        self._folder = folder
        self._prefix = prefix
        self._keep = timedelta(days=keep_days)
        self._clock = clock
        self._lock = threading.Lock()
        self._pruned: date | None = None
        self._failing = False
        self._torn = False  # the disk filled up in the middle of a line

    def append(self, text: str) -> None:
        """Append an entry, after its time such as ``2021-08-24 06:35:59,278``.

        Args:
            text: the entry without a line end at its end.
        """
        with self._lock:
            now = self._clock()
            stamp = f"{now:%Y-%m-%d %H:%M:%S},{now.microsecond // 1000:03d}"
            try:
                self._write(now.date(), f"{stamp} {text}\n".encode("utf-8", "backslashreplace"))
                self._prune(now.date())
            except OSError as exc:
                self._complain(exc)
            else:
                self._failing = False

    def _write(self, day: date, line: bytes) -> None:
        path = self._folder / f"{self._prefix}-{day:%Y-%m-%d}.log"
        try:
            file = _open_for_appending(path)
        except FileNotFoundError:
            _make_private(self._folder)
            file = _open_for_appending(path)
        rest = b"\n" + line if self._torn else line
        try:
            while rest:
                # Normally one call: with O_APPEND the lines of two processes do not mix.
                written = os.write(file, rest)
                self._torn = written < len(rest)
                rest = rest[written:]
        finally:
            os.close(file)

    def _prune(self, today: date) -> None:
        if self._pruned == today:
            return
        self._pruned = today
        name = re.compile(rf"{re.escape(self._prefix)}-(\d{{4}}-\d\d-\d\d)\.log")
        for path in self._folder.iterdir():
            match = name.fullmatch(path.name)
            if match and match[1] < (today - self._keep).isoformat():
                path.unlink(missing_ok=True)

    def _complain(self, exc: OSError) -> None:
        if not self._failing and sys.stderr is not None:
            # Where stderr is gone too, nobody can be told.
            with suppress(OSError, ValueError):
                sys.stderr.write(
                    f"The log {self._folder} cannot be written ({exc.strerror}); "
                    "going on without.\n"
                )
        self._failing = True


class DailyFile(logging.Handler):
    """Writes records to ``system-<date>.log``: ``2021-08-24 06:35:59,278 LEVEL name: message``.

    Args:
        folder: see :class:`DayFiles`.
        keep_days: see :class:`DayFiles`.
        clock: the local time, which is that of the entry too.
    """

    def __init__(
        self, folder: Path, *, keep_days: int = KEEP_DAYS, clock: LocalClock = local_now
    ) -> None:
        super().__init__()
        self._files = DayFiles(folder, "system", keep_days=keep_days, clock=clock)
        self.setFormatter(EntryFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; never raises."""
        try:
            self._files.append(self.format(record))
        except Exception:  # noqa: BLE001 - the rule of logging: a defect in a message is reported
            self.handleError(record)


class FileLines:
    """A log of single lines; see its two kinds below.

    Args:
        folder: see :class:`DayFiles`.
        keep_days: see :class:`DayFiles`.
        clock: the local time.
    """

    _prefix: ClassVar[str]

    def __init__(
        self, folder: Path, *, keep_days: int = KEEP_DAYS, clock: LocalClock = local_now
    ) -> None:
        self._files = DayFiles(folder, self._prefix, keep_days=keep_days, clock=clock)

    def write(self, line: str) -> None:
        """Append one line; never raises. Line breaks in it are shown as escapes."""
        self._files.append(one_line(line))


class FileActivityLog(FileLines):
    """Implements :class:`kiosk.core.ports.ActivityLog` in ``activity-<date>.log``.

    Lines read ``2021-08-24 06:35:59,278 Enrolled test1``.
    """

    _prefix = "activity"


class FileRequestLog(FileLines):
    """Keeps the requests of the HTTP service in ``request-<date>.log``.

    Lines read ``2021-08-20 04:46:52,537 "POST /http_stream HTTP/1.1" 200 48``: what was asked for,
    the status, and the size of the answer in bytes. What they hold and what they leave out is
    decided by :mod:`kiosk.api.records.request_log`.
    """

    _prefix = "request"


class EntryFormatter(logging.Formatter):
    """Formats ``LEVEL name: message`` on one line, tracebacks indented below it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the entry; only indented lines can follow its first."""
        first = f"{record.levelname} {record.name}: {one_line(record.getMessage())}"
        more = []
        if record.exc_info and record.exc_info[0] is not None:
            more += self.formatException(record.exc_info).splitlines()
        if record.stack_info:
            more += self.formatStack(record.stack_info).splitlines()
        return "\n".join([first, *(f"    {one_line(line)}" for line in more)])


def configure(
    folder: Path,
    level: str = "INFO",
    *,
    console: bool = False,
    clock: LocalClock = local_now,
) -> Callable[[], None]:
    """Send the log of the whole program to daily files, and to stderr when asked.

    Args:
        folder: for the files.
        level: least level, such as ``INFO``.
        console: whether to write to stderr too.
        clock: the local time.

    Returns:
        What undoes it; to be called when the program ends.
    """
    handlers: list[logging.Handler] = [DailyFile(folder, clock=clock)]
    if console:
        handlers.append(logging.StreamHandler())
        handlers[-1].setFormatter(EntryFormatter())
    root = logging.getLogger()
    before = root.level
    root.setLevel(level)
    # Alembic reports at every start that there is nothing to do.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    for handler in handlers:
        handler.addFilter(Redaction())
        root.addHandler(handler)

    def undo() -> None:
        root.setLevel(before)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()

    return undo


def one_line(text: str) -> str:
    """Return a text in which nothing can end a line; such characters are shown as escapes."""
    if text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode("ascii")
        if unicodedata.category(char) in _UNSAFE
        else char
        for char in text
    )


def _open_for_appending(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _FILE_MODE)


def _make_private(folder: Path) -> None:
    if not folder.is_dir():
        _make_private(folder.parent)
        folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
