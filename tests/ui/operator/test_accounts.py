"""The Accounts page: who may sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from kiosk.core.accounts.acting import Role
from kiosk.core.errors import StorageError, WrongPin
from tests.ui.support import LOGIN

if TYPE_CHECKING:
    from PySide6.QtWidgets import QCheckBox

    from kiosk.core.accounts.operators import Account
    from kiosk.ui.operator.accounts.page import AccountsPage
    from kiosk.ui.widgets.hearing.hint_banner import HintBanner
    from tests.ui.operator.desk import Desk


@pytest.fixture
def page(desk: Desk) -> AccountsPage:
    """Return the page with two accounts, of which one is somebody else's."""
    desk.kit.kiosk.accounts.add("bruno", "Bruno Keller", Role.OPERATOR)
    desk.click("nav.accounts")
    found = cast("AccountsPage", desk.find("page.accounts"))
    desk.wait(lambda: found.logins == ["bruno", LOGIN])
    return found


def stored(desk: Desk, login: str = "bruno") -> Account:
    return desk.kit.database.state.operators[login]


def told_pin(desk: Desk) -> str:
    desk.wait(lambda: desk.frame.findChildren(QWidget, "accounts.pin_dialog"))
    pin = desk.text("accounts.pin").replace(" ", "")
    desk.click("accounts.pin_dialog.done")
    return pin


def test_an_account_is_added_and_its_pin_told_once(desk: Desk, page: AccountsPage) -> None:
    desk.click("accounts.add")
    desk.line("accounts.new_login").setText("Carla")
    desk.line("accounts.new_name").setText("Carla Neri")
    cast("QCheckBox", desk.find("accounts.new_administrator")).click()
    desk.click("accounts.new_dialog.confirm")
    pin = told_pin(desk)
    desk.wait(lambda: page.logins == ["bruno", "carla", LOGIN])
    assert stored(desk, "carla").role is Role.ADMINISTRATOR
    assert desk.kit.kiosk.operators.sign_in("carla", pin).must_change
    assert not desk.frame.findChildren(QWidget, "accounts.pin")


def test_what_cannot_be_added_says_why_and_stays(desk: Desk, page: AccountsPage) -> None:
    desk.click("accounts.add")
    line = desk.line("accounts.new_login")
    for login in ("not a login", "bruno"):
        line.setText(login)
        desk.click("accounts.new_dialog.confirm")
        desk.wait(lambda: line.property("state") == "negative")
        desk.wait(lambda: desk.enabled("accounts.new_dialog.confirm"))
        assert line.text() == login
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert page.logins == ["bruno", LOGIN]


def test_a_pin_is_reset(desk: Desk, page: AccountsPage) -> None:
    page.select("bruno")
    desk.click("accounts.reset")
    desk.click("accounts.reset_dialog.confirm")
    pin = told_pin(desk)
    desk.kit.kiosk.operators.sign_in("bruno", pin)
    with pytest.raises(WrongPin):
        desk.kit.kiosk.operators.sign_in("bruno", "000000")


def test_role_and_state_are_changed(desk: Desk, page: AccountsPage) -> None:
    page.select("bruno")
    desk.click("accounts.role")
    desk.wait(lambda: stored(desk).role is Role.ADMINISTRATOR)
    desk.click("accounts.toggle")
    desk.wait(lambda: not stored(desk).enabled)
    desk.wait(lambda: page.selected() == stored(desk))
    desk.click("accounts.toggle")
    desk.wait(lambda: stored(desk).enabled)
    desk.wait(lambda: page.selected() == stored(desk))
    desk.click("accounts.role")
    desk.wait(lambda: stored(desk).role is Role.OPERATOR)


def test_an_account_is_removed_when_that_was_confirmed(desk: Desk, page: AccountsPage) -> None:
    page.select("bruno")
    desk.click("accounts.remove")
    desk.click("accounts.remove_dialog.cancel")
    assert "bruno" in desk.kit.database.state.operators
    desk.click("accounts.remove")
    desk.click("accounts.remove_dialog.confirm")
    desk.wait(lambda: page.logins == [LOGIN])


def test_nobody_changes_their_own_account_here(desk: Desk, page: AccountsPage) -> None:
    actions = ("reset", "role", "toggle", "remove")
    assert not any(desk.enabled(f"accounts.{action}") for action in actions)
    page.select("bruno")
    assert all(desk.enabled(f"accounts.{action}") for action in actions)
    page.select(LOGIN)
    assert not any(desk.enabled(f"accounts.{action}") for action in actions)
    assert desk.enabled("accounts.add")


def test_trouble_is_told(desk: Desk, page: AccountsPage) -> None:
    page.select("bruno")
    desk.kit.database.commit_error = StorageError("The database does not answer.")
    desk.click("accounts.toggle")
    error = cast("HintBanner", desk.find("accounts.error"))
    desk.wait(error.isVisible)
    assert stored(desk).enabled


def test_names_do_not_stay_on_a_page_that_was_left(desk: Desk, page: AccountsPage) -> None:
    desk.click("nav.people")
    assert page.logins == []


def test_the_focus_is_on_a_row_and_never_on_an_empty_table(desk: Desk, page: AccountsPage) -> None:
    table = desk.find("accounts.table")
    desk.wait(table.hasFocus)
    account = page.selected()
    assert account is not None
    assert account.login == LOGIN
    QTest.keyClick(table, Qt.Key.Key_Up)
    account = page.selected()
    assert account is not None
    assert account.login == "bruno"
    page._on_loaded([])
    assert table.focusPolicy() is Qt.FocusPolicy.NoFocus
    page._entering = True
    page._on_loaded([])
    assert desk.find("accounts.add").hasFocus()
