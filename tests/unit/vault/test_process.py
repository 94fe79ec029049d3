"""The memory of the programs that hold keys and voices is not for others."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.patience import PATIENCE_S

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")

# What the command does afterwards does not matter: it ends because of what it was given.
_SCRIPT = """
import ctypes, resource, sys
from kiosk.cli import run
run(sys.argv[1:])
PR_GET_DUMPABLE = 3
print(ctypes.CDLL(None).prctl(PR_GET_DUMPABLE), resource.getrlimit(resource.RLIMIT_CORE))
"""


@pytest.mark.parametrize(
    ("command", "protected"),
    [
        (["run"], True),
        (["serve", "--tls-key", "/nowhere/key.pem"], True),
        (["users", "show", "nobody"], False),
    ],
    ids=["run", "serve", "others"],
)
def test_what_serves_cannot_be_dumped(command: list[str], protected: bool) -> None:
    without_screen = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    ran = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *command],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env=without_screen,
    )
    last = ran.stdout.splitlines()[-1]
    assert (last == "0 (0, 0)") is protected
