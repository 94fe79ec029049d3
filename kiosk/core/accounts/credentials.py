"""What programs show in place of a person's PIN: API keys and the rights they carry."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from kiosk.core.characters import is_printable
from kiosk.core.errors import InvalidInput

if TYPE_CHECKING:
    from datetime import datetime

_MAX_NAME = 120
_KEY = re.compile(r"vk_([a-z0-9]{12})_[0-9A-Za-z]{43}", re.ASCII)


class Right(StrEnum):
    """What a key permits; every route asks for one."""

    VERIFY = "verify"
    """Verify and identify voices."""
    ENROLL = "enroll"
    """Make voiceprints."""
    PEOPLE = "people"
    """List and remove people."""
    VOICEPRINTS = "voiceprints"
    """Read and compare raw voiceprints: biometric data that cannot be changed like a password."""
    ADMIN = "admin"
    """Everything but raw voiceprints."""


@dataclass(frozen=True)
class ApiKey:
    """A key as it is stored: without the secret, of which only the hash is kept.

    Attributes:
        key_id: public part of the key, 12 small letters and digits; it may be shown and logged.
        name: what the key is for, in the words of whoever made it.
        rights: what it permits.
        hash: of the whole key, bound to its ID and rights; see
            :class:`kiosk.services.accounts.api_keys.ApiKeys`.
        created_at: timezone-aware UTC.
        last_used_at: within some minutes; None when it was never used.
        revoked_at: None while the key is accepted.
    """

    key_id: str
    name: str
    rights: frozenset[Right]
    hash: str = field(repr=False)
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def revoked(self) -> bool:
        """Return whether the key is not accepted any more."""
        return self.revoked_at is not None

    def permits(self, right: Right) -> bool:
        """Return whether the key carries a right; :attr:`Right.ADMIN` means all but raw data."""
        if right in self.rights:
            return True
        return Right.ADMIN in self.rights and right is not Right.VOICEPRINTS


class ApiKeyStore(Protocol):
    """API keys within one unit of work."""

    def get(self, key_id: str) -> ApiKey | None:
        """Return a key, revoked or not, or None."""

    def add(self, key: ApiKey) -> None:
        """Add a key.

        Raises:
            StorageError: the ID is taken.
        """

    def all(self) -> list[ApiKey]:
        """Return every key, revoked ones too, the oldest first."""

    def revoke(self, key_id: str, at: datetime) -> bool:
        """Revoke a key; False when there is no such key, or it was revoked before."""

    def set_hash(self, key_id: str, hashed: str) -> None:
        """Store another hash of a key; does nothing when there is no such key."""

    def used(self, key_id: str, at: datetime) -> None:
        """Remember when a key was used; does nothing when there is no such key."""


def key_id_of(text: str) -> str | None:
    """Return the public part of a key such as ``vk_<id>_<secret>``; None for what is no key."""
    match = _KEY.fullmatch(text)
    return match[1] if match else None


def clean_key_name(text: str) -> str:
    """Return the name of a key with its spaces tidied.

    Raises:
        InvalidInput: empty, too long, or holds control characters.
    """
    value = " ".join(text.split())
    if not 0 < len(value) <= _MAX_NAME or not is_printable(value):
        raise InvalidInput(
            "This key name cannot be used.",
            hint=f"Say what the key is for, in 1 to {_MAX_NAME} printable characters.",
        )
    return value
