"""The people a kiosk knows."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kiosk.core.errors import InvalidInput

if TYPE_CHECKING:
    from datetime import datetime

_ID = re.compile(r"[^\W_](?:[\w.@-]{0,62}[^\W_])?", re.UNICODE)
MAX_ID = 64
"""Characters in an external ID."""
_MAX_NAME = 120


def clean_user_id(text: str) -> str:
    """Return an external ID without surrounding spaces, its accents composed (NFC).

    Letters, digits and ``. _ - @``, 1 to 64 characters, beginning and ending with a letter or
    digit: the ID appears in logs, file names and addresses.

    Raises:
        InvalidInput: it cannot be used as an ID.
    """
    # Systems differ in how they compose what is typed, and one ID must not become two people.
    value = unicodedata.normalize("NFC", text.strip())
    if not value:
        raise InvalidInput("The ID is empty.", hint="Type the person's ID.")
    if len(value) > MAX_ID:
        raise InvalidInput("The ID is too long.", hint=f"Use at most {MAX_ID} characters.")
    if not _ID.fullmatch(value):
        raise InvalidInput(
            "The ID has characters that cannot be used.",
            hint="Use 1 to 64 letters, digits, dots, dashes, underscores or @, "
            "with a letter or digit first and last.",
        )
    return value


def clean_name(text: str) -> str:
    """Return a display name with its spaces tidied; may be empty.

    Raises:
        InvalidInput: too long, or holds control characters.
    """
    value = " ".join(text.split())
    if len(value) > _MAX_NAME or any(not c.isprintable() for c in value):
        raise InvalidInput(
            "The name cannot be used.", hint=f"Use up to {_MAX_NAME} printable characters."
        )
    return value


@dataclass(frozen=True)
class Consent:
    """That a person agreed, to which text, and when."""

    text_version: str
    given_at: datetime


@dataclass(frozen=True)
class Person:
    """A person, without any biometric data.

    Attributes:
        user_id: the ID that the site gave (unique).
        name: display name, may be empty.
        enabled: False when an operator has suspended the person.
        created_at: timezone-aware UTC.
        consent: None only for a person without a voiceprint.
    """

    user_id: str
    name: str
    created_at: datetime
    enabled: bool = True
    consent: Consent | None = None


@dataclass(frozen=True)
class PersonSummary:
    """One row of the People table.

    Attributes:
        person: who it is.
        takes: of the newest voiceprint.
        model_id: of the newest voiceprint; None without one.
        enrolled_at: when that was made.
        last_attempt_at: of whatever outcome.
        last_verified_at: of the last verified attempt.
        last_score: newest score, of whatever outcome.
        model_ids: of all voiceprints, in alphabetical order.
    """

    person: Person
    takes: int
    model_id: str | None
    enrolled_at: datetime | None
    last_attempt_at: datetime | None = None
    last_verified_at: datetime | None = None
    last_score: float | None = None
    model_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class StoredTake:
    """What is known about one take of a stored voiceprint, without its embedding."""

    created_at: datetime
    quality: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class AttemptRecord:
    """One verification as it was decided.

    Attributes:
        attempt_id: random identifier, hexadecimal.
        user_id: the claimed ID.
        outcome: ``verified``, ``not_verified`` or ``inconclusive``.
        score: cosine score; None when nothing was compared.
        threshold: the threshold in force at that moment.
        model_id: the model in use.
        reasons: values of :class:`kiosk.core.quality.Reason`.
        at: timezone-aware UTC.
    """

    attempt_id: str
    user_id: str
    outcome: str
    score: float | None
    threshold: float
    model_id: str
    reasons: tuple[str, ...]
    at: datetime
