from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.resources import resources_dir
from kiosk.ui.theme.controller import ThemeController

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[ThemeController]:
    controller = ThemeController(qapp, resources_dir())
    # Bare widgets lie in no part of a window.
    controller.changed.connect(lambda: qapp.setStyleSheet(controller.sheet()))
    qapp.setStyleSheet(controller.sheet())
    yield controller
    qapp.setStyleSheet("")
    controller.close()
