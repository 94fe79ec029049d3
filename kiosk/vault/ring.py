"""All keys of a kiosk as one value, and how it is written down."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from kiosk.vault.identity import is_identity

KEY_BYTES = 32
_FORMAT = "voice-kiosk keys"
_VERSION = 1


@dataclass(frozen=True)
class Key:
    """A template key; never shown.

    Attributes:
        key_id: random, 16 hexadecimal digits; no secret.
        secret: 32 random bytes, from which the keys of the cipher and the rotation are derived.
        created_at: timezone-aware UTC.
    """

    key_id: str
    secret: bytes = field(repr=False)
    created_at: datetime


@dataclass(frozen=True)
class KeyRing:
    """The keys of one kiosk.

    Attributes:
        kiosk_id: whose they are.
        root: 32 random bytes; it never changes.
        keys: template keys, the oldest first.
        active: ID of the one that seals.
        all_sealed: whether nothing is left of what earlier versions stored in the clear. It lies
            with the keys and not in the database, so that whoever can write only there cannot put
            a database of an earlier version in its place, and voiceprints of their own into that.
        chain_begun: whether audit records were begun; for the same reason.
    """

    kiosk_id: str
    root: bytes = field(repr=False)
    keys: tuple[Key, ...]
    active: str
    all_sealed: bool
    chain_begun: bool = False

    @classmethod
    def fresh(cls, kiosk_id: str, at: datetime, *, all_sealed: bool) -> KeyRing:
        """Return new random keys."""
        key = new_key(at)
        return cls(kiosk_id, secrets.token_bytes(KEY_BYTES), (key,), key.key_id, all_sealed)

    def get(self, key_id: str) -> Key | None:
        """Return a key by its ID, or None."""
        return next((key for key in self.keys if key.key_id == key_id), None)

    def plus(self, *keys: Key) -> KeyRing:
        """Return a ring with these keys too."""
        new = (key for key in keys if self.get(key.key_id) is None)
        return replace(
            self, keys=tuple(sorted((*self.keys, *new), key=lambda k: (k.created_at, k.key_id)))
        )

    def minus(self, key_ids: frozenset[str]) -> KeyRing:
        """Return a ring without these keys."""
        return replace(self, keys=tuple(key for key in self.keys if key.key_id not in key_ids))

    def to_text(self) -> str:
        """Return the ring as JSON; a secret."""
        return json.dumps(
            {
                "format": _FORMAT,
                "version": _VERSION,
                "kiosk_id": self.kiosk_id,
                "root": _encoded(self.root),
                "active": self.active,
                "all_sealed": self.all_sealed,
                "chain_begun": self.chain_begun,
                "keys": [
                    {
                        "id": key.key_id,
                        "key": _encoded(key.secret),
                        "created_at": key.created_at.isoformat(),
                    }
                    for key in self.keys
                ],
            }
        )

    @classmethod
    def from_text(cls, text: str) -> KeyRing:
        """Return the ring that was written.

        Raises:
            ValueError: it is no such text; the message repeats nothing of it.
        """
        try:
            found = _checked(json.loads(text))
            keys = tuple(
                Key(
                    str(each["id"]),
                    _decoded(each["key"]),
                    datetime.fromisoformat(each["created_at"]),
                )
                for each in found["keys"]
            )
            made = cls(
                _identity(found["kiosk_id"]),
                _decoded(found["root"]),
                keys,
                str(found["active"]),
                bool(found["all_sealed"]),
                bool(found.get("chain_begun", False)),
            )
        except (ValueError, LookupError, TypeError, OverflowError, RecursionError):
            # Not chained: the cause may quote a key.
            raise ValueError("these are no keys of a voice kiosk") from None
        if made.get(made.active) is None:
            raise ValueError("the key in use is missing")
        return made


def _checked(found: dict[str, Any]) -> dict[str, Any]:
    if found["format"] != _FORMAT or found["version"] != _VERSION:
        raise ValueError("another format")
    return found


def _identity(kiosk_id: object) -> str:
    # It names files and entries of keyrings.
    if not is_identity(kiosk_id):
        raise ValueError("no identity of a kiosk")
    return str(kiosk_id)


def new_key(at: datetime) -> Key:
    """Return a new random template key."""
    return Key(secrets.token_hex(8), secrets.token_bytes(KEY_BYTES), at)


def _encoded(secret: bytes) -> str:
    return base64.b64encode(secret).decode("ascii")


def _decoded(text: Any) -> bytes:
    try:
        secret = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("no base64") from None
    if len(secret) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return secret
