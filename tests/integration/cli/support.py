"""What tests of commands share."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import soundfile

from kiosk.cli import run
from kiosk.demo import voices
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ERROR_LINE = re.compile(r"kiosk: [A-Z]{2,3}-\d{3} [^\n]+[.!']\n")


class Sounds:
    """Recordings of synthetic voices by voice and number of the sentence."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, voice: str, number: int) -> Path:
        path = self.folder / f"{voice}-{number}.wav"
        if not path.exists():
            clip = voices.speak(voice, voices.SENTENCES[number])
            soundfile.write(path, clip.samples, clip.rate)
        return path


@dataclass(frozen=True)
class Answer:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return the one JSON value on stdout."""
        assert self.out.endswith("\n")
        assert self.out.count("\n") == 1
        return json.loads(self.out)


class Cli:
    """Runs commands in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str | Path) -> Answer:
        self._capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        return Answer(code, *self._capsys.readouterr())

    def refuses(self, code: str, *arguments: str | Path) -> str:
        """Run a command that must fail with an error of this code; return its line.

        It is run with ``--json`` too, where the error is on stdout as well.
        """
        plain = self(*arguments)
        assert (plain.code, plain.out) == (2, ""), plain
        assert ERROR_LINE.fullmatch(plain.err), plain.err
        assert plain.err.startswith(f"kiosk: {code} ")
        as_json = self(*arguments, "--json")
        assert (as_json.code, as_json.err) == (2, plain.err)
        error = as_json.json["error"]
        assert set(as_json.json) == {"error"}
        assert f"kiosk: {error['code']} {error['message']} {error['hint']}\n" == plain.err
        return plain.err


class Terminal:
    """A command in a process of its own, whose stdin and stderr are a terminal.

    Attributes:
        text: what has appeared on the terminal so far.
    """

    def __init__(self, *arguments: str | Path) -> None:
        self._leader, follower = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kiosk", *map(str, arguments)],
            stdin=follower,
            stdout=subprocess.PIPE,
            stderr=follower,
            text=True,
        )
        os.close(follower)
        self.text = ""

    def until(self, phrase: str) -> Terminal:
        """Wait for a phrase on the terminal."""
        while phrase not in self.text:
            self.text += os.read(self._leader, 1000).decode(errors="replace")
        return self

    def answer(self, text: str) -> tuple[int, str]:
        """Type something and return how the command ended."""
        os.write(self._leader, text.encode())
        return self.end()

    def end(self) -> tuple[int, str]:
        """Return the exit code and stdout."""
        # Linux reports an error, not an end, when the other side of a terminal is closed.
        with suppress(OSError):
            while data := os.read(self._leader, 1000):
                self.text += data.decode(errors="replace")
        os.close(self._leader)
        out, _ = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out
