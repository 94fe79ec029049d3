"""How commands end: one clear line and an exit code, whatever happened."""

from __future__ import annotations

import errno
import logging
import sys
import traceback
import uuid
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import typer

from kiosk.cli.output import answer, answer_lost, drop_output, one_line
from kiosk.core.errors import Cancelled, Defect, InvalidInput, KioskError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OK = 0
NEGATIVE = 1
"""Not verified, not identified, or not healthy: the command worked and the answer is no."""
ERROR = 2
INCONCLUSIVE = 3
DEFECT = 70
"""EX_SOFTWARE of sysexits.h."""
INTERRUPTED = 130
"""128 + SIGINT, as shells report it."""
_GLOBAL = ("--data-dir", "--verbose")

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
    except typer.Exit as exit_:
        return _flushed(int(exit_.exit_code))
    except Exception as error:  # noqa: BLE001 - nothing is above this
        if verbose:
            with suppress(OSError):
                sys.stderr.write("".join(traceback.format_exception(error)))
        return _report(_known(error), as_json=as_json)
    except KeyboardInterrupt:
        return _report(Cancelled("Interrupted."), as_json=as_json)
    return _flushed(OK)


@contextmanager
def recorded() -> Iterator[None]:
    """Record what nobody foresaw in the system log, under the number that the terminal shows.

    Raises:
        Defect: in the place of anything that is no error of the kiosk's own.
    """
    try:
        yield
    except (KioskError, typer.Exit, typer.Abort, _UsageError):
        raise
    except Exception as error:
        raise _incident(error, recorded=True) from error


def _known(error: Exception) -> KioskError:
    if isinstance(error, KioskError):
        return error
    if isinstance(error, typer.Abort):
        return Cancelled("Interrupted.")
    if isinstance(error, _UsageError):
        return _misused(error)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:  # typer writes its help itself
        drop_output()
        return answer_lost(error)
    return _incident(error, recorded=False)


def _misused(error: Exception) -> KioskError:
    message = getattr(error, "format_message", lambda: str(error))()
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "kiosk"
    hint = f"See '{path} --help'."
    option = getattr(error, "option_name", None)
    if option in _GLOBAL and path != "kiosk":
        hint = f"It goes before the command: kiosk {option} … {path.removeprefix('kiosk ')}."
    if option == "--json" and context is not None and context.parent is None:
        hint = "It goes after the command: kiosk … --json."
    # What the library puts before the words of its own checks.
    message = message.replace(": Value error, ", ": ")
    return InvalidInput(f"{message.rstrip('.')}.", hint=hint)


def _incident(error: Exception, *, recorded: bool) -> Defect:
    number = uuid.uuid4().hex[:8]
    if recorded:
        _log.critical("incident %s", number, exc_info=error)
    where = "See the system log" if recorded else "Run it again with --verbose"
    return Defect(
        f"An unexpected error occurred: incident {number} ({type(error).__name__}).",
        hint=f"{where}, then tell an administrator.",
    )


def _report(error: KioskError, *, as_json: bool) -> int:
    with suppress(OSError):  # when nobody can be told, the exit code still is
        sys.stderr.write(one_line(f"kiosk: {error.code} {error}") + "\n")
    if as_json:
        fields: dict[str, object] = {
            "code": error.code,
            "message": error.message,
            "hint": error.hint,
        }
        fields |= getattr(error, "members", {})
        answer({"error": fields})
    if isinstance(error, Defect):
        return _flushed(DEFECT)
    return _flushed(INTERRUPTED if isinstance(error, Cancelled) else ERROR)


def _flushed(code: int) -> int:
    try:
        sys.stdout.flush()
    except OSError as error:
        # Not the code of an answer that nobody has read.
        drop_output()
        return _report(answer_lost(error), as_json=False)
    return code
