"""Standard streams that are closed or full, and interrupts at any moment."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_S

KIOSK = [sys.executable, "-m", "kiosk"]
FULL = Path("/dev/full")

pytestmark = pytest.mark.usefixtures("data_dir")


def shell(line: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which ``"$@"`` is the program with these arguments."""
    command = ["sh", "-c", line, "sh", *KIOSK, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)


@pytest.mark.usefixtures("enrolled")
@pytest.mark.parametrize("arguments", [("users", "list"), ("users", "list", "--json"), ("--help",)])
def test_a_closed_stdout_does_not_change_the_code(arguments: tuple[str, ...]) -> None:
    done = shell('"$@" >&-', *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_closed_stdout_does_not_hide_errors() -> None:
    done = shell('"$@" >&-', "users", "show", "nobody")
    assert done.returncode == 2
    assert re.fullmatch(r"kiosk: USR-002 [^\n]+\n", done.stderr)


def test_a_closed_stderr_does_not_change_the_code() -> None:
    assert shell('"$@" 2>&-', "users", "show", "nobody").returncode == 2
    done = shell('"$@" 2>&-', "users", "list", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"users": []})


def test_without_any_stream_nobody_can_be_asked(data_dir: Path) -> None:
    assert shell('"$@" <&- >&- 2>&-', "users", "remove-all").returncode == 2
    # No file got the number of a stream: what is printed would have been written into it.
    assert (data_dir / "kiosk.db").read_bytes().startswith(b"SQLite format 3\0")


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
@pytest.mark.usefixtures("enrolled")
@pytest.mark.parametrize("arguments", [("users", "list"), ("users", "list", "--json"), ("--help",)])
def test_an_answer_that_cannot_be_written_is_an_error(arguments: tuple[str, ...]) -> None:
    done = shell('"$@" >/dev/full', *arguments)
    assert done.returncode == 2
    assert re.fullmatch(r"kiosk: DB-006 The answer cannot be written: [^\n]+\n", done.stderr)


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_an_error_that_nobody_can_be_told_keeps_its_code() -> None:
    assert shell('"$@" 2>/dev/full', "users", "show", "nobody").returncode == 2


def test_an_interrupt_while_modules_are_imported(tmp_path: Path) -> None:
    """The first module that the command imports raises the interrupt, as the user would."""
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [*KIOSK, "--help"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "kiosk: RUN-001 Interrupted.\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_is_interrupted_leaves_nothing_half_made(
    data_dir: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    """The copying is held up, so that the signal arrives in its middle."""
    program = (
        "import sys\n"
        "from kiosk.speaker import shelf\n"
        "def copy(*_):\n"
        "    print('copying', flush=True)\n"
        "    sys.stdin.read()\n"
        "shelf.copy_folder = copy\n"
        f"sys.argv = ['kiosk', 'model', 'install', {str(tmp_path)!r}]\n"
        "from kiosk.__main__ import main\n"
        "main()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "copying\n"
        assert len(list((data_dir / "models").iterdir())) == 1
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == code
    assert list((data_dir / "models").iterdir()) == []


def test_an_interrupt_after_the_answer_does_not_change_the_code() -> None:
    code = (
        "import atexit, os, signal, sys\n"
        f"atexit.register(os.kill, os.getpid(), {int(signal.SIGINT)})\n"
        "sys.argv = ['kiosk', '--version']\n"
        "from kiosk.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("kiosk ")
