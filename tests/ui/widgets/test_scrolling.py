"""What is cut says that there is more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from kiosk.ui.operator.parts import scrolling
from kiosk.ui.widgets.scroll_hint import ScrollHint
from tests.support.patience import PATIENCE_MS

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from kiosk.ui.theme.controller import ThemeController


def test_it_is_seen_while_there_is_more_below_and_is_in_nobodys_way(
    theme: ThemeController, qtbot: QtBot
) -> None:
    content = QWidget()
    box = QVBoxLayout(content)
    for number in range(40):
        box.addWidget(QLabel(f"Line {number}"))
    area = scrolling(theme, content)
    qtbot.addWidget(area)
    area.resize(400, 200)
    area.show()
    (hint,) = area.findChildren(ScrollHint)
    qtbot.waitUntil(hint.isVisible, timeout=PATIENCE_MS)
    assert hint.geometry().bottom() == area.viewport().geometry().bottom()
    assert hint.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    assert hint.focusPolicy() is Qt.FocusPolicy.NoFocus
    bar = area.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    assert hint.isVisible()
    bar.setValue(bar.maximum())
    assert not hint.isVisible()
    bar.setValue(0)
    assert hint.isVisible()
    area.resize(400, 4_000)
    qtbot.waitUntil(lambda: not hint.isVisible(), timeout=PATIENCE_MS)
