"""What the takes of a voiceprint are bound to: one random ID for each state that it was in.

An ID of 128 bits is drawn whenever a voiceprint is stored, learns something or forgets it, and is
part of what each of its takes is authenticated with, as is their number. So rows of two states do
not mix, none can be left out or added, and the audit records, which name the ID, tell whether a
whole earlier state was put back.
"""

from __future__ import annotations

import secrets
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from kiosk.core.errors import NotEnrolled, TemplateUnreadable
from kiosk.core.keys.ports import Binding, Sealed
from kiosk.storage.database.tables import PersonRow, TakeRow, VoiceprintRow
from kiosk.storage.database.trust_tables import AdaptedTakeRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row, Select

    from kiosk.core.keys.ports import TemplateBox
    from kiosk.storage.database.statements import Statements

TAKE, ADAPTED = "take", "adapted"
"""What takes are sealed for."""
_ID_BYTES = 16


def new_enrollment_id() -> str:
    """Return a random ID, 32 hexadecimal digits."""
    return secrets.token_hex(_ID_BYTES)


def states(user_id: str | None = None) -> Select[str, str]:
    """Return the query for the IDs of everybody's voiceprints, or of one person's.

    Columns: the person's ID and the voiceprint's, by person and model.
    """
    query = (
        select(PersonRow.user_id, VoiceprintRow.enrollment_id)
        .join(VoiceprintRow, VoiceprintRow.person_id == PersonRow.id)
        .order_by(PersonRow.user_id, VoiceprintRow.model_id)
    )
    return query if user_id is None else query.where(PersonRow.user_id == user_id)


def by_person(rows: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return the IDs of voiceprints by that of their person; the rows are in that order."""
    return {
        user_id: tuple(each for _, each in group)
        for user_id, group in groupby(rows, key=lambda row: row[0])
    }


class Binder:
    """Binds all takes of one voiceprint to another ID, in the transaction that changes it.

    Args:
        statements: of the unit of work.
        box: of the unit of work.
        user_id: whose voiceprint.
        model_id: of which model.

    Raises:
        NotEnrolled: there is no such voiceprint.
    """

    def __init__(
        self, statements: Statements, box: TemplateBox, user_id: str, model_id: str
    ) -> None:
        self._statements = statements
        self._box = box
        self._user_id = user_id
        self._model_id = model_id
        self.voiceprint_id, self._former = self._found()
        self._enrollment_id = new_enrollment_id()

    def binding(self, purpose: str, position: int, takes: int) -> Binding:
        """Return what a take of the new state is bound to."""
        return self._binding(purpose, position, takes, self._enrollment_id)

    def rebind(self, dropped: Sequence[int] = (), added: int = 0) -> None:
        """Bind all takes anew, and store the new ID.

        Args:
            dropped: positions of adapted takes that are not in the new state; whoever calls this
                deletes their rows.
            added: how many adapted takes the new state has besides.

        Raises:
            TemplateUnreadable: a take was altered; nothing of this unit may be committed.
        """
        enrolled = self._rows(TakeRow)
        self._rebind(TakeRow, TAKE, enrolled, len(enrolled), len(enrolled))
        adapted = self._rows(AdaptedTakeRow)
        kept = [row for row in adapted if row[1] not in dropped]
        self._rebind(AdaptedTakeRow, ADAPTED, kept, len(adapted), len(kept) + added)
        self._statements.run(
            update(VoiceprintRow)
            .where(VoiceprintRow.id == self.voiceprint_id)
            .values(enrollment_id=self._enrollment_id)
        )

    def _rebind(
        self,
        table: type[TakeRow | AdaptedTakeRow],
        purpose: str,
        rows: Sequence[Any],
        before: int,
        after: int,
    ) -> None:
        for row_id, position, data, key_id in rows:
            if key_id is None:
                raise not_encrypted(self._user_id)
            former = self._binding(purpose, position, before, self._former)
            sealed = self._box.rebind(
                Sealed(key_id, data), former, self.binding(purpose, position, after)
            )
            self._statements.run(
                update(table).where(table.id == row_id).values(embedding=sealed.data)
            )

    def _rows(self, table: type[TakeRow | AdaptedTakeRow]) -> list[Any]:
        query = (
            select(table.id, table.position, table.embedding, table.key_id)
            .where(table.voiceprint_id == self.voiceprint_id)
            .order_by(table.position)
        )
        return self._statements.rows(query, tuple, f"The takes of {self._user_id}")

    def _found(self) -> tuple[int, str]:
        query = (
            select(VoiceprintRow.id, VoiceprintRow.enrollment_id)
            .join(PersonRow, PersonRow.id == VoiceprintRow.person_id)
            .where(PersonRow.user_id == self._user_id, VoiceprintRow.model_id == self._model_id)
        )

        def pair(row: Row[int, str]) -> tuple[int, str]:
            return row[0], row[1]

        found = self._statements.rows(query, pair, f"The voiceprint of {self._user_id}")
        if not found:
            raise NotEnrolled(f"{self._user_id} has no voiceprint of {self._model_id}.")
        return found[0]

    def _binding(self, purpose: str, position: int, takes: int, enrollment_id: str) -> Binding:
        return Binding(self._user_id, self._model_id, purpose, position, enrollment_id, takes)


def not_encrypted(user_id: str) -> TemplateUnreadable:
    """Return the complaint about a take in the clear: the kiosk has never stored it so."""
    return TemplateUnreadable(
        f"The stored voiceprint of {user_id} is not encrypted. Somebody has put it there.",
        hint="Find out who can write the database, then enroll the person again.",
    )
