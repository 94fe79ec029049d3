"""What every test gets: an offscreen Qt, a data folder of its own, and the guards.

The guards fail a test that connects beyond this machine, leaves threads, QThreads or QTimers
running, or logs a warning that it did not announce. They only look: nothing is mocked.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from kiosk.core.accounts.acting import Actor, Role, acting_as
from tests.support import homes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.hearing import Hearing

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
    # Nor into that person's home, whatever a fixture does before a test has one of its own.
    home = Path(tempfile.mkdtemp(prefix="kiosk-test-home-"))
    os.environ.update(homes.variables(home))
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))


@pytest.fixture(autouse=True, scope="session")
def console() -> Iterator[None]:
    """Act as the command line does, in the thread of the tests.

    Who may do what is tested where that is decided, and everywhere else it is in the way.
    """
    with acting_as(Actor("console:tests", Role.ADMINISTRATOR)):
        yield


@pytest.fixture(autouse=True, scope="session")
def cheap_hashes() -> Iterator[None]:
    """Stretch passphrases and PINs as little as is allowed: by default each takes a while."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("kiosk.vault.wrapping._MEMORY_KIB", 32)
        patched.setattr("kiosk.vault.wrapping._PASSES", 1)
        patched.setattr("kiosk.secrets._hasher", lambda: PasswordHasher(1, 32))
        yield


@pytest.fixture(scope="session")
def hearing() -> Hearing:
    """Return the built-in voice models for tests that are about something else."""
    from tests.support.hearing import Hearing  # most tests hear nothing

    return Hearing()


@pytest.fixture(autouse=True)
def data_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a home of its own, and return the data folder that the program creates there.

    No setting is set: where data, keys and anchors are is what it is for whoever sets nothing.
    """
    # Not tmp_path: most tests need no folder, and creating one for each costs more than they do.
    home = tmp_path_factory.getbasetemp() / f"home-{next(_numbers)}"
    for name, value in homes.variables(home).items():
        monkeypatch.setenv(name, value)
    return homes.data_of(home)
