"""Does the frozen program work? Starts what people start, and looks at everything that it says.

    python3 packaging/smoke_test.py dist/voice-kiosk [--screenshots DIR]
    python3 packaging/smoke_test.py /usr/lib/voice-kiosk --chroot ROOT [--screenshots DIR]

The window is opened offscreen and on a private Xvfb, with a private PulseAudio as microphone; two
synthetic voices are enrolled, verified and rejected by the demo and on the command line; the HTTP
service answers. It fails on a missing module, a symbol or library that is not found, a warning of
Qt's, a traceback, a wrong exit code and a wrong decision.

Needs nothing but Python's standard library, and none of it where the program is installed: with
--chroot every command runs in that folder (with /proc and /dev in it, as root).

Exit codes: 0 it works, 1 it does not, 2 the test could not be made.
"""

from __future__ import annotations

import argparse
import json
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "pyinstaller"))


from freezing.judging import PATIENCE_S, Checks, Failed
from freezing.stage import (
    Missing,
    Place,
    end,
    environment_of,
    microphone,
    require_tools,
    screen,
)

_SENTENCES = (
    "The harbor was quiet this morning, and a thin layer of fog covered the water.",
    "Please open the second door on the left, walk past the library, and wait for me there.",
    "My grandmother planted seven apple trees behind the house, and we pick fruit every autumn.",
    "A good recording needs a calm room, a steady voice, and a little patience from everybody.",
)
_ALICE, _STRANGER = "slt", "awb"
_DEMO_S = 600.0


def open_window(checks: Checks, name: str, extra: dict[str, str]) -> None:
    """Start the desktop program, wait until it says that it is ready, and end it in order.

    It says so as to systemd: by a datagram to the socket in NOTIFY_SOCKET.

    Raises:
        Failed: it ended before, did not get ready, or did not end in order.
    """
    place = checks.place
    data = place.folder / name
    address = place.folder / f"{name}.notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, ExitStack() as closing:
        notify.bind(str(place.here(address)))
        notify.settimeout(1.0)
        output = closing.enter_context(tempfile.TemporaryFile())
        process = subprocess.Popen(
            place.command(place.program / "voice-kiosk", "--window"),
            env=place.environment
            | {"NOTIFY_SOCKET": str(address), "KIOSK_DATA_DIR": str(data)}
            | extra,
            stdout=output,
            stderr=output,
        )
        ready, deadline = False, time.monotonic() + PATIENCE_S
        while not ready and process.poll() is None and time.monotonic() < deadline:
            try:
                ready = b"READY=1" in notify.recv(4096)
            except TimeoutError:
                continue
        code = end(process)
        output.seek(0)
        said = output.read().decode(errors="replace")
    for log in sorted(place.here(data).rglob("system-*.log")):
        said += "\n" + log.read_text(errors="replace")
    checks.judge(name, said)
    if not ready:
        raise Failed(f"The window did not get ready; it ended with {code}:\n{said[-1500:]}")
    if code not in {0, 143}:
        raise Failed(f"The window ended with {code}:\n{said[-1500:]}")


def serve(checks: Checks) -> None:
    """Start the HTTP service and ask it for its state and its documentation.

    Raises:
        Failed: it does not start, answer, or end in order.
    """
    place = checks.place
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            place.kiosk("serve", "--port", "0"),
            env=place.environment,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        assert process.stdout is not None
        readable, _, _ = select.select([process.stdout], [], [], PATIENCE_S)
        line = process.stdout.readline().decode() if readable else ""
        found = re.search(r"https?://[^\s;]+", line)
        answers = []
        if found is not None:
            for path in ("/v1/health", "/swagger.json", "/swagger/", "/redoc/"):
                with urllib.request.urlopen(found[0].rstrip("/") + path, timeout=30) as answer:
                    answers.append((path, answer.status, len(answer.read())))
        code = end(process)
        process.stdout.close()
        errors.seek(0)
        said = errors.read().decode(errors="replace")
    checks.judge("kiosk serve", said)
    if found is None or not all(status == 200 and size for _, status, size in answers):
        raise Failed(f"The service did not answer ({answers}):\n{said[-1500:]}")
    if code not in {0, 143, -15}:
        raise Failed(f"The service ended with {code}:\n{said[-1500:]}")


def main() -> int:
    """Make all checks and return the exit code."""
    from_here = argparse.ArgumentParser(description="Does the frozen program work?")
    from_here.add_argument("program", type=Path, help="its folder (with --chroot: as seen there)")
    from_here.add_argument("--screenshots", type=Path, help="where to keep the demo's pictures")
    from_here.add_argument("--chroot", type=Path, help="run everything in this root")
    options = from_here.parse_args()
    root = options.chroot.resolve() if options.chroot else None
    program = options.program if root else options.program.resolve()
    with ExitStack() as closing:
        try:
            begun = (root or Path("/")) / "tmp"
            scratch = Path(
                closing.enter_context(tempfile.TemporaryDirectory(prefix="kiosk-smoke-", dir=begun))
            )
            inner = scratch if root is None else Path("/") / scratch.relative_to(root)
            place = Place(program, root, inner, environment_of(inner))
            for name in ("home", "run"):
                (scratch / name).mkdir(mode=0o700)
            require_tools(place)
            place.environment.update(closing.enter_context(microphone(place)))
            display = closing.enter_context(screen(place))
        except Missing as exc:
            sys.stderr.write(f"smoke test: {exc}\n")
            return 2
        return smoke(Checks(place), display, options.screenshots)


def speak(checks: Checks, voice: str, number: int) -> Path:
    """Return a recording of a synthetic voice, as a path of the program's place."""
    path = checks.place.folder / f"{voice}-{number}.wav"
    words = ("flite", "-voice", voice, "-t", f"{_SENTENCES[number]} {_SENTENCES[-1 - number]}")
    checks.run("flite", checks.place.command(*words, "-o", path))
    return path


def decide(checks: Checks, user: str, recording: Path, outcome: str, code: int) -> None:
    """Verify on the command line.

    Raises:
        Failed: the decision is another one.
    """
    command = checks.place.kiosk("verify", "--user", user, recording, "--json")
    answer = json.loads(checks.run(f"verify as {user}", command, code=code))
    if answer["outcome"] != outcome:
        raise Failed(f"The decision is {answer['outcome']}, not {outcome}.")


def demo(checks: Checks, display: str, screenshots: Path | None) -> None:
    """Let the robot do the whole job on the screen, and keep its pictures.

    Raises:
        Failed: a decision was wrong, or not made.
    """
    place = checks.place
    out = place.folder / "demo"
    command = place.kiosk("--verbose", "demo", "--out", out, "--json")
    try:
        said = checks.run("kiosk demo", command, extra={"DISPLAY": display}, timeout=_DEMO_S)
    finally:
        if screenshots is not None and place.here(out).is_dir():
            shutil.copytree(place.here(out), screenshots, dirs_exist_ok=True)
    report = json.loads(said)
    outcomes = [decision["outcome"] for decision in report["decisions"]]
    wrong = [decision for decision in report["decisions"] if not decision["right"]]
    if wrong or not report["passed"] or outcomes.count("verified") != 2 or len(outcomes) != 6:
        raise Failed(f"Decisions: {report['decisions']}")


def smoke(checks: Checks, display: str, screenshots: Path | None) -> int:
    """Make all checks and return the exit code."""
    place = checks.place
    kiosk = place.kiosk
    with checks.check("version"):
        if not re.fullmatch(r"kiosk \d+\.\d+\S*\n", checks.run("version", kiosk("--version"))):
            raise Failed("The version is not known.")
    with checks.check("help"):
        checks.run("help", kiosk("--help"))
        if "Restore a backup" not in checks.run("manual", kiosk("help", "backups")):
            raise Failed("The manual is not there.")
    with checks.check("window, offscreen"):
        open_window(checks, "offscreen", {"QT_QPA_PLATFORM": "offscreen"})
    with checks.check("window, on a screen"):
        open_window(checks, "screen", {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"})
    with checks.check("enroll, verify and reject recordings"):
        takes = [speak(checks, _ALICE, number) for number in range(3)]
        enroll = kiosk("enroll", "--user", "1001", "--name", "Alice", "--consent", *takes)
        checks.run("enroll", enroll)
        decide(checks, "1001", speak(checks, _ALICE, 3), "verified", 0)
        decide(checks, "1001", speak(checks, _STRANGER, 0), "not_verified", 1)
    with checks.check("doctor"):
        report = json.loads(checks.run("doctor", kiosk("doctor", "--json")))
        if not report["ok"]:
            raise Failed(str([one for one in report["findings"] if not one["ok"]]))
    for words in ("backup create", "audit verify", "keys status", "model list", "operators list"):
        with checks.check(words):
            checks.run(words, kiosk(*words.split()))
    with checks.check("HTTP service"):
        serve(checks)
    with checks.check("demo: enroll, verify and reject on the screen"):
        demo(checks, display, screenshots)
    with checks.check("SpeechBrain's own classifier, measurements"):
        measure = kiosk("bench", "--starts", "1", "--utterances", "1", "--json")
        said = checks.run("bench", measure, extra={"DISPLAY": display}, timeout=_DEMO_S)
        figures = json.loads(said)
        if figures["encode"]["cosine"] < 0.9999:
            raise Failed("The voice model computes something else than SpeechBrain.")
        print(f"        {figures['startup']}")
    if checks.failures:
        print(f"FAILED: {', '.join(checks.failures)}")
        return 1
    print("The frozen program works.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
