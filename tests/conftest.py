"""What every test gets: an offscreen Qt, a data folder of its own, and the guards.

The guards fail a test that connects beyond this machine, leaves threads, QThreads or QTimers
running, or logs a warning that it did not announce. They only look: nothing is mocked.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from typing import TYPE_CHECKING

import pytest

from kiosk.core.acting import Actor, Role, acting_as

if TYPE_CHECKING:
    from collections.abc import Iterator
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
    os.environ["KIOSK_SITE_CONFIG"] = os.devnull
    os.environ["LC_ALL"] = "C.UTF-8"
    # Nor may the tests write into that person's keyring.
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    # Key files lie there. One folder for all tests: they are named after their kiosk, so that a
    # test may copy the data folder that another one has prepared.
    config_home = tempfile.mkdtemp(prefix="kiosk-test-config-")
    os.environ["XDG_CONFIG_HOME"] = config_home
    config.add_cleanup(lambda: shutil.rmtree(config_home, ignore_errors=True))


@pytest.fixture(autouse=True, scope="session")
def console() -> Iterator[None]:
    """Act as the command line does, in the thread of the tests.

    Who may do what is tested where that is decided, and everywhere else it is in the way.
    """
    with acting_as(Actor("console:tests", Role.ADMINISTRATOR)):
        yield


@pytest.fixture(autouse=True)
def data_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the test's own data folder, which does not exist yet: the program creates it."""
    # Not tmp_path: most tests need no folder, and creating one for each costs more than they do.
    home = tmp_path_factory.getbasetemp() / f"home-{next(_numbers)}"
    folder = home / "data"
    monkeypatch.setenv("KIOSK_DATA_DIR", str(folder))
    # By default they lie beside the keys, which copies of one data folder share.
    monkeypatch.setenv("KIOSK_AUDIT__ANCHOR_FILE", str(home / "anchors"))
    for kind in ("DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
    return folder
