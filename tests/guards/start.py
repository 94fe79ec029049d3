"""How the tests were started decides nothing: every child process begins as from a terminal.

Shells start background jobs with SIGINT and SIGQUIT ignored, ``nohup`` does so with SIGHUP, and
what is ignored stays ignored in every program that is started from there. Runners ask for colors
that no terminal has, name a proxy, or are services of systemd themselves.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from types import FrameType

_SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
_OF_RUNNERS = (
    *("CI", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "GITHUB_ACTIONS", "LINES"),
    *("NO_COLOR", "PY_COLORS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"),
    *("PYTHONDONTWRITEBYTECODE", "PYTHONOPTIMIZE", "PYTHONWARNINGS"),
    *("CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"),
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
    for name in list(os.environ):
        if name in _OF_RUNNERS or name.lower().endswith("_proxy"):
            del os.environ[name]
    # A program that has to be compiled anew starts in twice the time, and tests start hundreds.
    sys.dont_write_bytecode = False
    # A machine that is busy needs longer for an example, and nothing is wrong with it.
    settings.register_profile(
        "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("any-machine")
