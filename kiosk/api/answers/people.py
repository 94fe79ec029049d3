"""People as they are answered and changed under ``/v1``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from kiosk.api.answers.basis import Answer
from kiosk.api.answers.schemas import NAME_PATTERN, Consent, Id, ModelId, Name, Score


class Person(Answer):
    """A person, without anything biometric."""

    external_id: Id
    name: Name
    enabled: bool = Field(description="`false`: suspended; verifications answer `locked`.")
    created_at: datetime
    consent: Consent | None


class StoredTake(Answer):
    """What is known of a stored take."""

    created_at: datetime
    quality: dict[str, float]


class PersonVoiceprint(Answer):
    """A voiceprint, without its numbers."""

    model_id: ModelId
    takes: list[StoredTake]


class PersonDetails(Person):
    """A person, and which voiceprints there are."""

    voiceprints: list[PersonVoiceprint]


class PersonRow(Person):
    """One row of the list of people."""

    takes: int = Field(ge=0, description="Of the newest voiceprint; 0 without one.")
    model_id: str | None = Field(description="Of the newest voiceprint.")
    model_ids: list[str] = Field(description="Of all voiceprints.")
    compared_by: list[str] = Field(
        description="The models that compare the person. With a voiceprint but none of these the "
        "person must enroll again: the voice model has changed."
    )
    enrolled_at: datetime | None
    last_attempt_at: datetime | None
    last_verified_at: datetime | None
    last_score: Score | None


NextCursor = Annotated[
    str | None, Field(description="Send it as `cursor` for the next page; `null` on the last one.")
]


class People(Answer):
    """A page of the list of people, by ID."""

    people: list[PersonRow]
    next_cursor: NextCursor


class PersonChange(BaseModel):
    """What may be changed about a person; what is not sent stays."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"minProperties": 1})

    name: str = Field(
        default="",
        max_length=120,
        examples=["Anna Larsen"],
        json_schema_extra={"pattern": NAME_PATTERN},
    )
    enabled: bool = Field(default=True, examples=[False])


class Attempt(Answer):
    """One verification as it was decided."""

    attempt_id: str
    at: datetime
    outcome: str
    score: Score | None
    threshold: float
    model_id: ModelId
    reasons: list[str]


class Attempts(Answer):
    """A page of a person's attempts, newest first."""

    attempts: list[Attempt]
    next_cursor: NextCursor


class RawVoiceprint(PersonVoiceprint):
    """A voiceprint; with its numbers when they were asked for and the key permits it."""

    embeddings: list[list[float]] | None = Field(
        description="Of each take, of unit length; `null` unless `raw=true`."
    )


class Voiceprints(Answer):
    """A person's voiceprints, by model."""

    external_id: Id
    voiceprints: list[RawVoiceprint]


class Erased(Answer):
    """How many were erased."""

    deleted_count: int = Field(ge=0)
