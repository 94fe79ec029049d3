"""An operator frame over a real kiosk whose microphone is fed by the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.ui.operator.frame import OperatorFrame
from tests.support.patience import PATIENCE_MS
from tests.ui.operator.desk import Desk
from tests.ui.support import Kit, Stage, dispose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def desk(qtbot: QtBot, qapp: object, data_dir: Path) -> Iterator[Desk]:
    """Return an operator's desk at which everything has started; it is left in the end."""
    stage = Stage(Kit(data_dir))
    stage.start(qtbot)
    qtbot.waitUntil(lambda: stage.kit.kiosk.engine.ready, timeout=PATIENCE_MS)
    frame = OperatorFrame(stage.ui)
    frame.resize(1280, 800)
    frame.show()
    frame.activateWindow()
    qtbot.waitUntil(frame.isActiveWindow, timeout=PATIENCE_MS)
    frame.entered()
    yield Desk(qtbot, stage, frame)
    frame.left()
    stage.close()
    dispose(frame)
