"""Kept enrollment takes as sealed rows; nothing of SQLAlchemy leaves this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from kiosk.core.enroll.kept_takes import KeptPerson, KeptTake
from kiosk.core.errors import UnknownUser
from kiosk.core.keys.ports import Binding, Sealed
from kiosk.storage.database.tables import PersonRow
from kiosk.storage.database.trust_tables import RecordingRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from kiosk.core.keys.ports import TemplateBox
    from kiosk.storage.database.statements import Statements


class SqlKeptTakes:
    """Implements :class:`kiosk.core.enroll.kept_takes.KeptTakes`.

    Attributes:
        erased: whether biometric data was deleted.

    Args:
        statements: of the unit of work.
        box: seals and opens them.
    """

    def __init__(self, statements: Statements, box: TemplateBox) -> None:
        self._statements = statements
        self._box = box
        self.erased = False

    def replace(
        self, user_id: str, sounds: Sequence[bytes], at: datetime, expires_at: datetime
    ) -> None:
        """Keep these takes of a person in the place of former ones; see the port."""
        query = select(PersonRow.id).where(PersonRow.user_id == user_id)
        found = self._statements.rows(query, lambda row: row[0], f"The person {user_id}")
        if not found:
            raise UnknownUser(f"Nobody has the ID {user_id}.")
        self.remove(user_id)
        for position, sound in enumerate(sounds):
            sealed = self._box.seal_bytes(sound, _binding(user_id, position))
            self._statements.insert(
                insert(RecordingRow).values(
                    person_id=found[0],
                    position=position,
                    sound=sealed.data,
                    key_id=sealed.key_id,
                    created_at=at,
                    expires_at=expires_at,
                )
            )

    def of(self, user_id: str) -> list[KeptTake]:
        """Return a person's kept takes; see the port."""
        query = (
            select(RecordingRow)
            .join(PersonRow, PersonRow.id == RecordingRow.person_id)
            .where(PersonRow.user_id == user_id)
            .order_by(RecordingRow.position)
        )

        def opened(row: Row[RecordingRow]) -> KeptTake:
            kept = row[0]
            sealed = Sealed(kept.key_id, kept.sound)
            sound = self._box.open_bytes(sealed, _binding(user_id, kept.position))
            return KeptTake(kept.position, sound, kept.created_at, kept.expires_at)

        return self._statements.rows(query, opened, f"The kept takes of {user_id}")

    def people(self) -> list[KeptPerson]:
        """Return whose takes are kept, by ID."""
        query = (
            select(PersonRow.user_id, func.count(), func.min(RecordingRow.expires_at))
            .join(RecordingRow, RecordingRow.person_id == PersonRow.id)
            .group_by(PersonRow.user_id)
            .order_by(PersonRow.user_id)
        )
        return self._statements.rows(query, lambda row: KeptPerson(*row), "The kept takes")

    def remove(self, user_id: str) -> int:
        """Erase a person's kept takes; see the port."""
        whose = select(PersonRow.id).where(PersonRow.user_id == user_id).scalar_subquery()
        count = self._statements.run(delete(RecordingRow).where(RecordingRow.person_id == whose))
        self.erased = self.erased or count > 0
        return count

    def bound(self, latest: datetime) -> None:
        """Count the days anew where a clock was ahead; see the port."""
        ahead = RecordingRow.created_at > latest
        query = select(RecordingRow.created_at, RecordingRow.expires_at).where(ahead).distinct()
        for created, expires in self._statements.rows(query, tuple, "The kept takes"):
            self._statements.run(
                update(RecordingRow)
                .where(RecordingRow.created_at == created, RecordingRow.expires_at == expires)
                .values(created_at=latest, expires_at=latest + (expires - created))
            )

    def remove_expired(self, now: datetime) -> list[str]:
        """Erase what has expired; see the port."""
        query = (
            select(PersonRow.user_id)
            .join(RecordingRow, RecordingRow.person_id == PersonRow.id)
            .where(RecordingRow.expires_at <= now)
            .distinct()
            .order_by(PersonRow.user_id)
        )
        whose = self._statements.rows(query, lambda row: row.user_id, "The kept takes")
        if whose:
            self._statements.run(delete(RecordingRow).where(RecordingRow.expires_at <= now))
            self.erased = True
        return whose


def _binding(user_id: str, position: int) -> Binding:
    return Binding(user_id, "", "recording", position)
