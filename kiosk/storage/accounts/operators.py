"""Accounts as rows; nothing of SQLAlchemy leaves this file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from kiosk.core.accounts.acting import Role
from kiosk.core.accounts.operators import Account
from kiosk.storage.database.trust_tables import OperatorRow

if TYPE_CHECKING:
    from kiosk.storage.database.statements import Statements


class SqlOperators:
    """Implements :class:`kiosk.core.accounts.operators.OperatorStore`.

    Args:
        statements: of the unit of work.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def get(self, login: str) -> Account | None:
        """Return an account, or None."""
        query = select(OperatorRow).where(OperatorRow.login == login)
        found = self._statements.rows(query, lambda row: _account(row[0]), f"The account {login}")
        return found[0] if found else None

    def add(self, account: Account) -> None:
        """Add an account; see the port."""
        self._statements.run(
            insert(OperatorRow).values(
                login=account.login, created_at=account.created_at, **_values(account)
            )
        )

    def update(self, account: Account) -> bool:
        """Store everything but login and creation; see the port."""
        changed = update(OperatorRow).where(OperatorRow.login == account.login)
        return self._statements.run(changed.values(**_values(account))) > 0

    def remove(self, login: str) -> bool:
        """Remove an account; see the port."""
        return self._statements.run(delete(OperatorRow).where(OperatorRow.login == login)) > 0

    def all(self) -> list[Account]:
        """Return every account, by login."""
        query = select(OperatorRow).order_by(OperatorRow.login)
        return self._statements.rows(query, lambda row: _account(row[0]), "The list of accounts")


def _values(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "role": account.role.value,
        "hash": account.hash,
        "must_change": account.must_change,
        "enabled": account.enabled,
        "signed_in_at": account.signed_in_at,
    }


def _account(row: OperatorRow) -> Account:
    # A role that this program does not know permits nothing, and the row counts as damaged.
    return Account(
        row.login,
        row.name,
        Role(row.role),
        row.hash,
        row.created_at,
        row.must_change,
        row.enabled,
        row.signed_in_at,
    )
