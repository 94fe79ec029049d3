"""Accounts, whatever the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.acting import Role
from kiosk.core.accounts.operators import Account
from kiosk.core.errors import StorageError
from tests.fakes.clock import START

if TYPE_CHECKING:
    from kiosk.core.ports import Database

HOUR = timedelta(hours=1)


def account(login: str = "olga") -> Account:
    return Account(login, login.title(), Role.OPERATOR, f"hash of {login}", START)


def stored(database: Database, *accounts: Account) -> None:
    with database() as unit:
        for each in accounts:
            unit.operators.add(each)
        unit.commit()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMINISTRATOR])
def test_an_account_comes_back_as_it_was(database: Database, role: Role) -> None:
    made = replace(account(), role=role, must_change=True, enabled=False, signed_in_at=START + HOUR)
    stored(database, made)
    with database() as unit:
        assert unit.operators.get("olga") == made
        assert unit.operators.get("nobody") is None


def test_accounts_come_by_login(database: Database) -> None:
    stored(database, account("c"), account("a"), account("b-1"), account("b.2"))
    with database() as unit:
        assert [each.login for each in unit.operators.all()] == ["a", "b-1", "b.2", "c"]


def test_a_login_is_given_once(database: Database) -> None:
    stored(database, account())
    with database() as unit, pytest.raises(StorageError):
        unit.operators.add(account())
    with database() as unit:
        assert unit.operators.all() == [account()]


def test_everything_but_login_and_creation_can_change(database: Database) -> None:
    stored(database, account(), account("bruno"))
    changed = Account(
        "olga",
        "O.",
        Role.ADMINISTRATOR,
        "another",
        START + HOUR,
        must_change=True,
        enabled=False,
        signed_in_at=START + HOUR,
    )
    with database() as unit:
        assert unit.operators.update(changed)
        assert not unit.operators.update(account("nobody"))
        unit.commit()
    with database() as unit:
        expected = [account("bruno"), replace(changed, created_at=START)]
        assert unit.operators.all() == expected


def test_an_account_is_removed(database: Database) -> None:
    stored(database, account(), account("bruno"))
    with database() as unit:
        assert unit.operators.remove("olga")
        assert not unit.operators.remove("olga")
        unit.commit()
    with database() as unit:
        assert unit.operators.all() == [account("bruno")]


def test_without_a_commit_nothing_is_kept(database: Database) -> None:
    stored(database, account())
    with database() as unit:
        unit.operators.add(account("bruno"))
        unit.operators.remove("olga")
    with database() as unit:
        assert unit.operators.all() == [account()]


def test_removing_everybody_leaves_the_accounts(database: Database) -> None:
    stored(database, account())
    with database() as unit:
        unit.people.remove_all()
        unit.commit()
    with database() as unit:
        assert unit.operators.all() == [account()]


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    naive = START.replace(tzinfo=None)
    with database() as unit:
        with pytest.raises(ValueError):
            unit.operators.add(replace(account(), created_at=naive))
        with pytest.raises(ValueError):
            unit.operators.update(replace(account(), signed_in_at=naive))
