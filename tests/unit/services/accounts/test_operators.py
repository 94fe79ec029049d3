"""Signing in: who is let in, who has to wait, and what is recorded of it."""

from __future__ import annotations

import math

import pytest

from kiosk.core.accounts.acting import VISITOR, Actor, Role, acting_as
from kiosk.core.errors import DiskFull, InvalidInput, NotPermitted, WrongPin
from tests.unit.services.signing_in import OTHER, PASSWORD, PIN, Desk


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.operators.set_up("olga", "Olga Ivanova", PIN)
    return made


# --- the first account -------------------------------------------------------------------------


def test_without_an_account_nobody_gets_in() -> None:
    desk = Desk()
    assert not desk.operators.any_account()
    for login in (None, "", "admin", "operator"):
        with pytest.raises(WrongPin):
            desk.operators.sign_in(login, "")


def test_the_first_account_is_an_administrator_s(desk: Desk) -> None:
    assert desk.operators.any_account()
    signed_in = desk.operators.sign_in("olga", PIN)
    assert signed_in.actor.role is Role.ADMINISTRATOR
    assert signed_in.actor.name == "operator:olga"
    assert signed_in.account.signed_in_at == desk.clock.now()
    assert not signed_in.must_change


def test_there_is_one_first_account(desk: Desk) -> None:
    with pytest.raises(NotPermitted, match="set up already"):
        desk.operators.set_up("eve", "", OTHER)
    assert desk.operators.enabled_accounts() == 1


def test_of_two_who_set_up_at_once_the_later_one_does_not_win(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    plain = desk.hasher.hash

    def meanwhile(pin: str) -> str:
        monkeypatch.setattr(desk.hasher, "hash", plain)
        desk.restarted().set_up("eve", "", OTHER)
        return plain(pin)

    monkeypatch.setattr(desk.hasher, "hash", meanwhile)
    with pytest.raises(NotPermitted):
        desk.operators.set_up("olga", "", PIN)
    desk.operators.sign_in("eve", OTHER)


def test_the_secret_itself_is_not_stored(desk: Desk) -> None:
    assert PIN not in str(desk.database.state)


# --- signing in --------------------------------------------------------------------------------


def test_the_login_may_be_typed_in_capitals_by_a_keypad(desk: Desk) -> None:
    assert desk.operators.sign_in(" OLGA ", PIN).account.login == "olga"


def test_the_only_account_needs_no_login(desk: Desk) -> None:
    assert desk.operators.sign_in(None, PIN).account.login == "olga"
    desk.accounts.add("bruno", "", Role.OPERATOR)
    with pytest.raises(WrongPin):
        desk.operators.sign_in(None, PIN)
    desk.accounts.set_enabled("bruno", enabled=False)
    assert desk.operators.sign_in("", PIN).account.login == "olga"


def test_a_disabled_account_is_told_only_to_who_knows_its_secret(desk: Desk) -> None:
    _, pin = desk.accounts.add("bruno", "", Role.OPERATOR)
    desk.accounts.set_enabled("bruno", enabled=False)
    with pytest.raises(WrongPin, match="not right"):
        desk.operators.sign_in("bruno", OTHER)
    with pytest.raises(WrongPin, match="disabled"):
        desk.operators.sign_in("bruno", pin)


@pytest.mark.parametrize("login", ["olga", "nobody", "", "/?"])
def test_as_much_is_computed_for_an_unknown_login_as_for_a_known_one(
    desk: Desk, login: str
) -> None:
    desk.accounts.add("bruno", "", Role.OPERATOR)  # so that no login stands for nobody
    desk.hasher.compared = 0
    desk.wrong(1, login)
    assert desk.hasher.compared == 1


def test_an_unknown_login_has_to_wait_like_a_known_one(desk: Desk) -> None:
    for login in ("olga", "nobody"):
        desk.wrong(5, login)
        with pytest.raises(WrongPin, match="Too many") as told:
            desk.operators.sign_in(login, PIN)
        assert told.value.hint == "Try again in 30 seconds."


def test_wrong_tries_of_one_do_not_make_another_wait(desk: Desk) -> None:
    desk.wrong(5, "nobody")
    desk.operators.sign_in("olga", PIN)


def test_what_was_typed_as_an_unknown_login_is_not_stored(desk: Desk) -> None:
    desk.wrong(1, "748193")
    assert "748193" not in str(desk.database.state)


def test_four_wrong_tries_are_forgiven(desk: Desk) -> None:
    for _ in range(2):
        desk.wrong(4)
        desk.operators.sign_in("olga", PIN)


def test_after_the_fifth_everybody_waits_and_longer_each_time(desk: Desk) -> None:
    desk.wrong(5)
    for delay in (30, 45, 67.5, 101.25, 151.875, 227.8125, 300, 300):
        with pytest.raises(WrongPin, match="Too many") as told:
            desk.operators.sign_in("olga", PIN)
        assert told.value.hint == f"Try again in {math.ceil(delay)} seconds."
        desk.wait(delay - 1)
        with pytest.raises(WrongPin, match="Too many"):
            desk.operators.sign_in("olga", PIN)
        desk.wait(1)
        desk.wrong(1)


def test_no_account_is_switched_off_by_wrong_tries(desk: Desk) -> None:
    desk.wrong(5)
    for _ in range(60):
        desk.wait(300)
        desk.wrong(1)
    # Nobody keeps the only administrator out for longer than five minutes.
    desk.wait(300)
    desk.operators.sign_in("olga", PIN)


def test_waiting_ends_with_the_right_secret(desk: Desk) -> None:
    desk.wrong(5)
    desk.wait(30)
    desk.operators.sign_in("olga", PIN)
    desk.wrong(4)
    desk.operators.sign_in("olga", PIN)


def test_a_restart_forgives_nothing(desk: Desk) -> None:
    desk.wrong(5)
    with pytest.raises(WrongPin, match="Too many"):
        desk.restarted().sign_in("olga", PIN)
    desk.uptime.restart()
    with pytest.raises(WrongPin, match="Too many"):
        desk.restarted().sign_in("olga", PIN)


def test_a_clock_that_is_set_forward_ends_no_wait(desk: Desk) -> None:
    desk.wrong(5)
    desk.clock.advance(86_400)
    with pytest.raises(WrongPin, match="Too many"):
        desk.operators.sign_in("olga", PIN)


def test_a_clock_that_was_set_back_blocks_nobody_for_years(desk: Desk) -> None:
    desk.wrong(5)
    desk.clock.advance(-20 * 365 * 86_400)
    desk.uptime.restart()
    with pytest.raises(WrongPin, match="Too many") as told:
        desk.operators.sign_in("olga", PIN)
    assert told.value.hint == "Try again in 30 seconds."
    desk.wait(30)
    desk.operators.sign_in("olga", PIN)


def test_a_try_is_counted_before_it_is_judged(desk: Desk) -> None:
    desk.hasher.compared = 0
    desk.database.commit_error = DiskFull("No space is left.")
    with pytest.raises(DiskFull):
        desk.operators.sign_in("olga", PIN)
    assert desk.hasher.compared == 0


# --- one's own secret --------------------------------------------------------------------------


def test_a_secret_is_changed_by_whoever_knows_it(desk: Desk) -> None:
    signed_in = desk.operators.sign_in("olga", PIN)
    with acting_as(signed_in.actor):
        with pytest.raises(WrongPin):
            desk.operators.change_own(signed_in.account, OTHER, PASSWORD)
        desk.operators.change_own(signed_in.account, PIN, PASSWORD)
    desk.operators.sign_in("olga", PASSWORD)
    with pytest.raises(WrongPin):
        desk.operators.sign_in("olga", PIN)


def test_guessing_the_present_one_when_changing_it_is_slowed_too(desk: Desk) -> None:
    signed_in = desk.operators.sign_in("olga", PIN)
    with acting_as(signed_in.actor):
        for _ in range(5):
            with pytest.raises(WrongPin, match="not right"):
                desk.operators.change_own(signed_in.account, OTHER, PASSWORD)
        with pytest.raises(WrongPin, match="Too many"):
            desk.operators.change_own(signed_in.account, PIN, PASSWORD)


@pytest.mark.parametrize("new", ["", "111111", "too short", PIN])
def test_a_new_secret_that_cannot_be_used(desk: Desk, new: str) -> None:
    signed_in = desk.operators.sign_in("olga", PIN)
    with acting_as(signed_in.actor), pytest.raises(InvalidInput):
        desk.operators.change_own(signed_in.account, PIN, new)
    desk.operators.sign_in("olga", PIN)


def test_who_has_no_account_changes_nothing(desk: Desk) -> None:
    account = desk.operators.sign_in("olga", PIN).account
    with pytest.raises(NotPermitted):
        desk.operators.change_own(account, PIN, OTHER)


def test_a_secret_that_another_made_must_be_changed_first(desk: Desk) -> None:
    _, pin = desk.accounts.add("bruno", "Bruno", Role.ADMINISTRATOR)
    signed_in = desk.operators.sign_in("bruno", pin)
    assert signed_in.must_change
    with acting_as(signed_in.actor):
        with pytest.raises(NotPermitted):
            desk.accounts.list()
        with pytest.raises(InvalidInput, match="current PIN"):
            desk.operators.change_own(signed_in.account, "", pin)
        changed = desk.operators.change_own(signed_in.account, "", OTHER)
    assert not changed.must_change
    with acting_as(changed.actor):
        assert [account.login for account in desk.accounts.list()] == ["bruno", "olga"]
    # What was asked for once is asked for from now on.
    with acting_as(changed.actor), pytest.raises(WrongPin):
        desk.operators.change_own(changed.account, "", PASSWORD)


@pytest.mark.parametrize("change", ["reset", "disabled", "removed"])
def test_who_is_half_way_in_comes_no_further_with_a_pin_that_is_taken_back(
    desk: Desk, change: str
) -> None:
    _, pin = desk.accounts.add("bruno", "Bruno", Role.ADMINISTRATOR)
    half_way = desk.operators.sign_in("bruno", pin)
    given = ""
    if change == "reset":
        _, given = desk.accounts.reset("bruno")
    elif change == "disabled":
        desk.accounts.set_enabled("bruno", enabled=False)
    else:
        desk.accounts.remove("bruno")
    before = desk.database.state.operators.get("bruno")
    with acting_as(half_way.actor), pytest.raises(WrongPin, match="changed or disabled"):
        desk.operators.change_own(half_way.account, "", OTHER)
    assert desk.database.state.operators.get("bruno") == before
    assert desk.recorded()[-1] == ("operator.sign-in-refused", "bruno")
    if given:
        assert desk.operators.sign_in("bruno", given).must_change


def test_an_account_that_is_disabled_while_the_new_secret_is_hashed_stays_as_it_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, pin = desk.accounts.add("bruno", "Bruno", Role.OPERATOR)
    half_way = desk.operators.sign_in("bruno", pin)
    plain = desk.hasher.hash

    def meanwhile(secret: str) -> str:
        monkeypatch.setattr(desk.hasher, "hash", plain)
        with acting_as(Actor("console:olga", Role.ADMINISTRATOR)):
            desk.accounts.set_enabled("bruno", enabled=False)
        return plain(secret)

    monkeypatch.setattr(desk.hasher, "hash", meanwhile)
    with acting_as(half_way.actor), pytest.raises(WrongPin):
        desk.operators.change_own(half_way.account, "", OTHER)
    assert desk.database.state.operators["bruno"].must_change


# --- records -----------------------------------------------------------------------------------


def test_what_happens_is_recorded(desk: Desk) -> None:
    desk.wrong(1)
    desk.wrong(1, "nobody")
    signed_in = desk.operators.sign_in("olga", PIN)
    with acting_as(signed_in.actor):
        desk.operators.change_own(signed_in.account, PIN, OTHER)
        desk.operators.sign_out()
    assert desk.recorded()[-7:] == [
        ("account.added", "olga"),
        ("operator.sign-in-refused", "olga"),
        ("operator.sign-in-refused", None),
        ("operator.signed-in", "olga"),
        ("operator.signed-in", "olga"),
        ("account.secret-changed", "olga"),
        ("operator.signed-out", "olga"),
    ]


def refusals(desk: Desk) -> list[tuple[str | None, object, object]]:
    return [
        (each.subject, each.details["reason"], each.details.get("count"))
        for each in desk.database.state.audit
        if each.action == "operator.sign-in-refused"
    ]


def test_every_wrong_try_of_an_account_is_recorded(desk: Desk) -> None:
    for _ in range(3):
        desk.wrong(4)
        desk.operators.sign_in("olga", PIN)
    assert refusals(desk) == [("olga", "wrong", None)] * 12


def test_of_tries_that_must_wait_only_some_are_recorded(desk: Desk) -> None:
    desk.wrong(5)
    for _ in range(100):
        with pytest.raises(WrongPin, match="Too many"):
            desk.operators.sign_in("olga", PIN)
    waiting = [each for each in refusals(desk) if each[1] != "wrong"]
    assert waiting == [("olga", "too many wrong tries", 2**n) for n in range(7)]


def test_of_logins_of_nobody_only_some_are_recorded_whichever_they_are(desk: Desk) -> None:
    for number in range(100):
        desk.wrong(1, f"nobody{number}")
    assert refusals(desk) == [(None, "wrong", 2**n) for n in range(7)]
    for number in range(10):
        desk.wrong(4, f"nobody{number}")
        with pytest.raises(WrongPin, match="Too many"):
            desk.operators.sign_in(f"nobody{number}", PIN)
    waiting = [each for each in refusals(desk) if each[1] != "wrong"]
    assert waiting == [(None, "too many wrong tries", 2**n) for n in range(4)]


# --- the place ---------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [True, False])
def test_who_types_one_login_after_the_other_is_slowed_at_the_screen(
    desk: Desk, known: bool
) -> None:
    with acting_as(VISITOR):
        for number in range(29):
            desk.wrong(1, f"nobody{number}")
        # Whether somebody has the thirtieth login makes no difference.
        desk.wrong(1, "olga" if known else "nobody")
        for login in ("olga", "somebody"):
            with pytest.raises(WrongPin, match="Too many") as told:
                desk.operators.sign_in(login, PIN)
            assert told.value.hint == "Try again in 30 seconds."
    desk.operators.sign_in("olga", PIN)  # at another place
    with acting_as(VISITOR):
        desk.wait(30)
        desk.operators.sign_in("olga", PIN)
        desk.wrong(1, "nobody")
        with pytest.raises(WrongPin, match="Too many"):
            desk.operators.sign_in("olga", PIN)


def test_what_succeeds_fills_no_place(desk: Desk) -> None:
    with acting_as(VISITOR):
        for _ in range(50):
            desk.operators.sign_in("olga", PIN)
        desk.wrong(1)


def test_a_place_is_forgotten_like_logins_of_nobody(desk: Desk) -> None:
    with acting_as(VISITOR):
        desk.wrong(1, "nobody")
    assert sorted(key.partition(":")[0] for key in desk.database.state.throttles) == [
        "nobody",
        "place",
    ]
