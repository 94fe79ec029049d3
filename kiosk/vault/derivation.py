"""One secret, many keys: HKDF-SHA-256 of RFC 5869, and the messages that are authenticated."""

from __future__ import annotations


def derived(secret: bytes, *purpose: str) -> bytes:
    """Return a key of 32 bytes; those of two purposes say nothing of each other.

    Args:
        secret: at least 32 random bytes.
        purpose: what it is for, in one or more words.
    """
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    info = canonical("voice-kiosk", *purpose)
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)


def canonical(*fields: str) -> bytes:
    """Return fields as bytes that no other fields have: each with its length before it."""
    encoded = [field.encode("utf-8") for field in fields]
    return b"".join(len(each).to_bytes(4, "big") + each for each in encoded)
