"""API keys as rows; nothing of SQLAlchemy leaves this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from kiosk.core.accounts.credentials import ApiKey, Right
from kiosk.storage.database.tables import ApiKeyRow

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.storage.database.statements import Statements


class SqlApiKeys:
    """Implements :class:`kiosk.core.accounts.credentials.ApiKeyStore`.

    Args:
        statements: of the unit of work.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def get(self, key_id: str) -> ApiKey | None:
        """Return a key, revoked or not, or None."""
        query = select(ApiKeyRow).where(ApiKeyRow.id == key_id)
        found = self._statements.rows(query, lambda row: _key(row[0]), f"The API key {key_id}")
        return found[0] if found else None

    def add(self, key: ApiKey) -> None:
        """Add a key; see the port."""
        self._statements.run(
            insert(ApiKeyRow).values(
                id=key.key_id,
                name=key.name,
                rights=sorted(key.rights),
                hash=key.hash,
                created_at=key.created_at,
                last_used_at=key.last_used_at,
                revoked_at=key.revoked_at,
            )
        )

    def all(self) -> list[ApiKey]:
        """Return every key, revoked ones too, the oldest first."""
        query = select(ApiKeyRow).order_by(ApiKeyRow.created_at, ApiKeyRow.id)
        return self._statements.rows(query, lambda row: _key(row[0]), "The list of API keys")

    def revoke(self, key_id: str, at: datetime) -> bool:
        """Revoke a key; see the port."""
        accepted = (ApiKeyRow.id == key_id) & ApiKeyRow.revoked_at.is_(None)
        return self._statements.run(update(ApiKeyRow).where(accepted).values(revoked_at=at)) > 0

    def set_hash(self, key_id: str, hashed: str) -> None:
        """Store another hash of a key; see the port."""
        self._statements.run(update(ApiKeyRow).where(ApiKeyRow.id == key_id).values(hash=hashed))

    def used(self, key_id: str, at: datetime) -> None:
        """Remember when a key was used; see the port."""
        self._statements.run(
            update(ApiKeyRow).where(ApiKeyRow.id == key_id).values(last_used_at=at)
        )


def _key(row: ApiKeyRow) -> ApiKey:
    # A right that this program does not know opens nothing, and the row counts as damaged.
    rights = frozenset(Right(right) for right in row.rights)
    return ApiKey(
        row.id, row.name, rights, row.hash, row.created_at, row.last_used_at, row.revoked_at
    )
