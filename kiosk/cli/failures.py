"""How commands end: one clear line and an exit code, whatever happened."""

from __future__ import annotations

import logging
import os
import sys
import traceback
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from kiosk.cli.output import answer, one_line
from kiosk.core.errors import Cancelled, Defect, InvalidInput, KioskError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OK = 0
NEGATIVE = 1
"""Not verified, or not healthy: the command worked and the answer is no."""
ERROR = 2
INCONCLUSIVE = 3
DEFECT = 70
"""EX_SOFTWARE of sysexits.h."""
INTERRUPTED = 130
"""128 + SIGINT, as shells report it."""
_BROKEN_PIPE = 141
"""128 + SIGPIPE. Not 1: nobody may take a lost answer for a rejection."""

# The base class of all complaints about arguments. typer exports only this one of its subclasses,
# and in some versions it is click's and in others its own.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]

_log = logging.getLogger(__name__)


def guarded(command: Callable[[], None], *, as_json: bool, verbose: bool) -> int:
    """Run a command and return its exit code; nothing is raised.

    Args:
        command: the command; it ends early by ``typer.Exit``.
        as_json: the caller wants a JSON answer in any case.
        verbose: show tracebacks.
    """
    try:
        command()
        sys.stdout.flush()
    except typer.Exit as exit_:
        return _flushed(int(exit_.exit_code))
    except BrokenPipeError:
        return _drop_output()
    except Exception as error:  # noqa: BLE001 - nothing is above this
        if verbose:
            sys.stderr.write("".join(traceback.format_exception(error)))
        return _report(_known(error), as_json=as_json)
    except KeyboardInterrupt:
        return _report(Cancelled("Interrupted."), as_json=as_json)
    return OK


@contextmanager
def recorded() -> Iterator[None]:
    """Record what nobody foresaw in the system log, under the number that the terminal shows.

    Raises:
        Defect: in the place of anything that is no error of the kiosk's own.
    """
    try:
        yield
    except (KioskError, BrokenPipeError, typer.Exit, typer.Abort, _UsageError):
        raise
    except Exception as error:
        raise _incident(error, recorded=True) from error


def _known(error: Exception) -> KioskError:
    if isinstance(error, KioskError):
        return error
    if isinstance(error, typer.Abort):
        return Cancelled("Interrupted.")
    if isinstance(error, _UsageError):
        message = getattr(error, "format_message", lambda: str(error))()
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "kiosk"
        return InvalidInput(f"{message.rstrip('.')}.", hint=f"See '{path} --help'.")
    return _incident(error, recorded=False)


def _incident(error: Exception, *, recorded: bool) -> Defect:
    number = uuid.uuid4().hex[:8]
    if recorded:
        _log.critical("incident %s", number, exc_info=error)
    where = "The system log has the details" if recorded else "Run it again with --verbose"
    return Defect(
        f"Something failed that nobody foresaw: incident {number} ({type(error).__name__}).",
        hint=f"{where}; tell whoever looks after the kiosk.",
    )


def _report(error: KioskError, *, as_json: bool) -> int:
    try:
        sys.stderr.write(one_line(f"kiosk: {error.code} {error}") + "\n")
        if as_json:
            fields = {"code": error.code, "message": error.message, "hint": error.hint}
            answer({"error": fields})
    except BrokenPipeError:
        return _drop_output()
    if isinstance(error, Defect):
        return _flushed(DEFECT)
    return _flushed(INTERRUPTED if isinstance(error, Cancelled) else ERROR)


def _flushed(code: int) -> int:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _drop_output()
    return code


def _drop_output() -> int:
    """Point stdout to nowhere, lest the interpreter complains when it flushes at its end."""
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, sys.stdout.fileno())
    finally:
        os.close(sink)
    return _BROKEN_PIPE
