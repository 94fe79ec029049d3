"""Records of template keys, and everything that they seal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import aliased

from kiosk.core.keys.ports import Binding, Sealed, TemplateKey
from kiosk.storage.database.tables import PersonRow, TakeRow, VoiceprintRow
from kiosk.storage.database.trust_tables import AdaptedTakeRow, RecordingRow, TemplateKeyRow
from kiosk.storage.enroll.enrollments import ADAPTED, TAKE

if TYPE_CHECKING:
    from sqlalchemy import Row, Select

    from kiosk.storage.database.statements import Statements
    from kiosk.storage.keys.sealing import UnitBox


class SqlTemplateKeys:
    """Implements :class:`kiosk.core.keys.ports.TemplateKeys`.

    Args:
        statements: of the unit of work.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def all(self) -> list[TemplateKey]:
        """Return every key that ever was, the oldest first."""
        query = select(TemplateKeyRow).order_by(TemplateKeyRow.created_at, TemplateKeyRow.id)
        return self._statements.rows(query, lambda row: _key(row[0]), "The record of keys")

    def put(self, key: TemplateKey) -> None:
        """Store a record, in the place of one of the same key."""
        values = {
            "state": key.state,
            "created_at": key.created_at,
            "destroyed_at": key.destroyed_at,
        }
        known = TemplateKeyRow.id == key.key_id
        if self._statements.run(update(TemplateKeyRow).where(known).values(**values)) == 0:
            self._statements.run(insert(TemplateKeyRow).values(id=key.key_id, **values))


class SqlSealedRows:
    """Implements :class:`kiosk.core.keys.ports.SealedRows`.

    Attributes:
        erased: whether biometric data was deleted or replaced.

    Args:
        statements: of the unit of work.
        box: of the unit of work.
    """

    def __init__(self, statements: Statements, box: UnitBox) -> None:
        self._statements = statements
        self._box = box
        self.erased = False

    def counts(self) -> dict[str | None, int]:
        """Return how many values each key seals; None stands for those in the clear."""
        found: dict[str | None, int] = {}
        for table in (TakeRow, AdaptedTakeRow, RecordingRow):
            query = select(table.key_id, func.count()).group_by(table.key_id)
            for key_id, count in self._statements.rows(query, _counted, "The sealed values"):
                found[key_id] = found.get(key_id, 0) + count
        return found

    def reseal(self, key_id: str, limit: int) -> int:
        """Seal values anew with the active key; see the port."""
        active = self._box.key_id
        done = 0
        for table, purpose in ((TakeRow, TAKE), (AdaptedTakeRow, ADAPTED)):
            if done < limit:
                query = _embeddings(table, key_id).limit(limit - done)
                for row in self._statements.rows(query, lambda row: row, "The voiceprints"):
                    self._reseal_embedding(table, purpose, active, row)
                    done += 1
        if done < limit:
            query = _recordings(key_id).limit(limit - done)
            for row in self._statements.rows(query, lambda row: row, "The recordings"):
                self._reseal_recording(key_id, active, row)
                done += 1
        self.erased = self.erased or done > 0
        return done

    def discard(self) -> int:
        """Erase all voiceprints and recordings; see the port."""
        self._statements.run(delete(RecordingRow))
        # Takes and adapted takes go with their voiceprints.
        count = self._statements.run(delete(VoiceprintRow))
        self.erased = True
        return count

    def _reseal_embedding(
        self, table: type[TakeRow | AdaptedTakeRow], purpose: str, active: str, row: Any
    ) -> None:
        row_id, position, stored, key_id, enrollment_id, takes, model_id, user_id = row
        binding = Binding(user_id, model_id, purpose, position, enrollment_id, takes)
        opened = self._box.open(Sealed(key_id, stored), binding)
        sealed = self._box.seal(opened, binding, active)
        opened.wipe()
        self._statements.run(
            update(table)
            .where(table.id == row_id)
            .values(embedding=sealed.data, key_id=sealed.key_id)
        )

    def _reseal_recording(self, key_id: str, active: str, row: Any) -> None:
        row_id, position, stored, user_id = row
        binding = Binding(user_id, "", "recording", position)
        data = self._box.open_bytes(Sealed(key_id, stored), binding)
        sealed = self._box.seal_bytes(data, binding, active)
        self._statements.run(
            update(RecordingRow)
            .where(RecordingRow.id == row_id)
            .values(sound=sealed.data, key_id=sealed.key_id)
        )


def _embeddings(table: type[TakeRow | AdaptedTakeRow], key_id: str) -> Select[*tuple[Any, ...]]:
    other = aliased(table)
    takes = (
        select(func.count(other.id))
        .where(other.voiceprint_id == table.voiceprint_id)
        .correlate(table)
        .scalar_subquery()
    )
    return (
        select(
            table.id,
            table.position,
            table.embedding,
            table.key_id,
            VoiceprintRow.enrollment_id,
            takes,
            VoiceprintRow.model_id,
            PersonRow.user_id,
        )
        .join(VoiceprintRow, VoiceprintRow.id == table.voiceprint_id)
        .join(PersonRow, PersonRow.id == VoiceprintRow.person_id)
        .where(table.key_id == key_id)
        .order_by(table.id)
    )


def _recordings(key_id: str) -> Select[*tuple[Any, ...]]:
    return (
        select(RecordingRow.id, RecordingRow.position, RecordingRow.sound, PersonRow.user_id)
        .join(PersonRow, PersonRow.id == RecordingRow.person_id)
        .where(RecordingRow.key_id == key_id)
        .order_by(RecordingRow.id)
    )


def _counted(row: Row[str | None, int]) -> tuple[str | None, int]:
    return row[0], row[1]


def _key(row: TemplateKeyRow) -> TemplateKey:
    return TemplateKey(row.id, row.state, row.created_at, row.destroyed_at)
