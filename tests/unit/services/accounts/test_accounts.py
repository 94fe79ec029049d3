"""Accounts as an administrator changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.acting import Actor, Role, acting_as
from kiosk.core.accounts.operators import check_secret
from kiosk.core.errors import InvalidInput, NotPermitted, WrongPin
from kiosk.services.accounts.accounts import Accounts, new_pin
from tests.unit.services.signing_in import OTHER, PIN, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

OLGA = Actor("operator:olga", Role.OPERATOR)


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.operators.set_up("olga", "Olga Ivanova", PIN)
    return made


def logins(desk: Desk) -> list[str]:
    return [account.login for account in desk.accounts.list()]


def test_an_account_gets_a_pin_that_must_be_changed(desk: Desk) -> None:
    account, pin = desk.accounts.add("Bruno", " Bruno  Keller ", Role.OPERATOR)
    assert (account.login, account.name) == ("bruno", "Bruno Keller")
    assert account.must_change
    assert desk.operators.sign_in("bruno", pin).must_change
    assert pin not in str(desk.database.state)


def test_the_pins_that_are_made_can_be_used_and_differ() -> None:
    pins = {new_pin() for _ in range(50)}
    assert len(pins) > 45
    for pin in pins:
        check_secret(pin, "")


def test_a_login_is_given_once(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match="already"):
        desk.accounts.add("OLGA", "", Role.OPERATOR)


def test_the_first_account_is_an_administrator_s() -> None:
    desk = Desk()
    with pytest.raises(InvalidInput, match="first account"):
        desk.accounts.add("bruno", "", Role.OPERATOR)
    desk.accounts.add("bruno", "", Role.ADMINISTRATOR)
    assert logins(desk) == ["bruno"]


def test_a_reset_makes_another_pin_and_forgives_wrong_tries(desk: Desk) -> None:
    desk.wrong(5)
    _, pin = desk.accounts.reset("olga")
    assert desk.operators.sign_in("olga", pin).must_change
    with pytest.raises(WrongPin):
        desk.operators.sign_in("olga", PIN)


def test_somebody_who_is_added_again_has_not_to_wait(desk: Desk) -> None:
    desk.accounts.add("bruno", "", Role.OPERATOR)
    desk.wrong(5, "bruno")
    desk.accounts.remove("bruno")
    _, pin = desk.accounts.add("bruno", "", Role.OPERATOR)
    desk.operators.sign_in("bruno", pin)


def test_nobody_signs_in_as_visitor_or_system(desk: Desk) -> None:
    for role in (Role.VISITOR, Role.SYSTEM):
        with pytest.raises(InvalidInput):
            desk.accounts.add("bruno", "", role)
        with pytest.raises(InvalidInput):
            desk.accounts.set_role("olga", role)


@pytest.mark.parametrize(
    "leave",
    [
        lambda accounts: accounts.remove("olga"),
        lambda accounts: accounts.set_enabled("olga", enabled=False),
        lambda accounts: accounts.set_role("olga", Role.OPERATOR),
    ],
    ids=["remove", "disable", "demote"],
)
def test_the_last_administrator_stays(desk: Desk, leave: Callable[[Accounts], object]) -> None:
    desk.accounts.add("bruno", "", Role.OPERATOR)
    desk.accounts.add("eve", "", Role.ADMINISTRATOR)
    desk.accounts.set_enabled("eve", enabled=False)
    records = len(desk.database.state.audit)
    with pytest.raises(InvalidInput, match="last administrator"):
        leave(desk.accounts)
    assert len(desk.database.state.audit) == records
    assert desk.operators.sign_in("olga", PIN).actor.role is Role.ADMINISTRATOR
    desk.accounts.set_enabled("eve", enabled=True)
    leave(desk.accounts)


def test_changes_show(desk: Desk) -> None:
    desk.accounts.add("bruno", "", Role.OPERATOR)
    assert desk.accounts.set_role("bruno", Role.ADMINISTRATOR).role is Role.ADMINISTRATOR
    assert not desk.accounts.set_enabled("bruno", enabled=False).enabled
    desk.accounts.remove("bruno")
    assert logins(desk) == ["olga"]


def test_an_account_that_is_not_there(desk: Desk) -> None:
    for work in (
        lambda: desk.accounts.reset("bruno"),
        lambda: desk.accounts.set_role("bruno", Role.OPERATOR),
        lambda: desk.accounts.set_enabled("bruno", enabled=True),
        lambda: desk.accounts.remove("bruno"),
    ):
        with pytest.raises(InvalidInput, match="no account bruno"):
            work()


def test_only_administrators_look_after_accounts(desk: Desk) -> None:
    before = dict(desk.database.state.operators)
    with acting_as(OLGA):
        for work in (
            desk.accounts.list,
            lambda: desk.accounts.add("bruno", "", Role.ADMINISTRATOR),
            lambda: desk.accounts.reset("olga"),
            lambda: desk.accounts.set_role("olga", Role.ADMINISTRATOR),
            lambda: desk.accounts.set_enabled("olga", enabled=True),
            lambda: desk.accounts.remove("olga"),
        ):
            with pytest.raises(NotPermitted):
                work()
    assert desk.database.state.operators == before


def test_what_happens_is_recorded(desk: Desk) -> None:
    desk.accounts.add("bruno", "", Role.OPERATOR)
    desk.accounts.reset("bruno")
    desk.accounts.set_role("bruno", Role.ADMINISTRATOR)
    desk.accounts.remove("bruno")
    assert desk.recorded()[-4:] == [
        ("account.added", "bruno"),
        ("account.secret-changed", "bruno"),
        ("account.changed", "bruno"),
        ("account.removed", "bruno"),
    ]
    assert {record.actor for record in desk.database.state.audit[-4:]} == {"console:tests"}
    assert OTHER not in str(desk.database.state.audit)
