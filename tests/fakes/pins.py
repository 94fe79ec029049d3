"""A PIN hasher that is fast, for tests of what uses one."""

from __future__ import annotations

import hashlib
import itertools


class FastPinHasher:
    """Implements :class:`kiosk.core.ports.PinHasher`, salted, and far too quick for real PINs."""

    def __init__(self) -> None:
        self._salts = itertools.count()

    def hash(self, pin: str) -> str:
        salt = str(next(self._salts))
        return f"fast${salt}${_digest(salt, pin)}"

    def matches(self, hashed: str, pin: str) -> bool:
        kind, _, rest = hashed.partition("$")
        salt, _, digest = rest.partition("$")
        return kind == "fast" and digest == _digest(salt, pin)


def _digest(salt: str, pin: str) -> str:
    return hashlib.sha256(f"{salt}:{pin}".encode("utf-8", "surrogatepass")).hexdigest()
