"""Rows to and from the values of the domain; nothing of SQLAlchemy leaves this file."""

from __future__ import annotations

import hashlib
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, insert, or_, select, update

from kiosk.core.errors import AlreadyEnrolled, UnknownUser
from kiosk.core.keys.ports import Binding, Sealed
from kiosk.core.people.users import (
    AttemptRecord,
    ListedPerson,
    PeopleOrder,
    Person,
    PersonSummary,
    StoredTake,
    fold_id,
)
from kiosk.core.voice.embedding import Voiceprint
from kiosk.storage.database.statements import Statements, intact
from kiosk.storage.database.tables import AttemptRow, PersonRow, TakeRow, VoiceprintRow
from kiosk.storage.enroll import enrollments
from kiosk.storage.people import queries
from kiosk.storage.people.people_rows import attempt_of, editable, listed_of, person_of, summary_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from kiosk.core.keys.ports import TemplateBox


class _SealedTake(NamedTuple):
    """A take as it is stored."""

    enrollment_id: str
    position: int
    sealed: Sealed
    dim: int


class SqlPeople:
    """Implements :class:`kiosk.core.ports.People`.

    Attributes:
        erased: whether biometric data was deleted or replaced.

    Args:
        statements: of the unit of work.
        box: seals and opens the embeddings.
    """

    def __init__(self, statements: Statements, box: TemplateBox) -> None:
        self._statements = statements
        self._box = box
        self.erased = False

    def get(self, user_id: str) -> Person | None:
        """Return a person, or None; see the port."""
        folded = fold_id(user_id)
        query = select(PersonRow).where(
            or_(PersonRow.user_id == user_id, PersonRow.folded == folded)
        )
        found = self._statements.rows(query, lambda row: person_of(row[0]), f"The person {user_id}")
        found.sort(key=lambda person: person.user_id != user_id)
        # Computed again: whoever can write that column must not make one ID mean another.
        return found[0] if found and fold_id(found[0].user_id) == folded else None

    def add(self, person: Person) -> None:
        """Add a person; see the port."""
        try:
            self._statements.run(
                insert(PersonRow).values(
                    user_id=person.user_id,
                    folded=fold_id(person.user_id),
                    created_at=person.created_at,
                    **editable(person),
                )
            )
        except AlreadyEnrolled as exc:
            raise AlreadyEnrolled(f"The ID {person.user_id} is already enrolled.") from exc

    def update(self, person: Person) -> None:
        """Store name, state and consent of a known person; see the port."""
        statement = (
            update(PersonRow).where(PersonRow.user_id == person.user_id).values(**editable(person))
        )
        if self._statements.run(statement) == 0:
            raise _unknown(person.user_id)

    def remove(self, user_id: str) -> bool:
        """Erase a person with voiceprints and every attempt under the ID; see the port."""
        if self._statements.run(delete(PersonRow).where(PersonRow.user_id == user_id)) == 0:
            return False
        # Attempts from before the person was known belong to nobody, but name the ID.
        self._statements.run(delete(AttemptRow).where(AttemptRow.user_id == user_id))
        self._inherit(user_id)
        self.erased = True
        return True

    def remove_all(self) -> int:
        """Erase everybody and every attempt; see the port."""
        count = self._statements.run(delete(PersonRow))
        self._statements.run(delete(AttemptRow))
        self.erased = True
        return count

    def user_ids(self) -> list[str]:
        """Return all IDs in alphabetical order."""
        query = select(PersonRow.user_id).order_by(PersonRow.user_id)
        return self._statements.rows(query, lambda row: row.user_id, "The list of people")

    def everybody(self) -> list[Person]:
        """Return all people, by ID."""
        query = select(PersonRow).order_by(PersonRow.user_id)
        return self._statements.rows(query, lambda row: person_of(row[0]), "The list of people")

    def summaries(self, user_ids: Sequence[str] | None = None) -> list[PersonSummary]:
        """Return the People table, by ID, in one query; see the port."""
        query = queries.summaries(user_ids)
        return self._statements.rows(query, summary_of, "The list of people")

    def listed(self, order: PeopleOrder) -> list[ListedPerson]:
        """Return everybody with what they shall be ordered by; see the port."""
        query = queries.listed(order)
        return self._statements.rows(query, lambda row: listed_of(row, order), "The list of people")

    def voiceprint(self, user_id: str, model_id: str) -> Voiceprint | None:
        """Return the person's voiceprint of this model, or None."""
        rows = self._statements.rows(
            queries.embeddings(model_id, user_id),
            lambda row: _stored_take(row)[1],
            f"The voiceprint of {user_id}",
        )
        return self._opened([(user_id, rows)], model_id)[0] if rows else None

    def model_ids(self, user_id: str) -> list[str]:
        """Return the models with which the person is enrolled, in alphabetical order."""
        query = (
            select(VoiceprintRow.model_id)
            .join(PersonRow, PersonRow.id == VoiceprintRow.person_id)
            .where(PersonRow.user_id == user_id)
            .order_by(VoiceprintRow.model_id)
        )
        return self._statements.rows(
            query, lambda row: row.model_id, f"The voiceprints of {user_id}"
        )

    def stamps(self, model_id: str) -> dict[str, str]:
        """Return a mark of everybody's voiceprint of this model; see the port."""
        marks = self._statements.rows(
            queries.stamps(model_id),
            lambda row: (row.user_id, row.enrollment_id or ""),
            "The list of voiceprints",
        )
        return dict(marks)

    def mark(self, model_id: str) -> str:
        """Return a mark of all voiceprints of this model; see the port."""
        found = self._statements.rows(
            queries.all_voiceprints(model_id), lambda row: row[0] or "", "The voiceprints"
        )
        return hashlib.sha256(found[0].encode()).hexdigest()

    def voiceprints(
        self, model_id: str, user_ids: Sequence[str] | None = None
    ) -> list[tuple[Person, Voiceprint]]:
        """Return everybody enrolled with this model, by ID; see the port."""
        query = queries.embeddings(model_id)
        rows = self._statements.rows(
            query if user_ids is None else query.where(PersonRow.user_id.in_(user_ids)),
            _stored_take,
            "The list of voiceprints",
        )
        people: list[Person] = []
        stored: list[tuple[str, list[_SealedTake]]] = []
        for person, group in groupby(rows, key=lambda row: row[0]):
            people.append(person)
            stored.append((person.user_id, [take for _, take in group]))
        return list(zip(people, self._opened(stored, model_id), strict=True))

    def enrollments(self) -> dict[str, tuple[str, ...]]:
        """Return the IDs of everybody's voiceprints; see the port."""
        query = enrollments.states()
        pairs = self._statements.rows(query, lambda row: (row[0], row[1]), "The voiceprints")
        return enrollments.by_person(pairs)

    def enrollment_ids(self, user_id: str) -> tuple[str, ...]:
        """Return the IDs of a person's voiceprints; see the port."""
        what = f"The voiceprints of {user_id}"
        return tuple(self._statements.rows(enrollments.states(user_id), lambda row: row[1], what))

    def save_voiceprint(
        self,
        user_id: str,
        voiceprint: Voiceprint,
        quality: Sequence[dict[str, float]],
        at: datetime,
    ) -> None:
        """Store a voiceprint, in the place of one of the same model; see the port.

        Raises:
            ValueError: there is not one quality for each take.
        """
        model_id, count = voiceprint.model_id, len(voiceprint.takes)
        made = enrollments.new_enrollment_id()
        rows: list[dict[str, object]] = []
        for position, (take, q) in enumerate(zip(voiceprint.takes, quality, strict=True)):
            binding = Binding(user_id, model_id, enrollments.TAKE, position, made, count)
            sealed = self._box.seal(take, binding)
            rows.append(
                {
                    "position": position,
                    "embedding": sealed.data,
                    "key_id": sealed.key_id,
                    "dim": take.dim,
                    "quality": dict(q),
                }
            )
        self.remove_voiceprint(user_id, model_id)
        voiceprint_id = self._statements.insert(
            insert(VoiceprintRow).values(
                person_id=self._person_id(user_id),
                model_id=model_id,
                enrollment_id=made,
                created_at=at,
            )
        )
        for row in rows:
            self._statements.insert(
                insert(TakeRow).values(voiceprint_id=voiceprint_id, created_at=at, **row)
            )

    def remove_voiceprint(self, user_id: str, model_id: str) -> bool:
        """Erase the person's voiceprint of this model; return whether there was one.

        Raises:
            UnknownUser: nobody has that ID.
        """
        removed = self._statements.run(
            delete(VoiceprintRow).where(
                VoiceprintRow.person_id == self._person_id(user_id),
                VoiceprintRow.model_id == model_id,
            )
        )
        self.erased = self.erased or removed > 0
        return removed > 0

    def takes(self, user_id: str, model_id: str) -> list[StoredTake]:
        """Return what is known of the stored takes, in the order of recording."""
        return self._statements.rows(
            queries.takes(user_id, model_id),
            lambda row: StoredTake(row.created_at, {k: float(v) for k, v in row.quality.items()}),
            f"The takes of {user_id}",
        )

    def add_attempt(self, attempt: AttemptRecord) -> None:
        """Store a decision; see the port."""
        person_id = select(PersonRow.id).where(PersonRow.user_id == attempt.user_id)
        self._statements.run(
            insert(AttemptRow).values(
                id=attempt.attempt_id,
                person_id=person_id.scalar_subquery(),
                user_id=attempt.user_id,
                outcome=attempt.outcome,
                score=attempt.score,
                threshold=attempt.threshold,
                model_id=attempt.model_id,
                reasons=list(attempt.reasons),
                at=attempt.at,
            )
        )

    def attempts(self, user_id: str, limit: int = 100) -> list[AttemptRecord]:
        """Return the attempts under an ID, newest first, whether or not it was known then."""
        query = (
            select(AttemptRow)
            .where(AttemptRow.user_id == user_id)
            .order_by(AttemptRow.at.desc(), AttemptRow.id.desc())
            .limit(limit)
        )
        return self._statements.rows(
            query, lambda row: attempt_of(row[0]), f"The attempts of {user_id}"
        )

    def _opened(
        self, stored: Sequence[tuple[str, list[_SealedTake]]], model_id: str
    ) -> list[Voiceprint]:
        """Return one voiceprint for each person and list of takes, all of them opened together."""
        items = [
            (
                take.sealed,
                Binding(
                    user_id,
                    model_id,
                    enrollments.TAKE,
                    take.position,
                    take.enrollment_id,
                    # One more or fewer than were enrolled, and none of them opens.
                    len(takes),
                ),
            )
            for user_id, takes in stored
            for take in takes
        ]
        found = iter(self._box.open_all(items))
        voiceprints = []
        for user_id, takes in stored:
            with intact(f"The voiceprint of {user_id}"):
                opened = tuple(next(found) for _ in takes)
                if {take.dim for take in opened} != {takes[0].dim}:
                    raise ValueError("the takes differ in size")
                voiceprints.append(Voiceprint(opened))
        return voiceprints

    def _inherit(self, user_id: str) -> None:
        """Let another spelling of an ID that is free by now be found however it is typed."""
        folded = fold_id(user_id)
        query = select(PersonRow.user_id).where(PersonRow.folded.is_(None)).order_by(PersonRow.id)
        waiting = self._statements.rows(query, lambda row: row.user_id, "The list of people")
        same = [each for each in waiting if fold_id(each) == folded]
        if same and self.get(folded) is None:
            heir = update(PersonRow).where(PersonRow.user_id == same[0]).values(folded=folded)
            self._statements.run(heir)

    def _person_id(self, user_id: str) -> int:
        query = select(PersonRow.id).where(PersonRow.user_id == user_id)
        found = self._statements.rows(query, lambda row: row[0], f"The person {user_id}")
        if not found:
            raise _unknown(user_id)
        return found[0]


def _unknown(user_id: str) -> UnknownUser:
    return UnknownUser(f"Nobody has the ID {user_id}.")


def _stored_take(row: Row[*queries.EmbeddingColumns]) -> tuple[Person, _SealedTake]:
    person, enrollment_id, position, data, key_id, dim = row
    with intact(f"The voiceprint of {person.user_id}"):
        if position is None or dim is None or not isinstance(data, bytes):
            raise ValueError("a voiceprint without takes")
    if key_id is None:
        raise enrollments.not_encrypted(person.user_id)
    return person_of(person), _SealedTake(enrollment_id, position, Sealed(key_id, data), dim)
