"""What every test gets: an offscreen Qt, a data folder of its own, and the guards.

The guards fail a test that connects beyond this machine, leaves threads, QThreads or QTimers
running, or logs a warning that it did not announce. They only look: nothing is mocked.
"""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = [
    "tests.guards.log_records",
    "tests.guards.network",
    "tests.guards.qt_objects",
    "tests.guards.threads",
    "tests.servers.postgresql",
    "tests.servers.redis",
]

_numbers = itertools.count()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--onscreen``, to watch the tests of the screens."""
    parser.addoption("--onscreen", action="store_true", help="show the windows of Qt tests")


def pytest_configure(config: pytest.Config) -> None:
    """Choose Qt's platform before anything creates an application; child processes inherit it."""
    if not config.getoption("--onscreen"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    # Nothing of what the person who runs the tests has set may decide how they end.
    for name in [name for name in os.environ if name.startswith("KIOSK_")]:
        del os.environ[name]
    os.environ["LC_ALL"] = "C.UTF-8"


@pytest.fixture(autouse=True)
def data_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the test's own data folder, which does not exist yet: the program creates it."""
    # Not tmp_path: most tests need no folder, and creating one for each costs more than they do.
    home = tmp_path_factory.getbasetemp() / f"home-{next(_numbers)}"
    folder = home / "data"
    monkeypatch.setenv("KIOSK_DATA_DIR", str(folder))
    for kind in ("DATA", "CONFIG", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
    return folder
