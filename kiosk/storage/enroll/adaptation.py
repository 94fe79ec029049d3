"""Adapted takes as rows, sealed as enrolled ones are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from kiosk.core.keys.ports import Binding, Sealed
from kiosk.core.voice.adaptation import AdaptedTake
from kiosk.storage.database.tables import PersonRow, VoiceprintRow
from kiosk.storage.database.trust_tables import AdaptedTakeRow
from kiosk.storage.enroll.enrollments import ADAPTED, Binder

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row

    from kiosk.core.keys.ports import TemplateBox
    from kiosk.core.voice.embedding import Embedding
    from kiosk.storage.database.statements import Statements


class SqlAdaptedTakes:
    """Implements :class:`kiosk.core.voice.adaptation.AdaptedTakes`.

    Attributes:
        erased: whether biometric data was deleted.

    Args:
        statements: of the unit of work.
        box: seals and opens.
    """

    def __init__(self, statements: Statements, box: TemplateBox) -> None:
        self._statements = statements
        self._box = box
        self.erased = False

    def of(self, user_id: str, model_id: str) -> list[AdaptedTake]:
        """Return what a voiceprint has learned, the oldest first."""
        query = (
            select(AdaptedTakeRow, VoiceprintRow.enrollment_id)
            .join(VoiceprintRow, VoiceprintRow.id == AdaptedTakeRow.voiceprint_id)
            .join(PersonRow, PersonRow.id == VoiceprintRow.person_id)
            .where(PersonRow.user_id == user_id, VoiceprintRow.model_id == model_id)
            .order_by(AdaptedTakeRow.position)
        )

        def stored(row: Row[AdaptedTakeRow, str]) -> tuple[Sealed, int, str, datetime]:
            take, enrollment_id = row
            sealed = Sealed(take.key_id, take.embedding)
            return sealed, take.position, enrollment_id, take.created_at

        rows = self._statements.rows(query, stored, f"The adapted takes of {user_id}")
        embeddings = self._box.open_all(
            [
                (sealed, Binding(user_id, model_id, ADAPTED, position, enrollment_id, len(rows)))
                for sealed, position, enrollment_id, _ in rows
            ]
        )
        return [
            AdaptedTake(embedding, position, at)
            for embedding, (_, position, _, at) in zip(embeddings, rows, strict=True)
        ]

    def add(self, user_id: str, embedding: Embedding, at: datetime, keep: int) -> None:
        """Store a take, and erase the oldest ones beyond ``keep``; see the port."""
        binder = Binder(self._statements, self._box, user_id, embedding.model_id)
        mine = AdaptedTakeRow.voiceprint_id == binder.voiceprint_id
        present = self._statements.rows(
            select(AdaptedTakeRow.position).where(mine).order_by(AdaptedTakeRow.position),
            lambda row: int(row[0]),
            f"The adapted takes of {user_id}",
        )
        # One more than the last, so that none of them can be put in the place of another.
        position = present[-1] + 1 if present else 0
        dropped = [each for each in present if each <= position - keep]
        binder.rebind(dropped, added=1)
        self._erase(mine & AdaptedTakeRow.position.in_(dropped))
        count = len(present) - len(dropped) + 1
        sealed = self._box.seal(embedding, binder.binding(ADAPTED, position, count))
        self._statements.insert(
            insert(AdaptedTakeRow).values(
                voiceprint_id=binder.voiceprint_id,
                position=position,
                embedding=sealed.data,
                key_id=sealed.key_id,
                dim=embedding.dim,
                created_at=at,
            )
        )

    def clear(self, user_id: str) -> int:
        """Erase everything that the voiceprints of a person have learned; see the port."""
        query = (
            select(VoiceprintRow.model_id)
            .join(PersonRow, PersonRow.id == VoiceprintRow.person_id)
            .join(AdaptedTakeRow, AdaptedTakeRow.voiceprint_id == VoiceprintRow.id)
            .where(PersonRow.user_id == user_id)
            .distinct()
        )
        what = f"The adapted takes of {user_id}"
        count = 0
        for model_id in self._statements.rows(query, lambda row: row[0], what):
            binder = Binder(self._statements, self._box, user_id, model_id)
            mine = AdaptedTakeRow.voiceprint_id == binder.voiceprint_id
            count += self._erase(mine)
            binder.rebind()
        return count

    def counts(self) -> dict[str, int]:
        """Return how many adapted takes people have; see the port."""
        query = (
            select(PersonRow.user_id, func.count(AdaptedTakeRow.id))
            .join(VoiceprintRow, VoiceprintRow.person_id == PersonRow.id)
            .join(AdaptedTakeRow, AdaptedTakeRow.voiceprint_id == VoiceprintRow.id)
            .group_by(PersonRow.user_id)
        )
        what = "The list of adapted takes"
        return dict(self._statements.rows(query, lambda row: (row[0], int(row[1])), what))

    def _erase(self, which: ColumnElement[bool]) -> int:
        count = self._statements.run(delete(AdaptedTakeRow).where(which))
        self.erased = self.erased or count > 0
        return count
