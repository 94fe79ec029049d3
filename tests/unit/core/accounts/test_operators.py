"""Logins, and what a PIN or password must be like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.accounts.acting import Role
from kiosk.core.accounts.operators import Account, check_secret, clean_login, clean_secret
from kiosk.core.errors import InvalidInput
from tests.fakes.clock import START


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("olga", "olga"), (" OLGA ", "olga"), ("O.Iv-2", "o.iv-2"), ("a", "a"), ("7", "7")],
)
def test_logins(typed: str, stored: str) -> None:
    assert clean_login(typed) == stored


@pytest.mark.parametrize("typed", ["", " ", "a" * 33, "-a", "a.", "a b", "ölga", "a/b", "٤"])
def test_what_is_no_login(typed: str) -> None:
    with pytest.raises(InvalidInput):
        clean_login(typed)


@given(st.text(max_size=40))
def test_a_login_is_stored_in_one_way(text: str) -> None:
    try:
        login = clean_login(text)
    except InvalidInput:
        return
    assert clean_login(login) == login
    assert clean_login(login.upper()) == login


@pytest.mark.parametrize(
    "secret",
    ["748193", "428617935024", "correct horse battery", "Zwölf Boxkämpfer", "5501837642218"],
)
def test_secrets_that_can_be_used(secret: str) -> None:
    check_secret(clean_secret(secret), "olga")


@pytest.mark.parametrize(
    "secret",
    ["", "12345", "12a456", "short one", "٤٢٨٦١٧", "x" * 129, "with a\nline break"],
)
def test_secrets_that_are_too_short_or_unusable(secret: str) -> None:
    with pytest.raises(InvalidInput):
        check_secret(clean_secret(secret), "olga")


@pytest.mark.parametrize(
    "secret",
    [
        *("111111", "123456", "987654", "890123", "121212", "123123", "111112", "147258"),
        *("aaaaaaaaaa", "abababababab", "abcdefghij", "qwertyuiop", "password2024", "voicekiosk1"),
        "olga likes tea",
    ],
)
def test_secrets_that_are_guessed_first(secret: str) -> None:
    with pytest.raises(InvalidInput, match="too easy"):
        check_secret(secret, "olga")


def test_a_keyboard_that_composes_accents_in_another_way_types_the_same() -> None:
    assert clean_secret("Zwo\u0308lf Boxka\u0308mpfer") == clean_secret("Zwölf Boxkämpfer")


def test_who_has_still_to_choose_a_secret_may_nothing() -> None:
    account = Account("olga", "", Role.ADMINISTRATOR, "hash", START)
    assert (account.actor.name, account.actor.role) == ("operator:olga", Role.ADMINISTRATOR)
    new = Account("olga", "", Role.ADMINISTRATOR, "hash", START, must_change=True)
    assert new.actor.role is Role.VISITOR


def test_a_hash_is_not_shown() -> None:
    assert "hash" not in repr(Account("olga", "", Role.OPERATOR, "the-hash", START))
