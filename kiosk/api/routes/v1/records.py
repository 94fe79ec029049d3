"""What is stored about people, in the shapes of the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kiosk.api.answers import people, schemas

if TYPE_CHECKING:
    from kiosk.core.people import users
    from kiosk.core.voice import comparing, embedding


def row(summary: users.PersonSummary, deciding: comparing.Comparing) -> people.PersonRow:
    """Return one row of the list of people."""
    return people.PersonRow(
        **_person(summary.person),
        takes=summary.takes,
        model_id=summary.model_id,
        model_ids=list(summary.model_ids),
        compared_by=list(deciding.by(summary.model_ids)),
        enrolled_at=summary.enrolled_at,
        last_attempt_at=summary.last_attempt_at,
        last_verified_at=summary.last_verified_at,
        last_score=summary.last_score,
    )


def details(person: users.Person, takes: dict[str, list[users.StoredTake]]) -> people.PersonDetails:
    """Return a person with what is known of each voiceprint, by model."""
    return people.PersonDetails(
        **_person(person),
        voiceprints=[
            people.PersonVoiceprint(model_id=model_id, takes=_takes(each))
            for model_id, each in takes.items()
        ],
    )


def voiceprints(
    user_id: str,
    takes: dict[str, list[users.StoredTake]],
    raw: list[embedding.Voiceprint],
) -> people.Voiceprints:
    """Return a person's voiceprints, with embeddings for those that are given."""
    numbers = {each.model_id: [take.vector.tolist() for take in each.takes] for each in raw}
    return people.Voiceprints(
        external_id=user_id,
        voiceprints=[
            people.RawVoiceprint(
                model_id=model_id, takes=_takes(each), embeddings=numbers.get(model_id)
            )
            for model_id, each in takes.items()
        ],
    )


def attempt(record: users.AttemptRecord) -> people.Attempt:
    """Return one decision."""
    return people.Attempt(
        attempt_id=record.attempt_id,
        at=record.at,
        outcome=record.outcome,
        score=record.score,
        threshold=record.threshold,
        model_id=record.model_id,
        reasons=list(record.reasons),
    )


def _person(person: users.Person) -> dict[str, Any]:
    consent = person.consent
    return {
        "external_id": person.user_id,
        "name": person.name,
        "enabled": person.enabled,
        "created_at": person.created_at,
        "consent": None
        if consent is None
        else schemas.Consent(text_version=consent.text_version, given_at=consent.given_at),
    }


def _takes(takes: list[users.StoredTake]) -> list[people.StoredTake]:
    return [people.StoredTake(created_at=take.created_at, quality=take.quality) for take in takes]
