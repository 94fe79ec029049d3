"""Does a frozen program work where there is neither Xvfb, PulseAudio nor a synthesizer?

``python -m releasing.smoke --voices FOLDER`` makes recordings of two synthetic voices (with flite,
on Linux). ``python -m releasing.smoke PROGRAM --recordings FOLDER`` takes them to any system: it
enrolls two people from files, verifies each, has each rejected as the other, asks the HTTP service
for its state, and lets the window get ready offscreen. ``packaging/smoke_test.py`` does more.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

PEOPLE = {"alice": "slt", "bob": "rms"}
"""IDs and the voices of flite that speak for them."""

TAKES = 3
PATIENCE_S = 180.0
TROUBLE = re.compile(
    r"Traceback \(most recent call last\)|No module named|ImportError|undefined symbol"
    r"|DLL load failed|Library not loaded|Failed to execute script|incident [0-9a-f]{8}"
    # Of Qt's warnings the offscreen platform gives one for every window that has a minimum size.
    r"|(?:WARNING|ERROR|CRITICAL) qt: (?!.*does not support propagateSizeHints)"
)
"""What a program that works never says."""

READY = "starting microphone"
"""The last task of the start in the system log: window, database, keys and model are there."""


class Failed(Exception):
    """The program does not work."""


class Program:
    """The frozen program on a data folder of its own.

    Args:
        command: the program ``kiosk`` and what comes before its arguments.
        window: the same of ``voice-kiosk``.
        home: a folder for everything that it writes.
    """

    def __init__(self, command: list[str], window: list[str], home: Path) -> None:
        self._command = command
        self._window = window
        self.data = home / "data"
        self._environment = os.environ | {
            "KIOSK_DATA_DIR": str(self.data),
            "KIOSK_KEYS__PLACE": "file",
            "KIOSK_KEYS__FILE": str(home / "keys.txt"),
            "QT_QPA_PLATFORM": "offscreen",
        }

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command that must end with a code, and return what it wrote on stdout.

        Raises:
            Failed: it ended otherwise, or complained.
        """
        done = subprocess.run(
            [*self._command, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE_S,
            check=False,
        )
        said = done.stdout + done.stderr
        if done.returncode != code or TROUBLE.search(said):
            what = " ".join(arguments)
            raise Failed(f"kiosk {what} ended with {done.returncode}, not {code}:\n{said[-2000:]}")
        print(f"ok: kiosk {' '.join(arguments[:3])}")
        return done.stdout

    def serve(self) -> None:
        """Start the HTTP service, and ask it whether it can work.

        Raises:
            Failed: it does not start, or cannot.
        """
        process = subprocess.Popen(
            [*self._command, "serve", "--port", "0"],
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            address = re.search(r"https?://[^\s;]+", process.stdout.readline())
            if address is None:
                raise Failed("kiosk serve does not start")
            with urllib.request.urlopen(f"{address[0]}/v1/ready", timeout=60) as answer:
                print(f"ok: kiosk serve: {json.load(answer)['status']}")
        finally:
            process.terminate()
            process.communicate(timeout=60)

    def open_window(self) -> None:
        """Open the window offscreen, until the system log says that it is ready.

        Raises:
            Failed: it does not get ready, or complains.
        """
        process = subprocess.Popen([*self._window, "--window"], env=self._environment)
        deadline = time.monotonic() + PATIENCE_S
        said = ""
        try:
            while READY not in said and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.2)  # nothing but the log says it on every system
                said = self._log()
        finally:
            process.terminate()
            process.wait(60)
        said = self._log()
        if READY not in said or TROUBLE.search(said):
            raise Failed(f"The window did not get ready:\n{said[-2000:]}")
        print("ok: window")

    def _log(self) -> str:
        files = sorted((self.data / "logs").glob("system-*.log"))
        return "".join(file.read_text(encoding="utf-8", errors="replace") for file in files)


def check(program: Program, recordings: Path) -> None:
    """Make all checks.

    Raises:
        Failed: one of them.
    """
    program.run("--version")
    # The window first, on a data folder of its own making: what commands log would hide it.
    program.open_window()
    for user in PEOPLE:
        takes = [str(recordings / f"{user}-{number}.wav") for number in range(TAKES)]
        program.run("enroll", "--user", user, "--name", user.title(), "--consent", *takes)
    for user in PEOPLE:
        for other in PEOPLE:
            probe = str(recordings / f"{other}-{TAKES}.wav")
            code = 0 if user == other else 1
            told = json.loads(program.run("verify", "--user", user, "--json", probe, code=code))
            if (told["outcome"] == "verified") != (user == other):
                raise Failed(f"{other} as {user}: {told['outcome']}")
    report = json.loads(_either(program))
    amiss = [each["name"] for each in report["findings"] if not each["ok"]]
    if set(amiss) - {"microphone"}:  # a machine that builds has none
        raise Failed(f"kiosk doctor: {', '.join(amiss)}")
    program.serve()


def _either(program: Program) -> str:
    """Return the report of ``kiosk doctor``, which ends with 1 where a microphone is missing."""
    try:
        return program.run("doctor", "--json", code=1)
    except Failed:
        return program.run("doctor", "--json")


def make_voices(folder: Path) -> None:
    """Make the recordings, with the kiosk of this source tree and flite."""
    import soundfile

    from kiosk.demo import voices

    folder.mkdir(parents=True, exist_ok=True)
    for user, voice in PEOPLE.items():
        for number in range(TAKES + 1):
            clip = voices.speak(voice, voices.SENTENCES[number])
            soundfile.write(folder / f"{user}-{number}.wav", clip.samples, clip.rate)


def main() -> int:
    """Make the recordings or the checks, and return the exit code."""
    parser = argparse.ArgumentParser(description="Does the frozen program work?")
    parser.add_argument("program", type=Path, nargs="?", help="its folder")
    parser.add_argument("--recordings", type=Path, help="what --voices has made")
    parser.add_argument("--voices", type=Path, help="make the recordings in this folder")
    given = parser.parse_args()
    if given.voices is not None:
        make_voices(given.voices)
        return 0
    if given.program is None or given.recordings is None:
        parser.error("name the folders of the program and of the recordings")
    suffix = ".exe" if sys.platform == "win32" else ""
    folder = given.program.resolve()
    command, window = ([str(folder / f"{name}{suffix}")] for name in ("kiosk", "voice-kiosk"))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        try:
            check(Program(command, window, Path(home)), given.recordings.resolve())
        except (Failed, subprocess.TimeoutExpired, OSError) as error:
            print(f"FAILED: {error}", file=sys.stderr)
            return 1
    print("The frozen program works.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
