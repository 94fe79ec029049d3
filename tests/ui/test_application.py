"""The process around the window: it starts light, ends orderly, and survives what nobody caught."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import qWarning

from kiosk.core.errors import DatabaseLocked, Defect
from kiosk.ui.process import CrashHooks, qt_messages_logged, single_instance
from tests.support.patience import PATIENCE_MS, PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

CHILD = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from kiosk.ui.application import run
from tests.ui.support import Kit, child

kit = Kit(Path(sys.argv[1]))

def fall_over():
    raise ZeroDivisionError("in a slot")

def on_window(shell):
    print("window", flush=True)
    if "crash" in sys.argv:
        verify = child(shell, "verify")
        seen = []

        def look():
            state = verify.property("kioskState")
            if state == "idle" and not seen:
                seen.append(state)
                QTimer.singleShot(0, fall_over)
            elif state == "out_of_service":
                timer.stop()
                print("out of service", flush=True)

        timer = QTimer(shell)
        timer.timeout.connect(look)
        timer.start(10)

status = run(kit.kiosk, full_screen=True, on_window=on_window)
print("ended", status, kit.microphone.device, flush=True)
"""


@contextmanager
def started(data_dir: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(data_dir), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_orderly(data_dir: Path, number: signal.Signals) -> None:
    with started(data_dir) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "window\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE_S)
    # The microphone was given back, and nothing was complained about.
    assert (out, process.returncode) == ("ended 0 None\n", 0)
    assert "Traceback" not in err


def test_what_nobody_caught_puts_it_out_of_service_for_a_while(data_dir: Path) -> None:
    with started(data_dir, "crash") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "window\n"
        assert process.stdout.readline() == "out of service\n"
        process.terminate()
        out, err = process.communicate(timeout=PATIENCE_S)
    assert (out, process.returncode) == ("ended 0 None\n", 0)
    assert "incident" in err


def test_a_second_kiosk_on_the_same_data_is_refused(data_dir: Path) -> None:
    with (
        single_instance(data_dir),
        pytest.raises(DatabaseLocked, match="already running"),
        single_instance(data_dir),
    ):
        pass
    with single_instance(data_dir):
        assert data_dir.stat().st_mode & 0o777 == 0o700


def test_two_kiosks_on_two_folders_are_none_of_each_others_business(tmp_path: Path) -> None:
    with single_instance(tmp_path / "one"), single_instance(tmp_path / "two"):
        assert (tmp_path / "two" / "kiosk.lock").exists()


@pytest.mark.expects_log
def test_a_folder_that_cannot_be_made_is_left_to_the_startup(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with single_instance(tmp_path / "file" / "data"):
        assert not (tmp_path / "file" / "data").exists()


@pytest.mark.expects_log
@pytest.mark.usefixtures("qapp")
def test_an_exception_in_any_thread_is_told_under_a_number(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    def fall_over() -> None:
        raise ZeroDivisionError

    hooks = CrashHooks()
    try:
        with qtbot.waitSignal(hooks.crashed, timeout=PATIENCE_MS) as crash:
            thread = threading.Thread(target=fall_over)
            thread.start()
            thread.join()
    finally:
        hooks.close()
    (defect,) = crash.args or [None]
    assert isinstance(defect, Defect)
    incident = defect.message.rpartition(" ")[2].rstrip(").")
    assert f"incident {incident}" in caplog.text
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.usefixtures("qapp")
def test_ctrl_c_is_no_crash(qtbot: QtBot) -> None:
    hooks = CrashHooks()
    try:
        with qtbot.waitSignal(hooks.interrupted, timeout=PATIENCE_MS):
            sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    finally:
        hooks.close()


def test_qt_complains_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), qt_messages_logged():
        qWarning("something is odd")
    assert [(r.name, r.levelname) for r in caplog.records] == [("qt", "WARNING")]
    assert "something is odd" in caplog.text


def test_nothing_heavy_is_imported_before_the_window_shows() -> None:
    heavy = "{'torch', 'torchaudio', 'speechbrain', 'pyqtgraph', 'sqlalchemy', 'sounddevice'}"
    code = f"import sys, kiosk.ui.application; print({heavy} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
