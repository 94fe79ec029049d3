from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QSpinBox,
    QTableWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from kiosk.ui import accessibility
from kiosk.ui.accessibility import OPERATOR_TARGET, PUBLIC_TARGET, audit
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.page import Page
from kiosk.ui.widgets.typing.keypad_entry import KeypadEntry
from kiosk.ui.widgets.typing.pin_pad import PinPad
from tests.support.patience import PATIENCE_MS

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from kiosk.ui.theme.controller import ThemeController
    from kiosk.ui.theme.tokens import Face
    from kiosk.ui.widgets.buttons import ButtonKind


def shown(page: QWidget, qtbot: QtBot) -> QWidget:
    qtbot.addWidget(page)
    page.resize(1280, 900)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow, timeout=PATIENCE_MS)
    return page


def window_with(widget: QWidget, qtbot: QtBot) -> QWidget:
    root = QWidget()
    QVBoxLayout(root).addWidget(widget)
    return shown(root, qtbot)


@pytest.mark.parametrize("name", ["light", "dark", "contrast"])
@pytest.mark.parametrize("face", ["public", "operator"])
def test_every_control_of_the_style_passes(
    theme: ThemeController, qtbot: QtBot, name: str, face: Face
) -> None:
    theme.set_theme(name)
    theme.settle()
    page = Page(theme, "Everything", face=face)
    kinds: tuple[ButtonKind, ...] = ("primary", "secondary", "danger", "quiet")
    controls: list[QWidget] = [Button(theme, kind.title(), kind) for kind in kinds]
    controls += [Button(theme, icon="refresh", name="Refresh"), QCheckBox("Consent")]
    inputs: tuple[QWidget, ...] = (QLineEdit(), QComboBox(), QSpinBox(), QTableWidget())
    inputs += (QSlider(Qt.Orientation.Horizontal),)
    for control in inputs:
        accessibility.name(control, type(control).__name__)
        controls.append(control)
    tabs = QTabWidget()
    tabs.addTab(QWidget(), "One")
    tabs.addTab(QWidget(), "Two")
    for control in (*controls, tabs):
        page.body.addWidget(control)
    shown(page, qtbot)
    target = PUBLIC_TARGET if face == "public" else OPERATOR_TARGET
    assert audit(page, target=target) == []


def test_keypad_and_pin_pad_pass(theme: ThemeController, qtbot: QtBot) -> None:
    entry = KeypadEntry(theme, "Your ID")
    page = Page(theme, "Who are you?")
    page.body.addWidget(entry)
    page.body.addWidget(PinPad(theme, "PIN", "Sign in"))
    shown(page, qtbot)
    assert audit(page, target=PUBLIC_TARGET) == []
    entry.keypad.show_letters()
    assert audit(page, target=PUBLIC_TARGET) == []


def test_a_widget_without_a_name_is_found(theme: ThemeController, qtbot: QtBot) -> None:
    assert theme is not None
    field = QLineEdit()
    root = window_with(field, qtbot)
    assert audit(root) == ["QLineEdit has no accessible name"]
    accessibility.name(field, "Search", "by name or ID")
    assert audit(root) == []
    assert field.accessibleDescription() == "by name or ID"


def test_a_label_can_name_its_buddy(theme: ThemeController, qtbot: QtBot) -> None:
    assert theme is not None
    field, label = QLineEdit(), QLabel("&Name")
    label.setBuddy(field)
    root = window_with(field, qtbot)
    label.setParent(root)
    assert audit(root) == []


def test_a_button_that_tab_does_not_reach_is_found(theme: ThemeController, qtbot: QtBot) -> None:
    button = Button(theme, "Erase")
    button.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    assert audit(window_with(button, qtbot)) == ["Button 'Erase' is not in the tab order"]


def test_a_target_too_small_is_found(theme: ThemeController, qtbot: QtBot) -> None:
    button = Button(theme, "Erase")
    root = window_with(button, qtbot)
    assert audit(root, target=PUBLIC_TARGET) == []
    button.setStyleSheet("min-height: 10px; max-height: 30px;")
    (fault,) = audit(root, target=PUBLIC_TARGET, focus=False)
    assert "smaller than 64 px" in fault


class _NoRing(QPushButton):
    """Looks the same with and without focus."""

    def paintEvent(self, event: QPaintEvent) -> None:
        del event


def test_a_control_that_hides_its_focus_is_found(theme: ThemeController, qtbot: QtBot) -> None:
    assert theme is not None
    assert audit(window_with(_NoRing("Go"), qtbot)) == [
        "_NoRing 'Go' does not show that it has the focus"
    ]


def test_hidden_and_disabled_controls_are_not_judged(theme: ThemeController, qtbot: QtBot) -> None:
    assert theme is not None
    field = QLineEdit()
    root = window_with(field, qtbot)
    field.setEnabled(False)
    assert audit(root) == []
    field.setEnabled(True)
    field.hide()
    assert audit(root) == []


def test_the_audit_gives_the_focus_back(theme: ThemeController, qtbot: QtBot) -> None:
    page = Page(theme, "Two")
    first, second = Button(theme, "One"), Button(theme, "Two")
    page.body.addWidget(first)
    page.body.addWidget(second)
    shown(page, qtbot)
    first.setFocus()
    assert audit(page) == []
    assert first.hasFocus()


def test_an_announcement_says_its_words(
    theme: ThemeController, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert theme is not None
    label = QLabel("Score")
    qtbot.addWidget(label)
    said: list[tuple[str, bool]] = []

    def listen(event: QAccessibleAnnouncementEvent) -> None:
        urgent = event.politeness() == QAccessible.AnnouncementPoliteness.Assertive
        said.append((event.message(), urgent))

    # Qt tells only the platform's screen reader, and a test has none.
    monkeypatch.setattr(QAccessible, "updateAccessibility", listen)
    accessibility.announce(label, "")
    accessibility.announce(label, "Enough was heard")
    accessibility.announce(label, "Locked", urgent=True)
    assert said == [("Enough was heard", False), ("Locked", True)]


def test_motion_is_not_reduced_where_nobody_asks(theme: ThemeController) -> None:
    theme.set_reduced_motion(None)
    assert theme.reduced_motion is accessibility.reduced_motion()
