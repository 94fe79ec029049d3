"""The supervisor hears from the window that it is there, moves and ends, and how it is."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import MicrophoneMissing
from kiosk.services.hearing.listening import MicrophoneDown
from kiosk.ui.heartbeat import Heartbeat
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.ui.support import Kit
    from tests.ui.visitor import Visitor

CHILD = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from kiosk.systemd import supervisor_of
from kiosk.ui.application import run
from tests.ui.support import Kit

kit = Kit(Path(sys.argv[1]))

def hang():
    print("hangs", flush=True)
    sys.stdin.readline()
    print("moves", flush=True)

def on_window(shell):
    QTimer.singleShot(0, hang)

print("ended", run(kit.kiosk, full_screen=True, supervisor=supervisor_of(), on_window=on_window))
"""


class Told:
    """A supervisor that remembers."""

    beat_s: float | None = 0.01

    def __init__(self) -> None:
        self.words: list[str] = []
        self.beats = 0

    def ready(self, status: str) -> None:
        self.words.append(f"ready: {status}")

    def status(self, text: str) -> None:
        self.words.append(text)

    def alive(self) -> None:
        self.beats += 1

    def stopping(self) -> None:
        self.words.append("stopping")


def test_it_is_told_how_the_kiosk_is(launch: Callable[..., Visitor], kit: Kit) -> None:
    told = Told()
    visitor = launch()
    heart = Heartbeat(told, visitor.application.monitor)
    visitor.application.begun.connect(heart.take_up)
    visitor.when("idle")
    visitor.until(lambda: told.beats > 2)
    assert told.words[0] == "ready: Starting"
    assert told.words[-1] == "In service"
    visitor.application.bridge.microphone.emit(MicrophoneDown(MicrophoneMissing("It is gone.")))
    visitor.until(lambda: told.words[-1].startswith("Out of service: "))
    heart.close()
    assert told.words[-1] == "stopping"
    assert len(told.words) == len(set(told.words))  # each once, however often the state is told
    beats = told.beats
    visitor.application.monitor.changed.emit()
    assert (told.words[-1], told.beats) == ("stopping", beats)


def test_without_a_watchdog_nothing_beats(launch: Callable[..., Visitor]) -> None:
    told = Told()
    told.beat_s = None
    visitor = launch()
    heart = Heartbeat(told, visitor.application.monitor)
    visitor.application.begun.connect(heart.take_up)
    visitor.when("idle")
    heart.close()
    assert (told.words, told.beats) == (["ready: Starting", "In service", "stopping"], 0)


@contextmanager
def watched(data_dir: Path, address: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "NOTIFY_SOCKET": str(address),
            "WATCHDOG_USEC": "200000",
        },
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_window_that_hangs_falls_silent(data_dir: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(PATIENCE_S)
        with watched(data_dir, tmp_path / "notify") as process:
            assert process.stdout is not None
            assert process.stdin is not None
            assert b"READY=1" in systemd.recv(4096)
            assert process.stdout.readline() == "hangs\n"
            systemd.setblocking(False)
            with suppress(BlockingIOError):
                while systemd.recv(4096):  # what was said before
                    pass
            systemd.settimeout(0.5)  # five beats
            with pytest.raises(TimeoutError):
                systemd.recv(4096)
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "moves\n"
            systemd.settimeout(PATIENCE_S)
            assert b"WATCHDOG=1" in systemd.recv(4096)
            process.terminate()
            while systemd.recv(4096) != b"STOPPING=1":
                pass
            out, _ = process.communicate(timeout=PATIENCE_S)
    assert (out, process.returncode) == ("ended 0\n", 0)
