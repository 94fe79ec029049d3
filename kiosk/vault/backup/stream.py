"""Files encrypted piece by piece: AES-256-GCM in the STREAM construction.

Each piece is sealed with the number of the piece and whether it is the last one in its nonce, so
that none can be changed, exchanged, left out, repeated or cut off (Hoang, Reyhanitabar, Rogaway
and Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015).
A nonce never returns under a key, because each file is written under a key of its own.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

from kiosk.core.errors import BackupUnusable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAX_PIECE = 64 << 20
"""Bytes of the longest piece; a length beyond it is damage, and not to be reserved in memory."""
_TAG = 16
_LENGTH = struct.Struct(">I")
_LAST = 1 << 31


def write(target: BinaryIO, key: bytes, context: bytes, pieces: Iterable[bytes]) -> None:
    """Write the pieces, sealed.

    Args:
        target: written to from where it stands.
        key: 32 bytes, of this file alone.
        context: authenticated with every piece, such as a hash of what stands before them.
        pieces: each at most :data:`MAX_PIECE` bytes.
    """
    cipher = _cipher(key)
    for number, (piece, last) in enumerate(_with_end(pieces)):
        sealed = cipher.encrypt(_nonce(number, last), piece, context)
        target.write(_LENGTH.pack(len(sealed) | (_LAST if last else 0)))
        target.write(sealed)


def read(source: BinaryIO, key: bytes, context: bytes) -> Iterator[bytes]:
    """Yield the pieces as they were; see :func:`write`.

    Raises:
        BackupUnusable: something was altered, or the end is missing.
    """
    cipher = _cipher(key)
    number, last = 0, False
    while not last:
        head = source.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            raise BackupUnusable("The backup is incomplete: its end is missing.")
        (field,) = _LENGTH.unpack(head)
        length, last = field & ~_LAST, bool(field & _LAST)
        sealed = source.read(length) if _TAG <= length <= MAX_PIECE + _TAG else b""
        yield _opened(cipher, _nonce(number, last), sealed, context)
        number += 1
    if source.read(1):
        raise BackupUnusable("The backup is damaged: something stands behind its end.")


def _cipher(key: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _opened(cipher: AESGCM, nonce: bytes, sealed: bytes, context: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag

    if len(sealed) < _TAG:
        raise BackupUnusable("The backup is damaged.")
    try:
        return cipher.decrypt(nonce, sealed, context)
    except InvalidTag as exc:
        raise BackupUnusable("The backup is damaged, or somebody has altered it.") from exc


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


def _with_end(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each piece and whether it is the last one; an empty piece where there is none."""
    held: bytes | None = None
    for piece in pieces:
        if held is not None:
            yield held, False
        held = piece
    yield held or b"", True
