"""Around the operator pages: navigation, appearance, PIN, sign out, panels."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from kiosk.core.accounts.acting import Role
from kiosk.core.errors import NotPermitted, WrongPin
from kiosk.services.preferences import THEME
from kiosk.ui import operator
from kiosk.ui.navigation import Route
from kiosk.ui.operator.flow import FlowLayout
from kiosk.ui.operator.parts import Steady
from kiosk.ui.operator.screens import SCREENS, OperatorScreen, screens
from kiosk.ui.operator.shortcuts import Keys
from tests.ui.support import LOGIN, PIN, dispose

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from kiosk.core.errors import KioskError
    from kiosk.ui.operator.screens import OperatorPage
    from tests.ui.operator.desk import Desk

FOLDER = Path(operator.__file__).parent
CONTROL = Qt.KeyboardModifier.ControlModifier


def test_pages_are_made_when_first_wanted(desk: Desk) -> None:
    names = {"page.enroll", "page.people", "page.microphone"}

    def made() -> set[str]:
        return {w.objectName() for w in desk.frame.findChildren(QWidget)} & names

    assert made() == {"page.enroll"}
    desk.click("nav.people")
    assert made() == {"page.enroll", "page.people"}
    desk.click("nav.microphone")
    assert made() == names
    assert desk.shown("page.microphone")
    assert desk.find("nav.microphone").isChecked()  # type: ignore[attr-defined]


def test_keys_lead_to_pages(desk: Desk) -> None:
    QTest.keyClick(desk.frame, Qt.Key.Key_2, CONTROL)
    assert desk.shown("page.people")
    QTest.keyClick(desk.frame, Qt.Key.Key_3, CONTROL)
    assert desk.shown("page.microphone")
    assert desk.find("nav.people").toolTip() == "People (Ctrl+2)"


def test_each_shortcut_is_used_once() -> None:
    values = [*Keys, *(screen.keys for screen in screens().values())]
    assert len(values) == len(set(values))


def test_every_folder_with_a_screen_is_in_the_list() -> None:
    """A screen that is in no list would be found by nobody."""
    folders = [each.parent.name for each in FOLDER.glob("*/page.py")]
    assert sorted(SCREENS) == sorted(folders)
    assert all(isinstance(screen, OperatorScreen) for screen in screens().values())


def test_each_screen_has_the_name_and_title_that_lead_to_it(desk: Desk) -> None:
    for key, screen in screens().items():
        desk.click(f"nav.{key}")
        page = cast("OperatorPage", desk.find(f"page.{key}"))
        assert page.isVisible()
        assert page.accessibleName() == page.title == screen.text


def test_a_screen_that_is_not_there_is_an_error(desk: Desk) -> None:
    desk.click("nav.people")
    with pytest.raises(KeyError, match="visits"):
        desk.frame.go("visits")
    assert desk.shown("page.people")


def test_keys_do_nothing_below_a_panel(desk: Desk) -> None:
    desk.click("nav.pin")
    QTest.keyClick(desk.frame, Qt.Key.Key_2, CONTROL)
    assert desk.shown("page.enroll")
    QTest.keyClick(desk.find("pin.current"), Qt.Key.Key_Escape)
    QTest.keyClick(desk.frame, Qt.Key.Key_2, CONTROL)
    assert desk.shown("page.people")


def test_the_tab_key_stays_in_a_panel(desk: Desk) -> None:
    desk.click("nav.pin")
    panel = desk.find("pin.dialog")
    seen = set()
    for _ in range(8):
        focused = QApplication.focusWidget()
        assert focused is not None
        assert panel.isAncestorOf(focused)
        seen.add(focused.objectName())
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert seen == {"pin.current", "pin.new", "pin.again", "pin.dialog.cancel", "pin.confirm"}


def test_appearance_is_changed_and_remembered(desk: Desk) -> None:
    def stored(name: str) -> bool:
        return desk.kit.kiosk.preferences.get(THEME) == name

    for name in ("contrast", "dark", "light"):
        desk.click(f"nav.theme.{name}")
        assert desk.stage.theme.theme.name == name
        desk.wait(partial(stored, name))


def test_it_says_who_is_signed_in(desk: Desk) -> None:
    assert desk.text("nav.who") == "Olga Ivanova"
    assert desk.text("nav.role") == "Administrator · olga"


def test_what_the_role_may_not_is_not_there(desk: Desk) -> None:
    assert desk.shown("nav.accounts")
    desk.become(Role.OPERATOR)
    assert desk.text("nav.role") == "Operator · olga"
    assert not desk.shown("nav.accounts")
    for key in ("nav.enroll", "nav.people", "nav.microphone"):
        assert desk.shown(key)
    QTest.keyClick(desk.frame, Qt.Key.Key_5, CONTROL)
    desk.frame.go("accounts")
    assert not desk.frame.findChildren(QWidget, "page.accounts")
    assert desk.shown("page.enroll")


def test_what_is_not_there_is_refused_too(desk: Desk) -> None:
    desk.become(Role.OPERATOR)
    refused: list[KioskError] = []
    accounts = desk.kit.kiosk.accounts
    desk.stage.recognition.submit(lambda _: accounts.list(), failed=refused.append)
    desk.wait(lambda: refused)
    assert isinstance(refused[0], NotPermitted)


def test_sign_out(desk: Desk) -> None:
    desk.click("nav.leave")
    assert desk.stage.routes == [Route.VERIFY]


def test_the_next_operator_begins_with_enroll(desk: Desk) -> None:
    desk.click("nav.microphone")
    desk.click("nav.pin")
    desk.frame.left()
    assert not desk.frame.findChildren(QWidget, "pin.dialog")
    desk.frame.entered()
    assert desk.shown("page.enroll")


def test_the_pin_is_changed(desk: Desk) -> None:
    operators = desk.kit.kiosk.operators
    desk.click("nav.pin")
    desk.line("pin.current").setText(PIN)
    desk.line("pin.new").setText("915362")
    desk.line("pin.again").setText("915363")
    desk.click("pin.confirm")
    assert desk.line("pin.again").property("state") == "negative"
    desk.line("pin.again").setText("915362")
    desk.click("pin.confirm")
    desk.wait(lambda: not desk.frame.findChildren(QWidget, "pin.dialog"))
    operators.sign_in(LOGIN, "915362")
    with pytest.raises(WrongPin):
        operators.sign_in(LOGIN, PIN)


@pytest.mark.parametrize(
    ("current", "new", "wrong"),
    [("000000", "915362", "pin.current"), (PIN, "111111", "pin.new"), (PIN, "12", "pin.new")],
)
def test_a_pin_that_cannot_be_changed_says_why(
    desk: Desk, current: str, new: str, wrong: str
) -> None:
    desk.click("nav.pin")
    desk.line("pin.current").setText(current)
    desk.line("pin.new").setText(new)
    desk.line("pin.again").setText(new)
    desk.click("pin.confirm")
    desk.wait(lambda: desk.line(wrong).property("state") == "negative")
    assert desk.line(wrong).accessibleDescription()
    desk.kit.kiosk.operators.sign_in(LOGIN, PIN)


def test_a_row_goes_on_in_the_next_line(qtbot: QtBot) -> None:
    holder = QWidget()
    row = FlowLayout(holder, 10)
    for _ in range(3):
        label = QLabel()
        label.setFixedSize(100, 20)
        row.addWidget(label)
    assert row.heightForWidth(320) == 20
    assert row.heightForWidth(319) == 50
    assert row.heightForWidth(100) == 80
    dispose(holder)


def test_a_hint_stays_long_enough_to_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    steady = Steady()
    assert steady.accepts("louder")
    assert not steady.accepts("louder")
    assert not steady.accepts("quieter")
    monkeypatch.setattr("kiosk.ui.operator.parts.STEADY_MS", 0)
    assert steady.accepts("quieter")
    steady.reset()
    monkeypatch.undo()
    assert steady.accepts("louder")
