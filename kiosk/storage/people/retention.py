"""When people, and who is nobody, were last here, as rows; SQLAlchemy does not leave this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from kiosk.core.people.retention import LastInteraction
from kiosk.storage.database.tables import AttemptRow, PersonRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select

    from kiosk.storage.database.statements import Statements

# Without an interaction of its own: stored by an earlier version, and not verified since.
_AT = func.coalesce(PersonRow.interacted_at, PersonRow.consent_at, PersonRow.created_at)


class SqlRetention:
    """Implements :class:`kiosk.core.people.retention.RetentionClock`.

    Args:
        statements: of the unit of work.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def touch(self, user_id: str, at: datetime) -> None:
        """Remember that a person was here; see the port."""
        self._statements.run(
            update(PersonRow).where(PersonRow.user_id == user_id).values(interacted_at=at)
        )

    def last_interaction(self, user_id: str) -> LastInteraction | None:
        """Return when a person was last here, or None for an unknown ID."""
        found = self._found(_last().where(PersonRow.user_id == user_id))
        return found[0] if found else None

    def last_interactions(self) -> list[LastInteraction]:
        """Return when everybody was last here, by ID."""
        return self._found(_last().order_by(PersonRow.user_id))

    def bound(self, latest: datetime) -> int:
        """Put back what a clock that was ahead has left; see the port."""
        self._statements.run(
            update(AttemptRow)
            .where(AttemptRow.person_id.is_(None), AttemptRow.at > latest)
            .values(at=latest)
        )
        return self._statements.run(
            update(PersonRow).where(latest < _AT).values(interacted_at=latest)
        )

    def remove_nobodys(self, before: datetime) -> int:
        """Remove old attempts of nobody; see the port."""
        old = (AttemptRow.person_id.is_(None), AttemptRow.at < before)
        return self._statements.run(delete(AttemptRow).where(*old))

    def _found(self, query: Select[str, str, datetime]) -> list[LastInteraction]:
        return self._statements.rows(
            query, lambda row: LastInteraction(row[0], row[1], row[2]), "The last interactions"
        )


def _last() -> Select[str, str, datetime]:
    return select(PersonRow.user_id, PersonRow.name, _AT)
