"""Runs commands of a frozen program, and looks at everything that they say."""

from __future__ import annotations

import re
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from freezing.stage import Place

TROUBLE = re.compile(
    r"Traceback \(most recent call last\)"
    r"|No module named|ModuleNotFoundError|ImportError|cannot import name"
    r"|undefined symbol|symbol lookup error|symbol not found"
    r"|cannot open shared object file|error while loading shared libraries|version `\w+_[\d.]+' not"
    r"|DLL load failed|Failed to execute script"
    r"|could not get source code|has no attribute '__file__'"
    r"|\[qt-(?:warning|critical|fatal)\]|\b(?:WARNING|ERROR|CRITICAL) qt\b"
    r"|qt\.qpa\.plugin|\bRUN-\d+|incident [0-9a-f]{8}"
)
"""What a program that works never says."""

HARMLESS = re.compile(
    # Said by the offscreen platform of every window that has a minimum size.
    r"This plugin does not support propagateSizeHints"
)

PATIENCE_S = 180.0
"""How long a command may take, unless more is known about it; in seconds."""


class Failed(Exception):
    """The program does not work."""


class Checks:
    """Runs commands, judges what they say, and keeps the results."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.failures: list[str] = []

    def judge(self, name: str, said: str) -> None:
        """Look for trouble in the output or the log of a program.

        Raises:
            Failed: there is some.
        """
        lines = [line for line in said.splitlines() if not HARMLESS.search(line)]
        for number, line in enumerate(lines):
            if TROUBLE.search(line):
                context = "\n    ".join(lines[max(0, number - 2) : number + 12])
                raise Failed(f"{name} said:\n    {context}")

    def run(
        self,
        name: str,
        command: list[str],
        *,
        code: int = 0,
        extra: Mapping[str, str] | None = None,
        timeout: float = PATIENCE_S,
    ) -> str:
        """Run a command to its end and return what it wrote to stdout.

        Raises:
            Failed: it ended with another code, or said that something is wrong.
        """
        environment = self.place.environment | dict(extra or {})
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=timeout
            )
        except subprocess.TimeoutExpired as exc:
            raise Failed(f"{name} did not end within {timeout:.0f} s.") from exc
        self.judge(name, done.stdout + "\n" + done.stderr)
        if done.returncode != code:
            said = (done.stdout + done.stderr).strip()[-1500:]
            raise Failed(f"{name} ended with {done.returncode} and not with {code}:\n{said}")
        return done.stdout

    @contextmanager
    def check(self, name: str) -> Iterator[None]:
        """Tell how one check went; the next ones are made all the same."""
        begun = time.monotonic()
        try:
            yield
        except (Failed, OSError, ValueError, KeyError) as exc:
            self.failures.append(name)
            print(f"FAILED  {name}\n{exc}", flush=True)
        else:
            print(f"ok      {name} ({time.monotonic() - begun:.1f} s)", flush=True)
