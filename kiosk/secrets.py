"""Operator PINs are kept as argon2id hashes only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.errors import InvalidInput

if TYPE_CHECKING:
    from argon2 import PasswordHasher


class Argon2PinHasher:
    """Implements :class:`kiosk.core.ports.PinHasher` with argon2id.

    The costs are the defaults of argon2-cffi, the low-memory choice of RFC 9106: a PIN has few
    digits, so whoever gets hold of the database must at least pay for every guess. No PIN is part
    of any message.
    """

    def hash(self, pin: str) -> str:
        """Return a salted hash, such as ``$argon2id$v=19$m=65536,t=3,p=4$...``.

        Raises:
            InvalidInput: the PIN is not text that can be encoded.
        """
        try:
            return _hasher().hash(pin)
        except UnicodeEncodeError:
            # Not chained: the cause quotes the PIN.
            raise InvalidInput("The PIN cannot be used.", hint="Type digits or letters.") from None

    def matches(self, hashed: str, pin: str) -> bool:
        """Return whether the PIN belongs to the hash; False for what is not a hash."""
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return _hasher().verify(hashed, pin)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False


def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()
