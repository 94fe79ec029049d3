"""The people a kiosk knows."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from kiosk.core.characters import JOINERS, is_printable
from kiosk.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_ID = re.compile(r"[^\W_](?:[\w.@-]{0,62}[^\W_])?", re.UNICODE)
MAX_ID = 64
"""Characters in an external ID."""
_MAX_NAME = 120
_JOINERS = str.maketrans("", "", JOINERS)
TYPED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
"""Characters of folded IDs that every keypad has."""


def clean_user_id(text: str) -> str:
    """Return an external ID without surrounding spaces, its accents composed (NFC).

    Letters, digits and ``. _ - @``, 1 to 64 characters, beginning and ending with a letter or
    digit: the ID appears in logs, file names and addresses. Joiners (U+200C, U+200D) are left out:
    nobody sees them.

    Raises:
        InvalidInput: it cannot be used as an ID.
    """
    # Systems differ in how they compose what is typed, and one ID must not become two people.
    value = unicodedata.normalize("NFC", text.strip().translate(_JOINERS))
    if not value:
        raise InvalidInput("The ID is empty.", hint="Type the person's ID.")
    if len(value) > MAX_ID:
        raise InvalidInput("The ID is too long.", hint=f"Use at most {MAX_ID} characters.")
    if not _ID.fullmatch(value):
        raise InvalidInput(
            "The ID has characters that are not allowed.",
            hint="Use 1 to 64 letters, digits, dots, dashes, underscores or @, "
            "with a letter or digit first and last.",
        )
    return value


def fold_id(text: str) -> str:
    """Return what two spellings of one ID have in common, in up to 64 characters.

    Case, width and the script of digits make no difference: ``u7``, ``U7`` and ``U٧`` are one ID.
    One that grows too long is known by its hash.
    """
    folded = unicodedata.normalize("NFKC", text.translate(_JOINERS)).casefold()
    folded = unicodedata.normalize("NFKC", folded).casefold()
    folded = "".join(_ascii_digit(c) for c in unicodedata.normalize("NFKC", folded))
    if len(folded) <= MAX_ID:
        return folded
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()


def same_ids(user_ids: Iterable[str]) -> list[list[str]]:
    """Return the IDs that differ from others of these in their spelling alone, together."""
    found: dict[str, list[str]] = {}
    for each in user_ids:
        found.setdefault(fold_id(each), []).append(each)
    return [each for each in found.values() if len(each) > 1]


def typed_beside(user_ids: Iterable[str]) -> tuple[str, ...]:
    """Return the characters of these IDs that a keypad with A-Z, 0-9 and "-" lacks, in order."""
    found: dict[str, str] = {}
    for character in set(unicodedata.normalize("NFKC", "\n".join(user_ids))) - {"\n"}:
        folded = fold_id(character)
        if not set(folded) <= TYPED:
            capital = character.upper()
            found[folded] = capital if fold_id(capital) == folded else character
    return tuple(sorted(found.values()))


def _ascii_digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


def clean_name(text: str) -> str:
    """Return a display name with its spaces tidied; may be empty.

    Raises:
        InvalidInput: too long, or holds control characters.
    """
    value = " ".join(text.split())
    if len(value) > _MAX_NAME or not is_printable(value):
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


class PeopleOrder(Enum):
    """By what a list of people is ordered."""

    ID = "id"
    NAME = "name"
    STATE = "state"
    TAKES = "takes"
    MODEL = "model"
    ENROLLED = "enrolled"
    VERIFIED = "verified"
    SCORE = "score"


@dataclass(frozen=True)
class ListedPerson:
    """As much of a person as finding and ordering them needs.

    Attributes:
        user_id: who.
        name: display name.
        enabled: whether they may be verified.
        value: what they are ordered by: a number, a time, or model IDs; None for ID and name, and
            where there is none.
    """

    user_id: str
    name: str
    enabled: bool
    value: int | float | datetime | tuple[str, ...] | None = None


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
        reasons: values of :class:`kiosk.core.hearing.quality.Reason`.
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
