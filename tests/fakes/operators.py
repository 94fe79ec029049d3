"""Accounts in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk.core.errors import StorageError

if TYPE_CHECKING:
    from kiosk.core.accounts.operators import Account
    from tests.fakes.storage import InMemoryUnitOfWork


class InMemoryOperators:
    """Implements :class:`kiosk.core.accounts.operators.OperatorStore`."""

    def __init__(self, unit: InMemoryUnitOfWork) -> None:
        self._unit = unit

    def get(self, login: str) -> Account | None:
        return self._unit.state.operators.get(login)

    def add(self, account: Account) -> None:
        _require_zone(account)
        if account.login in self._unit.state.operators:
            raise StorageError("The login is taken.")
        self._unit.state.operators[account.login] = account

    def update(self, account: Account) -> bool:
        _require_zone(account)
        known = self.get(account.login)
        if known is None:
            return False
        self._unit.state.operators[account.login] = replace(account, created_at=known.created_at)
        return True

    def remove(self, login: str) -> bool:
        return self._unit.state.operators.pop(login, None) is not None

    def all(self) -> list[Account]:
        return sorted(self._unit.state.operators.values(), key=lambda account: account.login)


def _require_zone(account: Account) -> None:
    times = (account.created_at, account.signed_in_at)
    if any(each is not None and each.tzinfo is None for each in times):
        raise ValueError("only times with a zone are stored")
