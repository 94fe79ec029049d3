"""A whole desktop program for a test: the real window on a kit of fakes behind the ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.ui.application import Application
from tests.ui.support import Kit
from tests.ui.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def kit(data_dir: Path) -> Kit:
    """Return a kiosk that nobody has started."""
    return Kit(data_dir)


@pytest.fixture
def launch(kit: Kit, qtbot: QtBot) -> Iterator[Callable[..., Visitor]]:
    """Return how to start the program; keywords go to :class:`Application`."""
    running: list[Application] = []

    def start(**options: object) -> Visitor:
        application = Application(kit.kiosk, **options)  # type: ignore[arg-type]
        application.theme.set_reduced_motion(True)
        running.append(application)
        application.start()
        return Visitor(application, kit, qtbot)

    yield start
    for application in running:
        assert application.close()


@pytest.fixture
def visitor(launch: Callable[..., Visitor]) -> Visitor:
    """Return a visitor in front of the Welcome page of a kiosk that is ready."""
    return launch().when("idle")
