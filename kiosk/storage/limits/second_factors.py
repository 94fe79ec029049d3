"""Hashes of PINs and badges as rows; nothing of SQLAlchemy leaves this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from kiosk.core.errors import UnknownUser
from kiosk.core.limits.second_factor import OWNED, FactorKind
from kiosk.storage.database.tables import PersonRow
from kiosk.storage.database.trust_tables import SecondFactorRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ScalarSelect

    from kiosk.storage.database.statements import Statements


class SqlSecondFactors:
    """Implements :class:`kiosk.core.limits.second_factor.SecondFactorStore`.

    Args:
        statements: of the unit of work.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def get(self, user_id: str, kind: FactorKind) -> str | None:
        """Return the hash of a person's PIN or badge, or None."""
        query = (
            select(SecondFactorRow.hash)
            .join(PersonRow, PersonRow.id == SecondFactorRow.person_id)
            .where(PersonRow.user_id == user_id, SecondFactorRow.kind == kind.value)
        )
        found = self._statements.rows(query, lambda row: row.hash, f"The {kind} of {user_id}")
        return found[0] if found else None

    def kinds(self, user_id: str) -> tuple[FactorKind, ...]:
        """Return what a person has, in alphabetical order."""
        query = (
            select(SecondFactorRow.kind)
            .join(PersonRow, PersonRow.id == SecondFactorRow.person_id)
            .where(PersonRow.user_id == user_id)
            .order_by(SecondFactorRow.kind)
        )
        what = f"The second factors of {user_id}"
        return tuple(self._statements.rows(query, lambda row: FactorKind(row.kind), what))

    def holders(self) -> dict[str, tuple[FactorKind, ...]]:
        """Return who has a PIN or a badge, and what."""
        query = (
            select(PersonRow.user_id, SecondFactorRow.kind)
            .join(SecondFactorRow, PersonRow.id == SecondFactorRow.person_id)
            .order_by(PersonRow.user_id, SecondFactorRow.kind)
        )
        found: dict[str, tuple[FactorKind, ...]] = {}
        for user_id, kind in self._statements.rows(
            query, lambda row: (row.user_id, FactorKind(row.kind)), "The second factors"
        ):
            found[user_id] = (*found.get(user_id, ()), kind)
        return found

    def put(self, user_id: str, kind: FactorKind, hashed: str, at: datetime) -> None:
        """Store a hash in the place of the one before; see the port."""
        query = select(PersonRow.id).where(PersonRow.user_id == user_id)
        found = self._statements.rows(query, lambda row: row.id, f"The person {user_id}")
        if not found:
            raise UnknownUser(f"Nobody has the ID {user_id}.")
        self.remove(user_id, kind)
        self._statements.run(
            insert(SecondFactorRow).values(
                person_id=found[0], kind=kind.value, hash=hashed, created_at=at
            )
        )

    def remove(self, user_id: str, kind: FactorKind) -> bool:
        """Remove a hash; False when there was none."""
        theirs = SecondFactorRow.person_id == _person(user_id)
        statement = delete(SecondFactorRow).where(theirs, SecondFactorRow.kind == kind.value)
        return self._statements.run(statement) > 0

    def owner(self, kind: FactorKind, hashed: str) -> str | None:
        """Return the ID of whoever has a hash that begins so; see the port."""
        # A range in the order of code points, in which the index is sorted.
        begins = hashed + OWNED
        beyond = hashed + chr(ord(OWNED) + 1)
        query = (
            select(PersonRow.user_id)
            .join(SecondFactorRow, PersonRow.id == SecondFactorRow.person_id)
            .where(SecondFactorRow.kind == kind.value)
            .where(SecondFactorRow.hash >= begins, SecondFactorRow.hash < beyond)
            .order_by(PersonRow.user_id)
        )
        found = self._statements.rows(query, lambda row: row.user_id, f"The owner of a {kind}")
        return found[0] if found else None


def _person(user_id: str) -> ScalarSelect[int]:
    return select(PersonRow.id).where(PersonRow.user_id == user_id).scalar_subquery()
