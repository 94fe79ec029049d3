"""The first start: nobody uses the kiosk before it has an administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from kiosk.core.accounts.acting import Role
from kiosk.ui.navigation import Route
from tests.ui.support import PIN, Kit, child

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.ui.visitor import Visitor

    Launch = Callable[..., Visitor]


@pytest.fixture
def kit(data_dir: Path) -> Kit:
    """Return a kiosk that nobody has set up."""
    return Kit(data_dir, set_up=False)


@pytest.fixture
def installer(launch: Launch) -> Visitor:
    """Return somebody in front of a kiosk that is started for the first time."""
    visitor = launch()
    visitor.sees("Step 1 of 2")
    return visitor


def name(visitor: Visitor, login: str, display_name: str = "") -> None:
    visitor.enter("signin.login", login)
    visitor.enter("signin.name", display_name)
    visitor.press("signin.submit")


def choose(visitor: Visitor, secret: str, again: str | None = None) -> None:
    visitor.enter("signin.pin", secret)
    visitor.enter("signin.confirm", secret if again is None else again)
    visitor.press("signin.submit")


def test_the_first_account_is_made(installer: Visitor, kit: Kit) -> None:
    assert installer.page == "page.sign_in"
    name(installer, "Olga", "Olga Ivanova")
    installer.sees("Step 2 of 2")
    choose(installer, PIN, "748194")
    installer.sees("They don't match")
    assert not kit.kiosk.operators.any_account()
    choose(installer, "111111")
    installer.sees("too easy to guess")
    assert not installer.signed_in()
    choose(installer, PIN)
    installer.at(Route.OPERATOR)
    (account,) = kit.kiosk.accounts.list()
    assert (account.login, account.name) == ("olga", "Olga Ivanova")
    assert account.role is Role.ADMINISTRATOR
    assert not account.must_change
    kit.kiosk.operators.sign_in("olga", PIN)


def test_no_login_is_suggested(installer: Visitor) -> None:
    """One that everybody keeps is half of what a guesser needs."""
    field = child(installer.shell, "signin.login")
    assert isinstance(field, QLineEdit)
    assert (field.text(), field.hasFocus()) == ("", True)
    with pytest.raises(AssertionError, match="disabled"):
        installer.press("signin.submit")


def test_what_is_missing_is_told_while_it_is_typed(installer: Visitor) -> None:
    name(installer, "olga")
    installer.sees("Step 2 of 2")
    for typed, told in (
        ("7481", "PIN: 2 more digits"),
        ("748193", "PIN: long enough"),
        ("lantern", "Password: 3 more characters"),
        ("lantern-94-x", "Password: long enough"),
    ):
        installer.enter("signin.pin", typed)
        assert told in installer.words()
    installer.enter("signin.confirm", "lantern")
    assert "Does not match" in installer.words()
    installer.enter("signin.confirm", "lantern-94-x")
    assert "Matches" in installer.words()


def test_the_login_is_checked_at_once(installer: Visitor) -> None:
    name(installer, "not a login")
    installer.sees("The login cannot be used")
    assert installer.can_see("signin.login")


def test_there_is_a_way_back_to_the_first_step_and_none_out(installer: Visitor) -> None:
    assert not installer.can_see("signin.back")
    installer.key(Qt.Key.Key_Escape)
    assert installer.is_at(Route.SIGN_IN)
    name(installer, "olga")
    installer.sees("Step 2 of 2")
    installer.press("signin.back")
    installer.sees("Step 1 of 2")


def test_no_visitor_gets_past_it(installer: Visitor) -> None:
    for route in Route:
        installer.shell.go(route)
        assert installer.is_at(Route.SIGN_IN)
    installer.shell._on_idle()  # minutes have passed
    installer.sees("Step 1 of 2")
    assert installer.is_at(Route.SIGN_IN)


def test_afterwards_the_kiosk_is_open(installer: Visitor) -> None:
    name(installer, "olga")
    installer.sees("Step 2 of 2")
    choose(installer, PIN)
    installer.at(Route.OPERATOR)
    installer.shell.go(Route.VERIFY)
    installer.when("idle")
    assert installer.page == "page.welcome"


def test_of_two_who_set_up_at_once_the_later_one_does_not_win(installer: Visitor, kit: Kit) -> None:
    name(installer, "eve")
    installer.sees("Step 2 of 2")
    kit.kiosk.operators.set_up("olga", "", PIN)
    choose(installer, "550183")
    installer.sees("set up already")
    assert not installer.signed_in()
