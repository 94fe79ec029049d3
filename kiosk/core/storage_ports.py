"""What the use-cases need from a database; :mod:`kiosk.core.ports` offers all of it too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from kiosk.core.accounts.credentials import ApiKeyStore
    from kiosk.core.accounts.operators import OperatorStore
    from kiosk.core.enroll.kept_takes import KeptTakes
    from kiosk.core.keys.ports import KeysNeeded, SealedRows, TemplateKeys
    from kiosk.core.limits.attempts import Throttles
    from kiosk.core.limits.second_factor import SecondFactorStore
    from kiosk.core.people.consent import ConsentReceipts
    from kiosk.core.people.erasure import Traces
    from kiosk.core.people.retention import RetentionClock
    from kiosk.core.people.users import (
        AttemptRecord,
        ListedPerson,
        PeopleOrder,
        Person,
        PersonSummary,
        StoredTake,
    )
    from kiosk.core.records.ports import AuditTrail
    from kiosk.core.records.security_state import StateRows
    from kiosk.core.voice.adaptation import AdaptedTakes
    from kiosk.core.voice.embedding import Voiceprint


class People(Protocol):
    """Persons, their voiceprints and attempts within one unit of work."""

    def get(self, user_id: str) -> Person | None:
        """Return the person with an ID in whatever spelling, or None.

        The very spelling comes first: a database of an earlier version may hold two. Everything
        else here takes an ID as it was enrolled.
        """

    def add(self, person: Person) -> None:
        """Add a person.

        Raises:
            AlreadyEnrolled: the ID is taken.
        """

    def update(self, person: Person) -> None:
        """Store name, state and consent of a known person.

        Raises:
            UnknownUser: nobody has that ID.
        """

    def remove(self, user_id: str) -> bool:
        """Erase a person with voiceprints and attempts; False when there was none."""

    def remove_all(self) -> int:
        """Erase everybody and return how many there were."""

    def user_ids(self) -> list[str]:
        """Return all IDs in alphabetical order."""

    def everybody(self) -> list[Person]:
        """Return all people, by ID."""

    def summaries(self, user_ids: Sequence[str] | None = None) -> list[PersonSummary]:
        """Return the People table, by ID.

        Args:
            user_ids: only these people; who is not enrolled any more is left out.
        """

    def listed(self, order: PeopleOrder) -> list[ListedPerson]:
        """Return everybody, by ID, with what they shall be ordered by."""

    def voiceprint(self, user_id: str, model_id: str) -> Voiceprint | None:
        """Return the person's voiceprint of this model, or None."""

    def model_ids(self, user_id: str) -> list[str]:
        """Return the models with which the person is enrolled."""

    def voiceprints(
        self, model_id: str, user_ids: Sequence[str] | None = None
    ) -> list[tuple[Person, Voiceprint]]:
        """Return everybody enrolled with this model, by ID; disabled people too.

        Args:
            model_id: the voice model.
            user_ids: only these people; who is not enrolled with the model is left out.
        """

    def stamps(self, model_id: str) -> dict[str, str]:
        """Return a mark of everybody's voiceprint of this model, by ID; opens none of them.

        Whenever a voiceprint is stored anew, its mark is another one; that of a damaged one may be
        empty.
        """

    def mark(self, model_id: str) -> str:
        """Return a mark of all voiceprints of this model; opens none of them.

        Another one whenever somebody is enrolled, enrolled anew or removed.
        """

    def enrollments(self) -> dict[str, tuple[str, ...]]:
        """Return the IDs of everybody's voiceprints by that of the person, in order of models.

        Random, and another one whenever a voiceprint is stored, learns or forgets something: what
        the audit records say of the last change tells whether the rows are still of that state.
        Opens nothing; who has no voiceprint is left out.
        """

    def enrollment_ids(self, user_id: str) -> tuple[str, ...]:
        """Return the IDs of a person's voiceprints, see :meth:`enrollments`; none for nobody."""

    def save_voiceprint(
        self,
        user_id: str,
        voiceprint: Voiceprint,
        quality: Sequence[dict[str, float]],
        at: datetime,
    ) -> None:
        """Store a voiceprint, in the place of one of the same model.

        Raises:
            UnknownUser: nobody has that ID.
        """

    def remove_voiceprint(self, user_id: str, model_id: str) -> bool:
        """Erase the person's voiceprint of this model; return whether there was one.

        Raises:
            UnknownUser: nobody has that ID.
        """

    def takes(self, user_id: str, model_id: str) -> list[StoredTake]:
        """Return what is known of the stored takes."""

    def add_attempt(self, attempt: AttemptRecord) -> None:
        """Store a decision. For an unknown ID it is stored without a person."""

    def attempts(self, user_id: str, limit: int = 100) -> list[AttemptRecord]:
        """Return a person's attempts, newest first."""


class PreferenceStore(Protocol):
    """Named values that operators set, within one unit of work."""

    def get(self, key: str) -> str | None:
        """Return the value, or None when it was never set."""

    def set(self, key: str, value: str | None, at: datetime) -> None:
        """Store a value; None removes it."""


class UnitOfWork(Protocol):
    """One transaction: everything within it is stored by :meth:`commit`, or nothing."""

    @property
    def people(self) -> People:
        """Return the people."""

    @property
    def preferences(self) -> PreferenceStore:
        """Return the preferences."""

    @property
    def api_keys(self) -> ApiKeyStore:
        """Return the API keys."""

    @property
    def audit(self) -> AuditTrail:
        """Return the audit records, which are stored with what they record."""

    @property
    def access(self) -> StateRows:
        """Return what decides over access, to be compared with the audit records."""

    @property
    def throttles(self) -> Throttles:
        """Return how often somebody has failed."""

    @property
    def second_factors(self) -> SecondFactorStore:
        """Return what people have beside their voice."""

    @property
    def template_keys(self) -> TemplateKeys:
        """Return the records of template keys."""

    @property
    def kept_takes(self) -> KeptTakes:
        """Return the kept enrollment takes."""

    @property
    def sealed_rows(self) -> SealedRows:
        """Return everything that is sealed."""

    @property
    def operators(self) -> OperatorStore:
        """Return the accounts."""

    @property
    def adapted(self) -> AdaptedTakes:
        """Return what voiceprints have learned."""

    @property
    def consents(self) -> ConsentReceipts:
        """Return the consent receipts."""

    @property
    def retention(self) -> RetentionClock:
        """Return when people were last here."""

    @property
    def traces(self) -> Traces:
        """Return what any table holds of a person."""

    def commit(self) -> None:
        """Make everything durable.

        Raises:
            StorageError: nothing was stored.
        """


class UnitOfWorkFactory(Protocol):
    """Begins transactions; safe from any thread, each transaction stays within one."""

    def __call__(self) -> AbstractContextManager[UnitOfWork]:
        """Begin one; it is rolled back on leaving unless it was committed."""


class Database(UnitOfWorkFactory, Protocol):
    """The database as a whole."""

    def prepare(self) -> None:
        """Create it, or bring it up to the present schema after a backup.

        Raises:
            DatabaseNewer: a newer program has written it.
            DatabaseCorrupt: it is damaged.
            StorageReadOnly: it cannot be written.
        """

    def check(self) -> dict[str, str]:
        """Return facts for the health report: path, schema, integrity, size.

        Raises:
            StorageError: it cannot be read.
        """

    def keys_needed(self) -> KeysNeeded:
        """Return which keys the database cannot do without; may be asked within a transaction.

        Raises:
            StorageError: it is not prepared, or cannot be read.
        """

    def rewrite(self) -> None:
        """Write the whole database anew, so that nothing remains of what was replaced.

        Raises:
            DatabaseLocked: somebody used it all the time.
            StorageError: it was not rewritten.
        """

    def require_room(self) -> None:
        """Try whether what a verification stores would find room; cheap.

        Raises:
            DiskFull: it would not.
            StorageReadOnly: nothing can be written.
        """

    def make_room(self) -> None:
        """Make room on a full disk; see :class:`kiosk.core.people.erasure.ErasedStore`."""

    def scrub(self, patience_s: float = 0.0) -> bool | None:
        """Overwrite what was erased; see :class:`kiosk.core.people.erasure.ErasedStore`."""

    def close(self) -> None:
        """Release every connection."""
