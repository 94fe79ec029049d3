"""The operator PIN: set, refused, accepted, and forgotten again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton

from kiosk.core.errors import StorageError
from kiosk.ui.navigation import Route
from tests.ui.support import PIN, child

if TYPE_CHECKING:
    from tests.ui.support import Kit
    from tests.ui.visitor import Visitor


@pytest.fixture
def known_pin(kit: Kit) -> None:
    kit.kiosk.operators.set_pin(PIN)


def ask(visitor: Visitor, words: str) -> None:
    visitor.press("welcome.operator")
    visitor.sees(words)


def sign_in(visitor: Visitor, pin: str) -> None:
    visitor.enter("signin.pin", pin)
    visitor.press("signin.submit")


def text_of(visitor: Visitor, name: str) -> str:
    field = child(visitor.shell, name)
    assert isinstance(field, QLineEdit)
    return field.text()


def test_the_first_time_a_pin_is_set(visitor: Visitor, kit: Kit) -> None:
    ask(visitor, "Choose the operator PIN")
    assert visitor.page == "page.sign_in"
    visitor.enter("signin.pin", PIN)
    visitor.enter("signin.confirm", "748194")
    visitor.press("signin.submit")
    visitor.sees("The two PINs differ")
    assert not kit.kiosk.operators.has_pin()
    visitor.enter("signin.pin", "111111")
    visitor.enter("signin.confirm", "111111")
    visitor.press("signin.submit")
    visitor.sees("too easy to guess")
    assert not visitor.signed_in()
    visitor.enter("signin.pin", PIN)
    visitor.enter("signin.confirm", PIN)
    visitor.press("signin.submit")
    visitor.at(Route.OPERATOR)
    assert visitor.signed_in()
    kit.kiosk.operators.check(PIN)


@pytest.mark.usefixtures("known_pin")
def test_a_wrong_pin_is_refused_and_the_right_one_accepted(visitor: Visitor) -> None:
    ask(visitor, "Enter the operator PIN")
    assert not visitor.can_see("signin.confirm")
    sign_in(visitor, "999999")
    visitor.sees("That PIN is not right")
    assert text_of(visitor, "signin.pin") == ""
    assert visitor.is_at(Route.SIGN_IN)
    sign_in(visitor, PIN)
    visitor.at(Route.OPERATOR)


@pytest.mark.usefixtures("known_pin")
def test_after_several_wrong_ones_it_says_how_long_to_wait(visitor: Visitor, kit: Kit) -> None:
    ask(visitor, "Enter the operator PIN")
    for _ in range(5):
        sign_in(visitor, "999999")
        visitor.sees("That PIN is not right")
        visitor.until(child(visitor.shell, "signin.back").isEnabled)
    sign_in(visitor, PIN)
    visitor.sees("Try again in 31 seconds")
    kit.clock.advance(31)
    sign_in(visitor, PIN)
    visitor.at(Route.OPERATOR)


@pytest.mark.usefixtures("known_pin")
def test_nobody_gets_in_without_it(visitor: Visitor) -> None:
    visitor.shell.go(Route.OPERATOR)
    assert visitor.is_at(Route.SIGN_IN)
    assert not visitor.signed_in()


@pytest.mark.usefixtures("known_pin")
def test_leaving_signs_out_and_forgets_what_was_typed(visitor: Visitor) -> None:
    ask(visitor, "Enter the operator PIN")
    visitor.enter("signin.pin", "7481")
    visitor.press("signin.back")
    assert visitor.page == "page.welcome"
    assert text_of(visitor, "signin.pin") == ""
    ask(visitor, "Enter the operator PIN")
    sign_in(visitor, PIN)
    visitor.at(Route.OPERATOR)
    visitor.shell.go(Route.VERIFY)
    assert not visitor.signed_in()
    visitor.shell.go(Route.OPERATOR)
    assert visitor.is_at(Route.SIGN_IN)


@pytest.mark.usefixtures("known_pin")
def test_an_answer_that_comes_after_leaving_signs_nobody_in(visitor: Visitor) -> None:
    ask(visitor, "Enter the operator PIN")
    sign_in(visitor, PIN)
    visitor.press("signin.back")
    ask(visitor, "Enter the operator PIN")
    assert visitor.is_at(Route.SIGN_IN)
    assert not visitor.signed_in()


def test_without_the_database_nobody_gets_in_and_no_pin_is_set(visitor: Visitor, kit: Kit) -> None:
    kit.database.begin_error = StorageError("The database does not answer.")
    ask(visitor, "The data cannot be used")
    sign_in(visitor, PIN)
    visitor.sees("The data cannot be used")
    assert visitor.is_at(Route.SIGN_IN)
    kit.database.begin_error = None
    assert not kit.kiosk.operators.has_pin()
    # The next press asks again whether there is a PIN, and sets none by mistake.
    sign_in(visitor, PIN)
    visitor.sees("Choose the operator PIN")
    assert not kit.kiosk.operators.has_pin()


def test_with_keyboard_and_with_the_keypad(visitor: Visitor, kit: Kit) -> None:
    ask(visitor, "Choose the operator PIN")
    visitor.keys("74a8193")
    assert text_of(visitor, "signin.pin") == PIN
    visitor.key(Qt.Key.Key_Return)
    keys = {b.text(): b for b in visitor.shell.findChildren(QPushButton) if b.isVisible()}
    for digit in PIN:
        QTest.mouseClick(keys[digit], Qt.MouseButton.LeftButton)
    assert text_of(visitor, "signin.confirm") == PIN
    visitor.key(Qt.Key.Key_Return)
    visitor.at(Route.OPERATOR)
    kit.kiosk.operators.check(PIN)


@pytest.mark.usefixtures("known_pin")
def test_escape_goes_back(visitor: Visitor) -> None:
    ask(visitor, "Enter the operator PIN")
    visitor.key(Qt.Key.Key_Escape)
    assert visitor.page == "page.welcome"
