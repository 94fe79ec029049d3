"""The people: list, show, rename, disable, export, remove."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kiosk.core.errors import UnknownUser
from kiosk.core.users import clean_name

if TYPE_CHECKING:
    from kiosk.core.embedding import Voiceprint
    from kiosk.core.ports import ActivityLog, UnitOfWork, UnitOfWorkFactory
    from kiosk.core.users import AttemptRecord, Person, PersonSummary, StoredTake


class Directory:
    """Everything about people but making and comparing voiceprints."""

    def __init__(self, uow: UnitOfWorkFactory, activity: ActivityLog) -> None:
        """Use these."""
        self._uow = uow
        self._activity = activity

    def everybody(self) -> list[PersonSummary]:
        """Return everybody, by ID."""
        with self._uow() as work:
            return work.people.summaries()

    def details(self, user_id: str) -> tuple[Person, dict[str, list[StoredTake]]]:
        """Return a person, and what is known of the takes of each voiceprint, by its model.

        Raises:
            UnknownUser: nobody has that ID.
        """
        with self._uow() as work:
            person = _person(work, user_id)
            takes = {
                model_id: work.people.takes(user_id, model_id)
                for model_id in work.people.model_ids(user_id)
            }
        return person, takes

    def voiceprints(self, user_id: str) -> list[Voiceprint]:
        """Return a person's voiceprints, by model: biometric data, for nobody's eyes by default.

        Raises:
            UnknownUser: nobody has that ID.
        """
        with self._uow() as work:
            _person(work, user_id)
            found = (work.people.voiceprint(user_id, m) for m in work.people.model_ids(user_id))
            return [voiceprint for voiceprint in found if voiceprint is not None]

    def attempts(self, user_id: str, limit: int = 100) -> list[AttemptRecord]:
        """Return a person's attempts, newest first.

        Raises:
            UnknownUser: nobody has that ID.
        """
        with self._uow() as work:
            _person(work, user_id)
            return work.people.attempts(user_id, limit)

    def rename(self, user_id: str, name: str) -> Person:
        """Change the display name.

        Raises:
            UnknownUser: nobody has that ID.
            InvalidInput: the name cannot be used.
        """
        return self._change(user_id, name=clean_name(name))

    def set_enabled(self, user_id: str, *, enabled: bool) -> Person:
        """Suspend a person, or let them be verified again.

        Raises:
            UnknownUser: nobody has that ID.
        """
        person = self._change(user_id, enabled=enabled)
        self._activity.write(f"{'Enabled' if enabled else 'Disabled'} {user_id}")
        return person

    def remove(self, user_id: str) -> None:
        """Erase a person, with voiceprints and attempts.

        Raises:
            UnknownUser: nobody has that ID.
        """
        with self._uow() as work:
            if not work.people.remove(user_id):
                raise UnknownUser(f"Nobody is enrolled under the ID {user_id}.")
            work.commit()
        self._activity.write(f"Removed {user_id}")

    def remove_all(self) -> int:
        """Erase everybody and return how many there were."""
        with self._uow() as work:
            count = work.people.remove_all()
            work.commit()
        self._activity.write(f"All enrollments ({count}) deleted")
        return count

    def export(self, user_id: str) -> dict[str, Any]:
        """Return what is kept about a person as JSON-ready values, without embeddings.

        Raises:
            UnknownUser: nobody has that ID.
        """
        with self._uow() as work:
            person = _person(work, user_id)
            voiceprints = [
                {
                    "model_id": model_id,
                    "takes": [
                        {"created_at": take.created_at.isoformat(), "quality": take.quality}
                        for take in work.people.takes(user_id, model_id)
                    ],
                }
                for model_id in work.people.model_ids(user_id)
            ]
            attempts = work.people.attempts(user_id, limit=1_000_000)
        consent = person.consent
        return {
            "user": person.user_id,
            "name": person.name,
            "enabled": person.enabled,
            "created_at": person.created_at.isoformat(),
            "consent": None
            if consent is None
            else {"text_version": consent.text_version, "given_at": consent.given_at.isoformat()},
            "voiceprints": voiceprints,
            "attempts": [
                {
                    "at": attempt.at.isoformat(),
                    "outcome": attempt.outcome,
                    "score": attempt.score,
                    "threshold": attempt.threshold,
                    "model_id": attempt.model_id,
                    "reasons": list(attempt.reasons),
                }
                for attempt in attempts
            ],
        }

    def _change(self, user_id: str, **changes: Any) -> Person:
        with self._uow() as work:
            person = replace(_person(work, user_id), **changes)
            work.people.update(person)
            work.commit()
        return person


def _person(work: UnitOfWork, user_id: str) -> Person:
    person = work.people.get(user_id)
    if person is None:
        raise UnknownUser(f"Nobody is enrolled under the ID {user_id}.")
    return person
