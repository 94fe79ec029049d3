"""The guards of the test-suite bite: small tests that must fail, and some that must not."""

from __future__ import annotations

import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from tests.architecture.source_tree import ROOT

BAD = {
    "thread": (
        "threads left running: forgotten (daemon)",
        """
import threading
def test_it(request):
    stop = threading.Event()
    threading.Thread(target=stop.wait, name="forgotten", daemon=True).start()
""",
    ),
    "timer": (
        "left running: QTimer 'ticker' every 50 ms",
        """
from PySide6.QtCore import QTimer
kept = []
def test_it(qapp):
    kept.append(QTimer())
    kept[0].setObjectName("ticker")
    kept[0].start(50)
""",
    ),
    "qthread": (
        "left running: QThread 'engine'",
        """
from PySide6.QtCore import QThread
kept = []
def test_it(qapp, request):
    kept.append(QThread())
    kept[0].setObjectName("engine")
    kept[0].start()
""",
    ),
    "log": (
        "WARNING kiosk.audio: lost 7 samples",
        """
import logging
def test_it():
    logging.getLogger("kiosk.audio").warning("lost %d samples", 7)
""",
    ),
    "connect": (
        "tried to reach 192.0.2.1",
        """
import contextlib, socket
def test_it():
    with contextlib.suppress(OSError), socket.socket() as sock:
        sock.connect(("192.0.2.1", 80))
""",
    ),
    "look_up": (
        "tried to reach models.invalid",
        """
import contextlib, socket
def test_it():
    with contextlib.suppress(OSError):
        socket.create_connection(("models.invalid", 443))
""",
    ),
    "qt_warning": (
        "broken layout",
        """
from PySide6.QtCore import qWarning
def test_it():
    qWarning("broken layout")
""",
    ),
}
"""What a guard says, and the test about which it says it."""

GOOD = {
    "ended_thread": """
import threading
def test_it():
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    stop.set()
""",
    "timer_of_a_closed_widget": """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget
def test_it(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    QTimer(widget).start(50)
""",
    "announced_log": """
import logging, pytest
@pytest.mark.expects_log
def test_it():
    logging.getLogger("kiosk.audio").warning("lost")
""",
    "examined_log": """
import logging
def test_it(caplog):
    logging.getLogger("kiosk.audio").warning("lost")
    assert "lost" in caplog.text
""",
    "child_as_from_a_terminal": """
import os, subprocess, sys
CODE = "import os, signal; print([signal.getsignal(n).name for n in (1, 3)], os.umask(0))"
CODE += "; print(signal.getsignal(2) is signal.default_int_handler)"
def test_it():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)
    assert done.stdout == "['SIG_DFL', 'SIG_DFL'] 18\\nTrue\\n"
    assert "FORCE_COLOR" not in os.environ
""",
    "loopback": """
import socket
def test_it():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
""",
}
"""Tests of which the guards have nothing to say."""

BACKGROUND = """trap '' HUP INT QUIT; umask 077; exec "$@" """
"""How runners start programs; FORCE_COLOR is also from there."""


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Run all of them under the project's own settings; return what was said about each test."""
    folder = tmp_path_factory.mktemp("suites")
    suites = GOOD | {name: suite for name, (_, suite) in BAD.items()}
    for name, suite in suites.items():
        (folder / f"test_{name}.py").write_text(suite, encoding="utf-8")
    options = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), "-p", "tests.conftest"]
    options += ["--junit-xml=report.xml", str(folder)]
    subprocess.run(
        ["sh", "-c", BACKGROUND, "sh", sys.executable, "-m", "pytest", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TEST_PATIENCE_S": "2", "FORCE_COLOR": "1"},
        check=False,
    )
    said: dict[str, str] = {}
    for case in ElementTree.parse(folder / "report.xml").iter("testcase"):
        name = case.attrib["classname"].rpartition(".")[2].removeprefix("test_")
        said[name] = said.get(name, "") + "".join(part.text or "" for part in case)
    return said


@pytest.mark.parametrize("name", BAD)
def test_bad_test_fails(complaints: dict[str, str], name: str) -> None:
    assert BAD[name][0] in complaints[name]


@pytest.mark.parametrize("name", GOOD)
def test_good_test_passes(complaints: dict[str, str], name: str) -> None:
    assert complaints[name] == ""
