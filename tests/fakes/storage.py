"""The database in memory, with the behavior of the real one (see ``tests/contract``)."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.errors import AlreadyEnrolled, KioskError, StorageError, UnknownUser
from kiosk.core.keys.ports import KeysNeeded
from kiosk.core.people.users import (
    AttemptRecord,
    ListedPerson,
    PeopleOrder,
    Person,
    PersonSummary,
    StoredTake,
    fold_id,
)
from kiosk.core.voice.embedding import Embedding, Voiceprint
from tests.fakes.adaptation import InMemoryAdaptedTakes, new_enrollment_id
from tests.fakes.api_keys import InMemoryApiKeys
from tests.fakes.attempts import InMemorySecondFactors, InMemoryThrottles
from tests.fakes.consent import InMemoryConsents, InMemoryRetention, InMemoryTraces
from tests.fakes.kept_takes import InMemoryKeptTakes
from tests.fakes.keys import KIOSK_ID, InMemorySealedRows, InMemoryTemplateKeys
from tests.fakes.listed import listed
from tests.fakes.operators import InMemoryOperators
from tests.fakes.records.audit import InMemoryAudit, chain_of_tests
from tests.fakes.records.state import InMemoryState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from kiosk.core.accounts.credentials import ApiKey
    from kiosk.core.accounts.operators import Account
    from kiosk.core.enroll.kept_takes import KeptTake
    from kiosk.core.keys.ports import TemplateKey
    from kiosk.core.limits.attempts import Tally
    from kiosk.core.limits.second_factor import FactorKind
    from kiosk.core.people.consent import ConsentReceipt, ConsentText
    from kiosk.core.ports import Database
    from kiosk.core.records.audit import AuditRecord, Head
    from tests.fakes.adaptation import Learned


@dataclass(frozen=True)
class _Stored:
    voiceprint: Voiceprint
    takes: tuple[StoredTake, ...]
    at: datetime
    number: int
    enrollment_id: str = field(default_factory=new_enrollment_id)


@dataclass
class _State:
    people: dict[str, Person] = field(default_factory=dict)
    voiceprints: dict[tuple[str, str], _Stored] = field(default_factory=dict)
    attempts: dict[str, AttemptRecord] = field(default_factory=dict)
    preferences: dict[str, str] = field(default_factory=dict)
    api_keys: dict[str, ApiKey] = field(default_factory=dict)
    throttles: dict[str, Tally] = field(default_factory=dict)
    second_factors: dict[tuple[str, FactorKind], str] = field(default_factory=dict)
    operators: dict[str, Account] = field(default_factory=dict)
    adapted: Learned = field(default_factory=dict)
    receipts: dict[str, ConsentReceipt] = field(default_factory=dict)
    consent_texts: dict[str, ConsentText] = field(default_factory=dict)
    interactions: dict[str, datetime] = field(default_factory=dict)
    template_keys: dict[str, TemplateKey] = field(default_factory=dict)
    kept_takes: dict[str, list[KeptTake]] = field(default_factory=dict)
    audit: tuple[AuditRecord, ...] = ()
    audit_head: Head | None = None
    number: int = 0
    throttled_at: dict[str, datetime] = field(default_factory=dict)
    closed: bool = False

    def copy(self) -> _State:
        return _State(
            dict(self.people),
            dict(self.voiceprints),
            dict(self.attempts),
            dict(self.preferences),
            dict(self.api_keys),
            dict(self.throttles),
            dict(self.second_factors),
            dict(self.operators),
            dict(self.adapted),
            dict(self.receipts),
            dict(self.consent_texts),
            dict(self.interactions),
            dict(self.template_keys),
            dict(self.kept_takes),
            self.audit,
            self.audit_head,
            self.number,
            dict(self.throttled_at),
        )


class InMemoryPeople:
    def __init__(self, unit: InMemoryUnitOfWork) -> None:
        self._unit = unit

    @property
    def _state(self) -> _State:
        return self._unit.state

    def get(self, user_id: str) -> Person | None:
        people = self._state.people
        same = (each for each in people if fold_id(each) == fold_id(user_id))
        return people.get(user_id) or people.get(next(same, ""))

    def add(self, person: Person) -> None:
        if self.get(person.user_id) is not None:
            raise AlreadyEnrolled(f"The ID {person.user_id} is already enrolled.")
        _require_zone(person.created_at, person.consent.given_at if person.consent else None)
        self._state.people[person.user_id] = replace(
            person, created_at=person.created_at.astimezone(UTC)
        )

    def update(self, person: Person) -> None:
        known = self._known(person.user_id)
        self._state.people[person.user_id] = replace(person, created_at=known.created_at)

    def remove(self, user_id: str) -> bool:
        state = self._state
        if state.people.pop(user_id, None) is None:
            return False
        state.voiceprints = {k: v for k, v in state.voiceprints.items() if k[0] != user_id}
        state.attempts = {k: v for k, v in state.attempts.items() if v.user_id != user_id}
        state.second_factors = {k: v for k, v in state.second_factors.items() if k[0] != user_id}
        state.adapted = {k: v for k, v in state.adapted.items() if k[0] != user_id}
        state.receipts = {k: v for k, v in state.receipts.items() if v.user_id != user_id}
        state.interactions.pop(user_id, None)
        return True

    def remove_all(self) -> int:
        state = self._state
        count = len(state.people)
        state.receipts, state.interactions = {}, {}
        state.people, state.voiceprints, state.attempts, state.adapted = {}, {}, {}, {}
        state.second_factors = {}
        return count

    def user_ids(self) -> list[str]:
        return sorted(self._state.people)

    def everybody(self) -> list[Person]:
        return [self._state.people[user_id] for user_id in self.user_ids()]

    def summaries(self, user_ids: Sequence[str] | None = None) -> list[PersonSummary]:
        wanted = [each for each in self.user_ids() if user_ids is None or each in user_ids]
        return [self._summary(self._state.people[user_id]) for user_id in wanted]

    def listed(self, order: PeopleOrder) -> list[ListedPerson]:
        return [listed(one, order) for one in self.summaries()]

    def voiceprint(self, user_id: str, model_id: str) -> Voiceprint | None:
        stored = self._state.voiceprints.get((user_id, model_id))
        return _copied(stored.voiceprint) if stored else None

    def model_ids(self, user_id: str) -> list[str]:
        return sorted(model for user, model in self._state.voiceprints if user == user_id)

    def stamps(self, model_id: str) -> dict[str, str]:
        return {
            user_id: stored.enrollment_id
            for (user_id, model), stored in self._state.voiceprints.items()
            if model == model_id
        }

    def mark(self, model_id: str) -> str:
        return repr(sorted(self.stamps(model_id).items()))

    def voiceprints(
        self, model_id: str, user_ids: Sequence[str] | None = None
    ) -> list[tuple[Person, Voiceprint]]:
        state = self._state
        return [
            (state.people[user_id], _copied(state.voiceprints[user_id, model_id].voiceprint))
            for user_id in self.user_ids()
            if (user_id, model_id) in state.voiceprints
            and (user_ids is None or user_id in user_ids)
        ]

    def enrollments(self) -> dict[str, tuple[str, ...]]:
        found = {user_id: self.enrollment_ids(user_id) for user_id in self.user_ids()}
        return {user_id: ids for user_id, ids in found.items() if ids}

    def enrollment_ids(self, user_id: str) -> tuple[str, ...]:
        stored = self._state.voiceprints
        return tuple(stored[user_id, model].enrollment_id for model in self.model_ids(user_id))

    def save_voiceprint(
        self,
        user_id: str,
        voiceprint: Voiceprint,
        quality: Sequence[dict[str, float]],
        at: datetime,
    ) -> None:
        for take in voiceprint.takes:
            if not abs(float(np.linalg.norm(take.vector)) - 1.0) <= 1e-3:
                raise ValueError("an embedding has unit norm")
        _require_zone(at)
        takes = tuple(
            StoredTake(at, dict(each)) for _, each in zip(voiceprint.takes, quality, strict=True)
        )
        self._known(user_id)
        state = self._state
        state.number += 1
        stored = _Stored(_copied(voiceprint), takes, at, state.number)
        state.adapted.pop((user_id, voiceprint.model_id), None)
        state.voiceprints[user_id, voiceprint.model_id] = stored

    def remove_voiceprint(self, user_id: str, model_id: str) -> bool:
        self._known(user_id)
        self._state.adapted.pop((user_id, model_id), None)
        return self._state.voiceprints.pop((user_id, model_id), None) is not None

    def takes(self, user_id: str, model_id: str) -> list[StoredTake]:
        stored = self._state.voiceprints.get((user_id, model_id))
        return list(stored.takes) if stored else []

    def add_attempt(self, attempt: AttemptRecord) -> None:
        _require_zone(attempt.at)
        if attempt.attempt_id in self._state.attempts:
            raise StorageError("The attempt is stored already.")
        self._state.attempts[attempt.attempt_id] = attempt

    def attempts(self, user_id: str, limit: int = 100) -> list[AttemptRecord]:
        found = [each for each in self._state.attempts.values() if each.user_id == user_id]
        return sorted(found, key=lambda each: (each.at, each.attempt_id), reverse=True)[:limit]

    def _known(self, user_id: str) -> Person:
        person = self._state.people.get(user_id)
        if person is None:
            raise UnknownUser(f"Nobody has the ID {user_id}.")
        return person

    def _summary(self, person: Person) -> PersonSummary:
        mine = [
            stored
            for (user, _), stored in self._state.voiceprints.items()
            if user == person.user_id
        ]
        newest = max(mine, key=lambda stored: (stored.at, stored.number), default=None)
        attempts = self.attempts(person.user_id, limit=len(self._state.attempts))
        verified = [each.at for each in attempts if each.outcome == "verified"]
        scores = [each.score for each in attempts if each.score is not None]
        return PersonSummary(
            person,
            len(newest.takes) if newest else 0,
            newest.voiceprint.model_id if newest else None,
            newest.at if newest else None,
            attempts[0].at if attempts else None,
            verified[0] if verified else None,
            scores[0] if scores else None,
            tuple(self.model_ids(person.user_id)),
        )


class InMemoryPreferences:
    def __init__(self, unit: InMemoryUnitOfWork) -> None:
        self._unit = unit

    def get(self, key: str) -> str | None:
        return self._unit.state.preferences.get(key)

    def set(self, key: str, value: str | None, at: datetime) -> None:
        _require_zone(at)
        if value is None:
            self._unit.state.preferences.pop(key, None)
        else:
            self._unit.state.preferences[key] = value


class InMemoryUnitOfWork:
    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database
        self._state = database.state.copy()
        self.people = InMemoryPeople(self)
        self.preferences = InMemoryPreferences(self)
        self.api_keys = InMemoryApiKeys(self)
        self.audit = InMemoryAudit(self, database.chain)
        self.template_keys = InMemoryTemplateKeys(self)
        self.kept_takes = InMemoryKeptTakes(self)
        self.sealed_rows = InMemorySealedRows(self)
        self.throttles = InMemoryThrottles(self)
        self.second_factors = InMemorySecondFactors(self)
        self.operators = InMemoryOperators(self)
        self.consents = InMemoryConsents(self)
        self.retention = InMemoryRetention(self)
        self.traces = InMemoryTraces(self)
        self.access = InMemoryState(self)
        self.adapted = InMemoryAdaptedTakes(self)

    @property
    def state(self) -> _State:
        if self._state.closed:
            raise StorageError("The unit of work is over.")
        return self._state

    def commit(self) -> None:
        state = self.state
        if self._database.commit_error is not None:
            raise self._database.commit_error
        self._database.state = state.copy()
        self._database.commits += 1

    def close(self) -> None:
        self._state.closed = True


class InMemoryDatabase:
    """Holds what was committed.

    Attributes:
        commit_error: raised by every commit while it is set; nothing is stored then.
        begin_error: raised when a unit of work begins, while it is set.
        chain: chains the audit records.
        commits: how many there were.
        being_read: another program is reading, so that nothing can be overwritten.
        scrubs: how often overwriting was asked for.
    """

    def __init__(self) -> None:
        self.state = _State()
        self.chain = chain_of_tests()
        self.commit_error: KioskError | None = None
        self.begin_error: KioskError | None = None
        self.commits = 0
        self.being_read = False
        self.scrubs = 0

    def prepare(self) -> None:
        pass

    @contextmanager
    def __call__(self) -> Iterator[InMemoryUnitOfWork]:
        if self.begin_error is not None:
            raise self.begin_error
        unit = InMemoryUnitOfWork(self)
        try:
            yield unit
        finally:
            unit.close()

    def check(self) -> dict[str, str]:
        return {
            "path": "memory",
            "schema": "0002",
            "integrity": "ok",
            "size": "0 bytes",
            "backups": "0",
        }

    def require_room(self) -> None:
        if self.commit_error is not None:
            raise self.commit_error

    def make_room(self) -> None:
        pass

    def scrub(self, patience_s: float = 0.0) -> bool | None:
        self.scrubs += 1
        return not self.being_read

    def keys_needed(self) -> KeysNeeded:
        return KeysNeeded(KIOSK_ID)

    def rewrite(self) -> None:
        pass

    def close(self) -> None:
        pass


def _copied(voiceprint: Voiceprint) -> Voiceprint:
    """Return a copy, as a database makes: whoever handed the takes over may wipe theirs."""
    return Voiceprint(
        tuple(Embedding(take.vector.copy(), take.model_id) for take in voiceprint.takes)
    )


def _require_zone(*times: datetime | None) -> None:
    if any(each is not None and each.tzinfo is None for each in times):
        raise ValueError("only times with a zone are stored")


if TYPE_CHECKING:
    _DATABASE: Database = InMemoryDatabase()
