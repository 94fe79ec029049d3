"""What a person knows or has beside the voice: a PIN, or a badge."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from kiosk.core.errors import InvalidInput

if TYPE_CHECKING:
    from datetime import datetime

_PIN = re.compile(r"[0-9]{4,12}")
_BADGE = re.compile(r"(?=.*[0-9])[!-~]{6,128}")
OWNED = ":"
"""In what is kept of a badge: before it what finds the badge, behind it what binds it to whoever
has it."""
_RISING, _FALLING = "01234567890123", "98765432109876"


class FactorKind(StrEnum):
    """The kinds of a second factor."""

    PIN = "pin"
    BADGE = "badge"


class FactorRule(StrEnum):
    """What a site asks for beside the voice."""

    NONE = "none"
    """The voice alone; PINs and badges that were set are not looked at."""
    OPTIONAL = "optional"
    """Everybody is asked; who has one must show it, and who has none says so."""
    REQUIRED = "required"
    """Nobody is verified without one."""


@dataclass(frozen=True)
class Factor:
    """What somebody shows: a PIN as typed, or a badge as read.

    Attributes:
        text: never part of a record or a message.
        kind: None where a reader types into the same field as people, and it may be either.
    """

    text: str = field(repr=False)
    kind: FactorKind | None = None

    @property
    def may_be_pin(self) -> bool:
        """Return whether this could be a PIN."""
        return self.kind is not FactorKind.BADGE and bool(_PIN.fullmatch(self.text))

    @property
    def may_be_badge(self) -> bool:
        """Return whether this could be a badge."""
        return self.kind is not FactorKind.PIN and bool(_BADGE.fullmatch(self.text.strip()))


class SecondFactorStore(Protocol):
    """Hashes of PINs and badges within one unit of work."""

    def get(self, user_id: str, kind: FactorKind) -> str | None:
        """Return the hash of a person's PIN or badge, or None."""

    def kinds(self, user_id: str) -> tuple[FactorKind, ...]:
        """Return what a person has, in alphabetical order."""

    def holders(self) -> dict[str, tuple[FactorKind, ...]]:
        """Return who has a PIN or a badge, and what; see :meth:`kinds`."""

    def put(self, user_id: str, kind: FactorKind, hashed: str, at: datetime) -> None:
        """Store a hash in the place of the one before.

        Raises:
            UnknownUser: nobody has that ID.
        """

    def remove(self, user_id: str, kind: FactorKind) -> bool:
        """Remove a hash; False when there was none."""

    def owner(self, kind: FactorKind, hashed: str) -> str | None:
        """Return the ID of whoever has a hash that begins so, up to :data:`OWNED`.

        Meaningful for hashes without a salt.
        """


def clean_pin(text: str, user_id: str) -> str:
    """Return a PIN that may be set.

    Args:
        text: as typed.
        user_id: of the person; an ID that is known to everybody is no secret.

    Raises:
        InvalidInput: not 4 to 12 digits, or the first that anybody would try.
    """
    if not _PIN.fullmatch(text):
        raise InvalidInput("The PIN cannot be used.", hint="Use 4 to 12 digits.")
    regular = len(set(text)) == 1 or text in _RISING or text in _FALLING
    if regular or text in user_id:
        raise InvalidInput("The PIN is too easy to guess.", hint="Avoid sequences and repeats.")
    return text


def clean_badge(text: str) -> str:
    """Return what a badge reader has typed, without what surrounds it.

    Raises:
        InvalidInput: not 6 to 128 characters of ASCII with a digit among them, and no spaces.
    """
    value = unicodedata.normalize("NFC", text.strip())
    if not _BADGE.fullmatch(value):
        raise InvalidInput(
            "This badge cannot be used.",
            hint="Use a badge with 6 to 128 letters, digits and signs.",
        )
    return value
