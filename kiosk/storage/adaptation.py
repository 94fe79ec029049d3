"""Adapted takes as rows, sealed as enrolled ones are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from kiosk.core.adaptation import AdaptedTake
from kiosk.core.errors import NotEnrolled
from kiosk.core.vault_ports import Binding, Sealed
from kiosk.storage.tables import PersonRow, VoiceprintRow
from kiosk.storage.trust_tables import AdaptedTakeRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, Select

    from kiosk.core.embedding import Embedding
    from kiosk.core.vault_ports import TemplateBox
    from kiosk.storage.statements import Statements

PURPOSE = "adapted"
"""What adapted takes are sealed for."""


class SqlAdaptedTakes:
    """Implements :class:`kiosk.core.adaptation.AdaptedTakes`.

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
            select(AdaptedTakeRow)
            .join(VoiceprintRow, VoiceprintRow.id == AdaptedTakeRow.voiceprint_id)
            .join(PersonRow, PersonRow.id == VoiceprintRow.person_id)
            .where(PersonRow.user_id == user_id, VoiceprintRow.model_id == model_id)
            .order_by(AdaptedTakeRow.position)
        )
        what = f"The adapted takes of {user_id}"

        def sealed(row: Row[AdaptedTakeRow]) -> tuple[Sealed, Binding, datetime]:
            stored = row[0]
            binding = Binding(user_id, model_id, PURPOSE, stored.position)
            return Sealed(stored.key_id, stored.embedding), binding, stored.created_at

        rows = self._statements.rows(query, sealed, what)
        embeddings = self._box.open_all([(each, binding) for each, binding, _ in rows])
        return [
            AdaptedTake(embedding, binding.position, at)
            for embedding, (_, binding, at) in zip(embeddings, rows, strict=True)
        ]

    def add(self, user_id: str, embedding: Embedding, at: datetime, keep: int) -> None:
        """Store a take, and erase the oldest ones beyond ``keep``; see the port."""
        voiceprint_id = self._voiceprint_id(user_id, embedding.model_id)
        mine = AdaptedTakeRow.voiceprint_id == voiceprint_id
        last = self._statements.rows(
            select(func.coalesce(func.max(AdaptedTakeRow.position), -1)).where(mine),
            lambda row: int(row[0]),
            f"The adapted takes of {user_id}",
        )[0]
        # One more than the last, so that none of them can be put in the place of another.
        position = last + 1
        sealed = self._box.seal(embedding, Binding(user_id, embedding.model_id, PURPOSE, position))
        self._statements.insert(
            insert(AdaptedTakeRow).values(
                voiceprint_id=voiceprint_id,
                position=position,
                embedding=sealed.data,
                key_id=sealed.key_id,
                dim=embedding.dim,
                created_at=at,
            )
        )
        self._erase(mine & (AdaptedTakeRow.position <= position - keep))

    def clear(self, user_id: str) -> int:
        """Erase everything that the voiceprints of a person have learned; see the port."""
        return self._erase(AdaptedTakeRow.voiceprint_id.in_(_voiceprints_of(user_id)))

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

    def _voiceprint_id(self, user_id: str, model_id: str) -> int:
        query = _voiceprints_of(user_id).where(VoiceprintRow.model_id == model_id)
        found = self._statements.rows(query, lambda row: row[0], f"The voiceprint of {user_id}")
        if not found:
            raise NotEnrolled(f"{user_id} has no voiceprint of {model_id}.")
        return found[0]


def _voiceprints_of(user_id: str) -> Select[int]:
    return (
        select(VoiceprintRow.id)
        .join(PersonRow, PersonRow.id == VoiceprintRow.person_id)
        .where(PersonRow.user_id == user_id)
    )
