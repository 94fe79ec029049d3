"""What commands write: answers on stdout, everything else on stderr.

rich is imported when something is shown to people, for it costs as much as all else together.
"""

from __future__ import annotations

import errno
import io
import json
import os
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from kiosk.core.characters import without_unprintable
from kiosk.core.errors import Cancelled, DiskFull, InvalidInput, KioskError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from _typeshed import ReadableBuffer
    from rich.console import Console

_WIDE = 200
_READABLE = 100
"""Columns of running text."""
_PATIENCE_S = 0.3
"""What is done within this time, in seconds, needs no spinner."""


def answer(value: Any) -> None:
    """Write one JSON value as one line on stdout.

    Args:
        value: JSON-ready; numbers are finite.
    """
    with _delivering():
        sys.stdout.write(json.dumps(value, allow_nan=False) + "\n")


def one_line(text: str) -> str:
    """Return text without line breaks and control characters, which terminals would obey."""
    return without_unprintable(" ".join(text.split()), "\N{REPLACEMENT CHARACTER}")


def say(text: str, style: str = "") -> None:
    """Write one line for people on stdout; never taken for markup."""
    from rich.text import Text

    with _delivering():
        _console().print(Text(one_line(text), style), soft_wrap=True)


def warn(text: str) -> None:
    """Write one line on stderr."""
    sys.stderr.write(one_line(f"kiosk: {text}") + "\n")


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Write a table for people on stdout.

    Args:
        columns: headings in sentence case; one that begins with ``>`` is aligned to the right.
        rows: cells, never taken for markup.
        title: above the table.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD)
    for column in columns:
        right = column.startswith(">")
        table.add_column(
            column.removeprefix(">"), justify="right" if right else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(one_line(cell)) for cell in row))
    with _delivering():
        _console().print(table)


def show_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Write pairs of a name and a value for people on stdout, never taken for markup."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    for name, value in facts:
        grid.add_row(Text(one_line(name)), Text(one_line(value)))
    with _delivering():
        _console().print(grid)


def show_markdown(text: str) -> None:
    """Write Markdown of the program's own for people on stdout."""
    from rich.markdown import Markdown

    with _delivering():
        console = _console()
        width = min(console.width, _READABLE)
        console.print(Markdown(text, code_theme="bw", hyperlinks=False), width=width)


def answer_lost(error: OSError) -> KioskError:
    """Return what to tell when stdout cannot be written."""
    kind = DiskFull if error.errno in (errno.ENOSPC, errno.EDQUOT) else InvalidInput
    return kind(f"The answer cannot be written: {error.strerror}.", hint="Send it somewhere else.")


def drop_output() -> None:
    """Point stdout to nowhere, lest what is left in its buffer fails again at the end."""
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, sys.stdout.fileno())
    finally:
        os.close(sink)


class _Outliving(io.FileIO):
    """Writes until nobody reads any more, and into nowhere from then on.

    So ``kiosk --help | head`` is no error, and ``kiosk verify`` ends with the code of its answer,
    whether or not anybody has read it.
    """

    def write(self, data: ReadableBuffer, /) -> int:
        """Write, if anybody reads."""
        try:
            return super().write(data)
        except BrokenPipeError:
            sink = os.open(os.devnull, os.O_WRONLY)
            try:
                os.dup2(sink, self.fileno())
            finally:
                os.close(sink)
            return super().write(data)


class _Unheard(_Outliving):
    """Writes what it can; what cannot be written, as on a full disk, is left out.

    Nothing stays in a buffer to fail again at the end, which would change the exit code.
    """

    def write(self, data: ReadableBuffer, /) -> int:
        """Write, if that can be."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def outliving(stream: TextIO) -> TextIO:
    """Return a standard stream that does not mind when its reader goes away.

    Nor does stderr mind a full disk: there is nowhere left to tell it.
    """
    stream.flush()
    kind = _Unheard if stream is sys.stderr else _Outliving
    return io.TextIOWrapper(
        io.BufferedWriter(kind(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        # A name that the terminal's encoding lacks must not end the command half-way.
        errors="backslashreplace",
        line_buffering=stream.isatty() or stream is sys.stderr,
        write_through=stream is sys.stderr,
    )


@contextmanager
def _delivering() -> Iterator[None]:
    """Translate what stdout complains about."""
    try:
        yield
    except OSError as error:
        drop_output()
        raise answer_lost(error) from error


def confirm(question: str, *, yes: bool, lost: str = "") -> None:
    """Ask before something is erased, or people are turned away.

    Args:
        question: that "y" says yes to.
        yes: it was said beforehand.
        lost: a sentence about what is lost, also told where nobody can be asked.

    Raises:
        InvalidInput: nobody can be asked.
        Cancelled: the answer was no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidInput(
            f"{lost} This must be confirmed, and there is no terminal to ask at.".strip(),
            hint="Add --yes.",
        )
    # Not typer's: it writes a part of the question on stdout, which belongs to the answer.
    sys.stderr.write(f"{one_line(f'{lost} {question}')} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Cancelled("Nothing was changed.")


@contextmanager
def waiting(text: str) -> Iterator[Callable[[str], None]]:
    """Show a spinner on a terminal's stderr while something takes longer than a moment.

    Yields:
        A function that changes the text.
    """
    if not sys.stderr.isatty():
        yield lambda _text: None
        return
    status = _console(stderr=True).status(f"{text} …")
    timer = threading.Timer(_PATIENCE_S, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda phrase: status.update(f"{phrase} …")
    finally:
        timer.cancel()
        timer.join()
        status.stop()


@contextmanager
def progress_bar(text: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on a terminal's stderr.

    Yields:
        A function that is told how much is done, and of how much.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=_console(stderr=True), transient=True) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def percent_bar(text: str) -> Iterator[Callable[[str, float], None]]:
    """Show a progress bar on a terminal's stderr.

    Yields:
        A function that is told a phrase and the share done, in [0, 1].
    """
    if not sys.stderr.isatty():
        yield lambda _phrase, _share: None
        return
    from rich.progress import Progress

    with Progress(console=_console(stderr=True), transient=True) as bar:
        task = bar.add_task(text, total=1.0)
        yield lambda phrase, share: bar.update(task, description=phrase, completed=share)


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    # A file or a pipe has no width: nothing is folded there to fit into rich's 80 columns.
    return Console(stderr=stderr, highlight=False, width=None if terminal else _WIDE)
