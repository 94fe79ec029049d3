"""Signing in: with the only account, with one of several, and with a PIN that must be changed."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton

from kiosk.core.accounts.acting import Role
from kiosk.core.errors import StorageError, WrongPin
from kiosk.ui.navigation import Route
from tests.support.patience import PATIENCE_MS
from tests.ui.support import LOGIN, PIN, child

if TYPE_CHECKING:
    from tests.ui.support import Kit
    from tests.ui.visitor import Visitor

ASKED = "Enter the operator PIN or password"
ASKED_WHO = "Enter your login"


def ask(visitor: Visitor, words: str = ASKED) -> None:
    visitor.press("welcome.operator")
    visitor.sees(words)


def sign_in(visitor: Visitor, secret: str, login: str | None = None) -> None:
    if login is not None:
        visitor.enter("signin.login", login)
    visitor.enter("signin.pin", secret)
    visitor.press("signin.submit")


def text_of(visitor: Visitor, name: str) -> str:
    field = child(visitor.shell, name)
    assert isinstance(field, QLineEdit)
    return field.text()


def keys_of(visitor: Visitor) -> dict[str, QPushButton]:
    return {
        b.text() or b.accessibleName(): b
        for b in visitor.shell.findChildren(QPushButton)
        if b.isVisible()
    }


def test_a_wrong_secret_is_refused_and_the_right_one_accepted(visitor: Visitor) -> None:
    ask(visitor)
    assert not visitor.can_see("signin.confirm")
    assert not visitor.can_see("signin.login")
    sign_in(visitor, "999999")
    visitor.sees("That PIN or password is not right")
    assert text_of(visitor, "signin.pin") == ""
    assert visitor.is_at(Route.SIGN_IN)
    sign_in(visitor, PIN)
    visitor.at(Route.OPERATOR)
    account = visitor.shell.session.account
    assert account is not None
    assert account.login == LOGIN


def test_with_several_accounts_the_login_is_asked_for(visitor: Visitor, kit: Kit) -> None:
    _, pin = kit.kiosk.accounts.add("bruno", "", Role.OPERATOR)
    kit.sign_in_once("bruno", pin, "550183")
    ask(visitor, ASKED_WHO)
    sign_in(visitor, "550183", "nobody")
    visitor.sees("That PIN or password is not right")
    assert text_of(visitor, "signin.login") == "nobody"
    sign_in(visitor, "550183", "BRUNO")
    visitor.at(Route.OPERATOR)
    assert visitor.application.recognition.actor.name == "operator:bruno"
    assert visitor.application.recognition.actor.role is Role.OPERATOR


def test_after_several_wrong_ones_it_says_how_long_to_wait(visitor: Visitor, kit: Kit) -> None:
    ask(visitor)
    for _ in range(5):
        sign_in(visitor, "999999")
        visitor.sees("That PIN or password is not right")
        visitor.until(child(visitor.shell, "signin.back").isEnabled)
    sign_in(visitor, PIN)
    visitor.sees("Try again in 30 seconds")
    kit.uptime.advance(31)
    sign_in(visitor, PIN)
    visitor.at(Route.OPERATOR)


def test_a_pin_that_another_made_is_changed_before_anything_else(
    visitor: Visitor, kit: Kit
) -> None:
    _, pin = kit.kiosk.accounts.add("bruno", "", Role.OPERATOR)
    ask(visitor, ASKED_WHO)
    sign_in(visitor, pin, "bruno")
    visitor.sees("Choose a PIN of your own")
    assert not visitor.signed_in()
    visitor.shell.go(Route.OPERATOR)
    assert visitor.is_at(Route.SIGN_IN)
    visitor.enter("signin.pin", pin)
    visitor.enter("signin.confirm", pin)
    visitor.press("signin.submit")
    visitor.sees("your current PIN")
    visitor.enter("signin.pin", "550183")
    visitor.enter("signin.confirm", "550183")
    visitor.press("signin.submit")
    visitor.at(Route.OPERATOR)
    kit.kiosk.operators.sign_in("bruno", "550183")


def test_who_leaves_half_way_has_to_sign_in_again(visitor: Visitor, kit: Kit) -> None:
    _, pin = kit.kiosk.accounts.add("bruno", "", Role.OPERATOR)
    ask(visitor, ASKED_WHO)
    sign_in(visitor, pin, "bruno")
    visitor.sees("Choose a PIN of your own")
    visitor.press("signin.back")
    assert visitor.page == "page.welcome"
    ask(visitor, ASKED_WHO)
    assert not visitor.can_see("signin.confirm")


def test_a_first_pin_that_is_taken_back_meanwhile_lets_nobody_in(
    visitor: Visitor, kit: Kit
) -> None:
    _, pin = kit.kiosk.accounts.add("bruno", "", Role.OPERATOR)
    ask(visitor, ASKED_WHO)
    sign_in(visitor, pin, "bruno")
    visitor.sees("Choose a PIN of your own")
    _, given = kit.kiosk.accounts.reset("bruno")
    visitor.enter("signin.pin", "550183")
    visitor.enter("signin.confirm", "550183")
    visitor.press("signin.submit")
    visitor.sees("The account has just been changed or disabled")
    assert not visitor.signed_in()
    visitor.sees(ASKED_WHO)
    sign_in(visitor, given, "bruno")
    visitor.sees("Choose a PIN of your own")


def test_nobody_gets_in_without_it(visitor: Visitor) -> None:
    visitor.shell.go(Route.OPERATOR)
    assert visitor.is_at(Route.SIGN_IN)
    assert not visitor.signed_in()


def test_leaving_signs_out_and_forgets_what_was_typed(visitor: Visitor, kit: Kit) -> None:
    ask(visitor)
    visitor.enter("signin.pin", "7481")
    visitor.press("signin.back")
    assert visitor.page == "page.welcome"
    assert text_of(visitor, "signin.pin") == ""
    ask(visitor)
    sign_in(visitor, PIN)
    visitor.at(Route.OPERATOR)
    visitor.shell.go(Route.VERIFY)
    assert not visitor.signed_in()
    assert visitor.application.recognition.actor.role is Role.VISITOR
    visitor.until(lambda: kit.database.state.audit[-1].action == "operator.signed-out")
    assert kit.database.state.audit[-1].actor == f"operator:{LOGIN}"
    visitor.shell.go(Route.OPERATOR)
    assert visitor.is_at(Route.SIGN_IN)


def test_an_answer_that_comes_after_leaving_signs_nobody_in(visitor: Visitor) -> None:
    left = Event()
    ask(visitor)
    visitor.application.recognition.submit(lambda _: left.wait(PATIENCE_MS / 1_000))
    sign_in(visitor, PIN)
    visitor.press("signin.back")
    left.set()
    ask(visitor)
    assert visitor.is_at(Route.SIGN_IN)
    assert not visitor.signed_in()


def test_without_the_database_nobody_gets_in(visitor: Visitor, kit: Kit) -> None:
    visitor.until(kit.kept_house.is_set)  # which would complain as well
    kit.database.begin_error = StorageError("The database does not answer.")
    ask(visitor, "The database cannot be used")
    sign_in(visitor, PIN)
    visitor.sees("The database cannot be used")
    assert visitor.is_at(Route.SIGN_IN)
    kit.database.begin_error = None
    # The next press asks again which accounts there are.
    sign_in(visitor, PIN)
    visitor.sees(ASKED)
    sign_in(visitor, PIN)
    visitor.at(Route.OPERATOR)


def test_with_the_keypad(visitor: Visitor) -> None:
    ask(visitor)
    for digit in PIN:
        QTest.mouseClick(keys_of(visitor)[digit], Qt.MouseButton.LeftButton)
    assert text_of(visitor, "signin.pin") == PIN
    visitor.key(Qt.Key.Key_Return)
    visitor.at(Route.OPERATOR)


def test_the_keypad_types_logins_and_passwords(visitor: Visitor, kit: Kit) -> None:
    _, pin = kit.kiosk.accounts.add("bruno", "", Role.OPERATOR)
    kit.sign_in_once("bruno", pin, "Xylophone-94")
    ask(visitor, ASKED_WHO)
    for key in "bruno":
        QTest.mouseClick(keys_of(visitor)[key], Qt.MouseButton.LeftButton)
    visitor.key(Qt.Key.Key_Return)
    for key in ("Capital letters", "X", "Capital letters", *"ylophone-94"):
        QTest.mouseClick(keys_of(visitor)[key], Qt.MouseButton.LeftButton)
    visitor.key(Qt.Key.Key_Return)
    visitor.at(Route.OPERATOR)


def test_escape_goes_back(visitor: Visitor) -> None:
    ask(visitor)
    visitor.key(Qt.Key.Key_Escape)
    assert visitor.page == "page.welcome"


def test_a_wrong_try_names_nobody(visitor: Visitor, kit: Kit) -> None:
    ask(visitor)
    sign_in(visitor, "999999")
    visitor.sees("That PIN or password is not right")
    with pytest.raises(WrongPin):
        kit.kiosk.operators.sign_in(LOGIN, "999999")
    assert LOGIN not in visitor.words()
