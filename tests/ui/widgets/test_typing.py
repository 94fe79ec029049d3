"""Keypad, field and PIN pad: typing by touch, keyboard and badge reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRegularExpression, Qt
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.typing.keypad_entry import KeypadEntry
from kiosk.ui.widgets.typing.pin_pad import PinPad
from tests.support.patience import PATIENCE_MS

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from kiosk.ui.theme.controller import ThemeController


def key(root: QWidget, text: str) -> Button:
    """Return the visible button of that name."""
    return next(
        b for b in root.findChildren(Button) if b.accessibleName() == text and b.isVisible()
    )


def focused_widget() -> QWidget:
    """Return what a keyboard types into."""
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def tap(root: QWidget, *texts: str) -> None:
    for text in texts:
        QTest.mouseClick(key(root, text), Qt.MouseButton.LeftButton)


@pytest.fixture
def entry(theme: ThemeController, qtbot: QtBot) -> KeypadEntry:
    made = KeypadEntry(theme, "Your ID", max_length=8)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    made.field.setFocus()
    qtbot.waitUntil(made.field.hasFocus, timeout=PATIENCE_MS)
    return made


def test_touch_types_and_erases(entry: KeypadEntry) -> None:
    tap(entry, "4", "7", "1", "Delete the last character", "2")
    assert entry.text() == "472"


def test_touch_leaves_the_focus_in_the_field(entry: KeypadEntry) -> None:
    tap(entry, "4")
    assert entry.field.hasFocus()


def test_letters_have_a_page_of_their_own(entry: KeypadEntry) -> None:
    tap(entry, "Show letters", "A", "-", "7")
    letters = entry.keypad.on_letters
    tap(entry, "Show digits", "1")
    assert (letters, entry.keypad.on_letters) == (True, False)
    assert entry.text() == "A-71"


def test_limits_of_the_field_hold_for_the_keypad(entry: KeypadEntry) -> None:
    digits = QRegularExpressionValidator(QRegularExpression("[0-9]*"), entry.field)
    entry.field.setValidator(digits)
    tap(entry, *"123456789", "Show letters", "A")
    assert entry.text() == "12345678"


def test_a_badge_reader_types_and_submits_wherever_the_focus_is(
    entry: KeypadEntry, qtbot: QtBot
) -> None:
    entry.keypad.show_letters()
    focused = key(entry, "K")
    focused.setFocus()
    with qtbot.waitSignal(entry.submitted, timeout=PATIENCE_MS) as handed:
        for character in "B-4711":
            QTest.keyClicks(focused_widget(), character)
        QTest.keyClick(focused_widget(), Qt.Key.Key_Return)
    assert handed.args == ["B-4711"]


def test_enter_on_an_empty_field_submits_nothing(entry: KeypadEntry, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(entry.submitted):
        QTest.keyClicks(entry.field, "  ")
        QTest.keyClick(entry.field, Qt.Key.Key_Return)


def test_the_keypad_works_by_keyboard_alone(entry: KeypadEntry) -> None:
    QTest.keyClick(entry.field, Qt.Key.Key_Tab)
    reached = QApplication.focusWidget()
    assert isinstance(reached, Button)
    QTest.keyClick(reached, Qt.Key.Key_Space)
    assert entry.text() == reached.accessibleName() == "1"


def test_clear_empties_the_field_and_returns_to_digits(entry: KeypadEntry) -> None:
    tap(entry, "Show letters", "A")
    entry.clear()
    assert (entry.text(), entry.keypad.on_letters) == ("", False)


# --- PIN -------------------------------------------------------------------------------------


@pytest.fixture
def pad(theme: ThemeController, qtbot: QtBot) -> PinPad:
    made = PinPad(theme, "PIN", "Sign in", max_length=6)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    return made


def shown(pad: PinPad) -> str:
    return pad.findChildren(QLineEdit)[0].displayText()


def test_a_pin_is_masked_and_wiped_when_handed_over(pad: PinPad, qtbot: QtBot) -> None:
    tap(pad, *"4711")
    assert pad.length == 4
    assert not set(shown(pad)) & set("4711")
    with qtbot.waitSignal(pad.submitted, timeout=PATIENCE_MS) as handed:
        tap(pad, "Sign in")
    assert handed.args == ["4711"]
    assert pad.length == 0


def test_a_short_pin_cannot_be_handed_over(pad: PinPad, qtbot: QtBot) -> None:
    tap(pad, *"471")
    assert not key(pad, "Sign in").isEnabled()
    with qtbot.assertNotEmitted(pad.submitted):
        QTest.keyClick(pad.findChildren(QLineEdit)[0], Qt.Key.Key_Return)
    assert pad.length == 3


def test_a_refusal_is_shown_until_something_is_typed(pad: PinPad) -> None:
    def words() -> str:
        return " ".join(
            label.text() for label in pad.findChildren(type(pad._error)) if label.isVisible()
        )

    place = key(pad, "4").mapTo(pad, QPoint())
    tap(pad, *"471")
    pad.refuse("That PIN is not right. Three tries are left.")
    assert words() == "That PIN is not right. Three tries are left."
    assert key(pad, "4").mapTo(pad, QPoint()) == place
    assert pad.length == 0
    tap(pad, "4")
    assert words() == ""
    assert key(pad, "4").mapTo(pad, QPoint()) == place


@pytest.mark.parametrize(("least", "most"), [(0, 4), (5, 4)])
def test_impossible_lengths_are_refused(theme: ThemeController, least: int, most: int) -> None:
    with pytest.raises(ValueError, match="PIN"):
        PinPad(theme, "PIN", "Sign in", min_length=least, max_length=most)
