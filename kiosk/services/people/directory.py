"""The people: list, show, rename, disable, export, remove."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kiosk.core.accounts.roles import Action, require
from kiosk.core.people.erasure import Reason
from kiosk.core.people.users import clean_name, typed_beside
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.services.known import known
from kiosk.services.people.person_export import kept_of, wav_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.people.erasure import ErasureProof
    from kiosk.core.people.users import (
        AttemptRecord,
        ListedPerson,
        PeopleOrder,
        Person,
        PersonSummary,
        StoredTake,
    )
    from kiosk.core.ports import ActivityLog, UnitOfWorkFactory
    from kiosk.core.voice.embedding import Voiceprint
    from kiosk.services.people.erasure import Erasure


class Directory:
    """Everything about people but making and comparing voiceprints."""

    def __init__(self, uow: UnitOfWorkFactory, activity: ActivityLog, erase: Erasure) -> None:
        """Use these."""
        self._uow = uow
        self._activity = activity
        self._erase = erase

    def everybody(self) -> list[PersonSummary]:
        """Return everybody, by ID."""
        require(Action.SEE_PEOPLE)
        with self._uow() as work:
            return work.people.summaries()

    def listed(self, order: PeopleOrder) -> list[ListedPerson]:
        """Return everybody, by ID, with what they shall be ordered by; light, for finding."""
        require(Action.SEE_PEOPLE)
        with self._uow() as work:
            return work.people.listed(order)

    def some(self, user_ids: Sequence[str]) -> list[PersonSummary]:
        """Return these people in this order; who is not enrolled any more is left out."""
        require(Action.SEE_PEOPLE)
        with self._uow() as work:
            found = {each.person.user_id: each for each in work.people.summaries(user_ids)}
        return [found[user_id] for user_id in user_ids if user_id in found]

    def typed_beside(self) -> tuple[str, ...]:
        """Return the characters of IDs that a keypad with A-Z, 0-9 and "-" lacks.

        For everybody, for everybody must be able to type theirs.
        """
        with self._uow() as work:
            return typed_beside(work.people.user_ids())

    def details(self, user_id: str) -> tuple[Person, dict[str, list[StoredTake]]]:
        """Return a person, and what is known of the takes of each voiceprint, by its model.

        Raises:
            UnknownUser: nobody has that ID.
        """
        require(Action.SEE_PEOPLE)
        with self._uow() as work:
            person = known(work, user_id)
            takes = {
                model_id: work.people.takes(person.user_id, model_id)
                for model_id in work.people.model_ids(person.user_id)
            }
        return person, takes

    def voiceprints(self, user_id: str) -> list[Voiceprint]:
        """Return a person's voiceprints, by model: biometric data, for nobody's eyes by default.

        Raises:
            UnknownUser: nobody has that ID.
        """
        require(Action.VOICEPRINTS)
        with self._uow() as work:
            user_id = known(work, user_id).user_id
            found = (work.people.voiceprint(user_id, m) for m in work.people.model_ids(user_id))
            made = [voiceprint for voiceprint in found if voiceprint is not None]
            work.audit.append(AuditEvent(AuditAction.VOICEPRINT_EXPORTED, user_id))
            work.commit()
        return made

    def attempts(self, user_id: str, limit: int = 100) -> list[AttemptRecord]:
        """Return a person's attempts, newest first.

        Raises:
            UnknownUser: nobody has that ID.
        """
        require(Action.SEE_PEOPLE)
        with self._uow() as work:
            return work.people.attempts(known(work, user_id).user_id, limit)

    def rename(self, user_id: str, name: str) -> Person:
        """Change the display name.

        Raises:
            UnknownUser: nobody has that ID.
            InvalidInput: the name cannot be used.
        """
        require(Action.CHANGE_PEOPLE)
        return self._change(user_id, AuditAction.RENAMED, name=clean_name(name))

    def set_enabled(self, user_id: str, *, enabled: bool) -> Person:
        """Suspend a person, or let them be verified again.

        Raises:
            UnknownUser: nobody has that ID.
        """
        require(Action.CHANGE_PEOPLE)
        action = AuditAction.ENABLED if enabled else AuditAction.DISABLED
        person = self._change(user_id, action, enabled=enabled)
        self._activity.write(f"{'Enabled' if enabled else 'Disabled'} {person.user_id}")
        return person

    def remove(self, user_id: str, reason: Reason = Reason.REMOVED) -> ErasureProof:
        """Erase a person from every table; see :class:`kiosk.services.people.erasure.Erasure`.

        Raises:
            UnknownUser: nobody has that ID.
            StorageError: nothing was erased.
        """
        proof = self._erase(user_id, reason)
        assert proof is not None, "no condition was given"
        return proof

    def remove_all(self) -> int:
        """Erase everybody and return how many there were."""
        return self._erase.everybody().people

    def kept(self, user_id: str) -> dict[str, Any]:
        """Return everything that is kept about a person; see :func:`kept_of`.

        Raises:
            UnknownUser: nobody has that ID.
            SettingsInvalid: how long the person is kept cannot be said.
        """
        require(Action.SEE_PEOPLE)
        with self._uow() as work:
            return kept_of(work, known(work, user_id))

    def recordings(self, user_id: str) -> list[bytes]:
        """Return the takes that are kept of a person as WAV files, in the order of recording.

        Raises:
            UnknownUser: nobody has that ID.
            TemplateUnreadable: one of them was altered.
        """
        require(Action.EXPORT_PERSON)
        with self._uow() as work:
            user_id = known(work, user_id).user_id
            return [wav_of(kept) for kept in work.kept_takes.of(user_id)]

    def export(self, user_id: str) -> dict[str, Any]:
        """Return the same, to be handed out, and record that it was.

        Raises:
            UnknownUser: nobody has that ID.
            SettingsInvalid: how long the person is kept cannot be said.
        """
        require(Action.EXPORT_PERSON)
        with self._uow() as work:
            person = known(work, user_id)
            kept = kept_of(work, person)
            work.audit.append(AuditEvent(AuditAction.EXPORTED, person.user_id))
            work.commit()
        return kept

    def _change(self, user_id: str, action: AuditAction, **changes: Any) -> Person:
        with self._uow() as work:
            person = replace(known(work, user_id), **changes)
            work.people.update(person)
            work.audit.append(AuditEvent(action, person.user_id))
            work.commit()
        return person
