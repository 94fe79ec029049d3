"""What keeps the window from being held up: by Python itself, and by pages that are not made."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QWidget

from kiosk.ui.smooth import Smooth

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QWindow

    from tests.ui.visitor import Visitor

    Launch = Callable[..., Visitor]


def test_what_was_loaded_is_not_searched_for_garbage(launch: Launch) -> None:
    turn = sys.getswitchinterval()
    visitor = launch()
    smooth = Smooth(visitor.application.monitor)
    try:
        assert not gc.isenabled()
        visitor.when("idle")
        visitor.until(gc.isenabled)
        assert gc.get_freeze_count() > 0
        assert sys.getswitchinterval() < turn
    finally:
        smooth.close()
    assert (gc.get_freeze_count(), sys.getswitchinterval()) == (0, turn)


def test_the_operators_pages_are_made_while_a_pin_is_typed(launch: Launch) -> None:
    visitor = launch().when("idle")
    shell = visitor.shell
    assert shell.findChild(QWidget, "page.people") is None
    visitor.press("welcome.operator")
    visitor.until(lambda: shell.findChild(QWidget, "page.privacy") is not None)
    assert not visitor.signed_in()
    assert not visitor.can_see("page.people")


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_a_list_that_drops_down_is_touched_too(launch: Launch) -> None:
    visitor = launch().when("idle")
    box = QComboBox(visitor.shell)
    box.addItems(["a", "b"])
    box.show()
    box.showPopup()

    def dropped() -> bool:
        window: QWindow | None = QGuiApplication.focusWindow()
        return window is not None and "ComboBox" in window.objectName()

    visitor.until(dropped)
    visitor.shell._idle.stop()
    QTest.mousePress(QGuiApplication.focusWindow(), Qt.MouseButton.LeftButton)
    assert visitor.shell._idle.isActive()
    box.hidePopup()
