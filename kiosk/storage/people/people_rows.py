"""Rows of people to and from the values of the domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kiosk.core.people.users import (
    AttemptRecord,
    Consent,
    ListedPerson,
    PeopleOrder,
    Person,
    PersonSummary,
)
from kiosk.storage.people import queries

if TYPE_CHECKING:
    from sqlalchemy import Row

    from kiosk.storage.database.tables import AttemptRow, PersonRow


def editable(person: Person) -> dict[str, object]:
    """Return the columns of what can change of a person."""
    consent = person.consent
    return {
        "name": person.name,
        "enabled": person.enabled,
        "consent_version": consent.text_version if consent else None,
        "consent_at": consent.given_at if consent else None,
    }


def person_of(row: PersonRow) -> Person:
    """Return the person of a row."""
    consent = None
    if row.consent_version is not None and row.consent_at is not None:
        consent = Consent(row.consent_version, row.consent_at)
    return Person(row.user_id, row.name, row.created_at, row.enabled, consent)


def summary_of(row: Row[*queries.SummaryColumns]) -> PersonSummary:
    """Return a row of the People table."""
    person, takes, model_id, enrolled_at, attempted_at, verified_at, score, models = row
    return PersonSummary(
        person_of(person),
        takes or 0,
        model_id,
        enrolled_at,
        attempted_at,
        verified_at,
        score,
        _models(models),
    )


def listed_of(row: Row[*queries.ListedColumns], order: PeopleOrder) -> ListedPerson:
    """Return a person with what they are ordered by."""
    user_id, name, enabled, value = row
    if order in (PeopleOrder.MODEL, PeopleOrder.STATE):
        value = _models(value)
    return ListedPerson(user_id, name, enabled, value)


def _models(joined: Any) -> tuple[str, ...]:
    return tuple(sorted(joined.split(queries.SEPARATOR))) if joined else ()


def attempt_of(row: AttemptRow) -> AttemptRecord:
    """Return the decision of a row."""
    return AttemptRecord(
        row.id,
        row.user_id,
        row.outcome,
        None if row.score is None else float(row.score),
        float(row.threshold),
        row.model_id,
        tuple(str(reason) for reason in row.reasons),
        row.at,
    )
