"""Hashes of PINs and passwords that say nothing without the secret of the kiosk.

A PIN of four digits is found in minutes from any hash of it, however slow: there are ten thousand.
So what is hashed is not the PIN but ``HMAC-SHA-256(secret of the kiosk, kind, owner, text)``. Who
has a copy of the database without the kiosk's keys cannot try a single one, and a hash that is
copied into the row of somebody else, or into another kiosk's database, matches nothing.
"""

from __future__ import annotations

import base64
import hmac
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.core.keys.ports import KioskSecret
    from kiosk.core.ports import PinHasher

BOUND = "k:"
"""What a stored hash begins with."""
_ADOPTED = "a:"
_PURPOSE, _PURPOSE_ADOPTED = "bound-hash", "adopted-hash"


class BoundHasher:
    """Hashes with a secret beneath the slow hash; safe from any thread.

    Args:
        hasher: the slow, salted hash.
        secret: of the kiosk. It stays when template keys are changed, and so do the hashes.
        kind: what is hashed, such as ``account`` or ``pin``.
    """

    def __init__(self, hasher: PinHasher, secret: KioskSecret, kind: str) -> None:
        self._hasher = hasher
        self._secret = secret
        self._kind = kind

    def hash(self, owner: str, text: str) -> str:
        """Return what is stored of a PIN or password, at most 200 characters.

        Args:
            owner: whose it is: a login, or the ID of a person.
            text: the PIN or password.

        Raises:
            KeyUnavailable: the secret is not there.
        """
        return BOUND + self._hasher.hash(self._mixed(owner, text))

    def matches(self, stored: str, owner: str, text: str) -> bool:
        """Return whether a PIN or password belongs to what is stored for its owner.

        One MAC and one slow hash are computed in any case.

        Raises:
            KeyUnavailable: the secret is not there.
        """
        mixed = self._mixed(owner, text)
        if not stored.startswith(_ADOPTED):
            return self._hasher.matches(stored.removeprefix(BOUND), mixed) and stored.startswith(
                BOUND
            )
        mark, _, slow = stored.removeprefix(_ADOPTED).partition(":")
        ours = hmac.compare_digest(mark.encode(), self._mark(owner, slow).encode())
        return self._hasher.matches(slow, text) and ours

    def _mixed(self, owner: str, text: str) -> str:
        return mac_text(self._secret, _PURPOSE, self._kind, owner, text)

    def _mark(self, owner: str, slow: str) -> str:
        return _mark(self._secret, self._kind, owner, slow)


def adopted_hash(secret: KioskSecret, kind: str, owner: str, stored: str) -> str:
    """Return the hash of an earlier version as it is accepted for its owner from now on.

    An earlier version hashed the text itself, which nobody has any more. Only what is adopted while
    the database is upgraded is accepted, for it is marked with the secret.

    Args:
        secret: of the kiosk.
        kind: see :class:`BoundHasher`.
        owner: whose it is.
        stored: the hash; one that is bound already is returned as it is.
    """
    if stored.startswith((BOUND, _ADOPTED)):
        return stored
    return f"{_ADOPTED}{_mark(secret, kind, owner, stored)}:{stored}"


def _mark(secret: KioskSecret, kind: str, owner: str, slow: str) -> str:
    return mac_text(secret, _PURPOSE_ADOPTED, kind, owner, slow)


def mac_text(secret: KioskSecret, purpose: str, *fields: str) -> str:
    """Return HMAC-SHA-256 over fields as 43 characters of base64url; no other fields have it.

    Args:
        secret: of the kiosk.
        purpose: see :meth:`kiosk.core.keys.ports.KioskSecret.mac`.
        fields: any texts, lone surrogates too.
    """
    made = secret.mac(purpose, json.dumps(fields).encode("ascii"))
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode("ascii")
