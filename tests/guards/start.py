"""How the tests were started decides nothing: every child process begins as from a terminal.

Shells start background jobs with SIGINT and SIGQUIT ignored, ``nohup`` does so with SIGHUP, and
what is ignored stays ignored in every program that is started from there. Some runners leave a
mask of their own, or ask for colors that no terminal has.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from types import FrameType

_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
_OF_TERMINALS = (
    *("CI", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "GITHUB_ACTIONS", "LINES"),
    *("NO_COLOR", "PY_COLORS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"),
)


def _still_ignored(number: int, frame: FrameType | None) -> None:
    """Do what was done before: nothing. Unlike "ignore" it is not inherited."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Undo it before anything is started; child processes inherit the result."""
    for number in _SIGNALS:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _still_ignored)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    os.umask(0o022)
    for name in _OF_TERMINALS:
        os.environ.pop(name, None)
    # A machine that is busy needs longer for an example, and nothing is wrong with it.
    settings.register_profile(
        "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("any-machine")
