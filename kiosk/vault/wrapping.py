"""Files that leave the kiosk: AES-256-GCM under a passphrase or the kiosk's own secret.

A file begins with one line of text and one of JSON, which say what it is and how its key is made;
the cipher authenticates both. Then follow a nonce and the ciphertext.
"""

from __future__ import annotations

import base64
import json
import os
import unicodedata
from typing import TYPE_CHECKING, Any

from kiosk.core.errors import InvalidInput, KeyUnavailable, WrongPassphrase

if TYPE_CHECKING:
    from collections.abc import Callable

MIN_PASSPHRASE = 12
"""Characters: such a file may be attacked at leisure by whoever gets hold of it."""

_MAGIC = b"voice-kiosk sealed file\n"
_VERSION = 1
_NONCE_BYTES = 12
_SALT_BYTES = 16
# The second recommended choice of RFC 9106, section 4: 64 MiB, 3 passes, 4 lanes.
_MEMORY_KIB, _PASSES, _LANES = 65_536, 3, 4
# A file may come from anywhere: what it asks for must not exhaust the machine.
_MOST_MEMORY_KIB, _MOST_PASSES, _MOST_LANES = 262_144, 8, 16
_MOST_HEADER = 4096


class Wrapper:
    """Implements :class:`kiosk.core.keys.ports.Wrapping`.

    Args:
        derive: returns a key of the kiosk's secret for a purpose.
        kiosk_id: returns the identity of the kiosk.
    """

    def __init__(self, derive: Callable[..., bytes], kiosk_id: Callable[[], str]) -> None:
        self._derive = derive
        self._kiosk_id = kiosk_id

    def wrap(self, kind: str, data: bytes, passphrase: str | None = None) -> bytes:
        """Return a file that holds the data encrypted; see the port."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        header: dict[str, Any] = {"version": _VERSION, "kind": kind}
        if passphrase is None:
            header |= {"key": "kiosk", "kiosk_id": self._kiosk_id()}
            key = self._derive("file", kind)
        else:
            require_passphrase(passphrase)
            salt = os.urandom(_SALT_BYTES)
            header |= {
                "key": "argon2id",
                "memory_kib": _MEMORY_KIB,
                "passes": _PASSES,
                "lanes": _LANES,
                "salt": base64.b64encode(salt).decode("ascii"),
            }
            key = _stretched(passphrase, salt, _MEMORY_KIB, _PASSES, _LANES)
        head = _MAGIC + json.dumps(header).encode("utf-8") + b"\n"
        nonce = os.urandom(_NONCE_BYTES)
        return head + nonce + AESGCM(key).encrypt(nonce, data, head)

    def unwrap(self, kind: str, data: bytes, passphrase: str | None = None) -> bytes:
        """Return what was wrapped; see the port."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        head, header = _header(kind, data)
        key = self._key(kind, header, passphrase)
        nonce, sealed = data[len(head) :][:_NONCE_BYTES], data[len(head) + _NONCE_BYTES :]
        try:
            return AESGCM(key).decrypt(nonce, sealed, head)
        except (InvalidTag, ValueError):
            if passphrase is None:
                raise KeyUnavailable("The file was altered, or made by other keys.") from None
            raise WrongPassphrase("The passphrase is wrong, or the file was altered.") from None

    def _key(self, kind: str, header: dict[str, Any], passphrase: str | None) -> bytes:
        if header.get("key") == "kiosk":
            if header.get("kiosk_id") != self._kiosk_id():
                raise KeyUnavailable("The file was made by another kiosk.")
            return self._derive("file", kind)
        if header.get("key") != "argon2id":
            raise _no_such_file()
        if passphrase is None:
            raise InvalidInput(
                "The file is protected by a passphrase.", hint="Give the passphrase, too."
            )
        try:
            salt = base64.b64decode(header["salt"], validate=True)
            costs = (int(header["memory_kib"]), int(header["passes"]), int(header["lanes"]))
        except (LookupError, ValueError, TypeError, OverflowError):
            raise _no_such_file() from None
        limits = (_MOST_MEMORY_KIB, _MOST_PASSES, _MOST_LANES)
        if any(not 1 <= cost <= most for cost, most in zip(costs, limits, strict=True)):
            raise _no_such_file()
        return _stretched(passphrase, salt, *costs)


def require_passphrase(passphrase: str) -> None:
    """Check that a passphrase is worth its name.

    Raises:
        InvalidInput: it is too short.
    """
    if len(passphrase) < MIN_PASSPHRASE:
        raise InvalidInput(
            "The passphrase is too short.",
            hint=f"Use at least {MIN_PASSPHRASE} characters, such as four random words.",
        )


def _stretched(passphrase: str, salt: bytes, memory_kib: int, passes: int, lanes: int) -> bytes:
    from argon2.exceptions import HashingError
    from argon2.low_level import Type, hash_secret_raw

    # Keyboards differ in how they compose letters, and one passphrase must not become two.
    secret = unicodedata.normalize("NFC", passphrase).encode("utf-8", errors="surrogatepass")
    try:
        return hash_secret_raw(secret, salt, passes, memory_kib, lanes, 32, Type.ID)
    except HashingError:
        raise _no_such_file() from None


def _header(kind: str, data: bytes) -> tuple[bytes, dict[str, Any]]:
    if not data.startswith(_MAGIC):
        raise _no_such_file()
    end = data.find(b"\n", len(_MAGIC), len(_MAGIC) + _MOST_HEADER)
    if end < 0:
        raise _no_such_file()
    try:
        header = json.loads(data[len(_MAGIC) : end])
    except (ValueError, RecursionError):
        raise _no_such_file() from None
    if not isinstance(header, dict) or header.get("version") != _VERSION:
        raise InvalidInput("The file is of a newer version of this program, or damaged.")
    if header.get("kind") != kind:
        raise InvalidInput(f"The file does not hold {kind}.", hint="Choose another file.")
    return data[: end + 1], header


def _no_such_file() -> InvalidInput:
    return InvalidInput(
        "The file is not one that a voice kiosk has encrypted.", hint="Choose another file."
    )
