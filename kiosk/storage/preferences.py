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
        self._known: dict[str, str] | None = None

    def get(self, key: str) -> str | None:
        """Return the value, or None when it was never set."""
        if self._known is None:
            # All at once: a verification asks for ten of them.
            query = select(PreferenceRow.key, PreferenceRow.value)
            rows = self._statements.rows(query, lambda row: (row.key, row.value), "The preferences")
            self._known = dict(rows)
        return self._known.get(key)

    def set(self, key: str, value: str | None, at: datetime) -> None:
        """Store a value; None removes it."""
        self._known = None
        self._statements.run(delete(PreferenceRow).where(PreferenceRow.key == key))
        if value is not None:
            self._statements.run(insert(PreferenceRow).values(key=key, value=value, updated_at=at))
