"""What operators set, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from kiosk.storage.database.tables import PreferenceRow

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.storage.database.statements import Statements


class SqlPreferences:
    """Implements :class:`kiosk.core.ports.PreferenceStore`.

    Args:
        statements: of the unit of work.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def get(self, key: str) -> str | None:
        """Return the value, or None when it was never set."""
        query = select(PreferenceRow.value).where(PreferenceRow.key == key)
        found = self._statements.rows(query, lambda row: row.value, f"The preference {key}")
        return found[0] if found else None

    def set(self, key: str, value: str | None, at: datetime) -> None:
        """Store a value; None removes it."""
        self._statements.run(delete(PreferenceRow).where(PreferenceRow.key == key))
        if value is not None:
            self._statements.run(insert(PreferenceRow).values(key=key, value=value, updated_at=at))
