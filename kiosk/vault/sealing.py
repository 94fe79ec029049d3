"""Sealing of embeddings and recordings: rotated, then AES-256-GCM bound to whom they belong.

A sealed value is a byte that tells its version, a random nonce of 96 bits (NIST SP 800-38D 8.2.2:
one key may seal 2^32 values), the ciphertext, and a tag of 128 bits.
"""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.errors import TemplateUnreadable
from kiosk.core.keys.ports import Sealed
from kiosk.core.voice.embedding import Embedding
from kiosk.vault.derivation import canonical, derived
from kiosk.vault.rotation import rotation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from kiosk.core.keys.ports import Binding
    from kiosk.vault.ring import Key

_VERSION = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16
_FORMAT = np.dtype("<f4")
_NORM_TOLERANCE = 1e-3


class Cipher:
    """What one template key does; made once for each key.

    Args:
        kiosk_id: whose values are sealed.
        key: the template key.
    """

    def __init__(self, kiosk_id: str, key: Key) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self.key_id = key.key_id
        self._kiosk_id = kiosk_id
        self._secret = key.secret
        self._aead: AESGCM = AESGCM(derived(key.secret, "cipher"))
        self._rotations: dict[int, npt.NDArray[np.float64]] = {}
        self._guard = threading.Lock()

    def rotation(self, dim: int) -> npt.NDArray[np.float64]:
        """Return the key's rotation of a space, float64 of shape ``(dim, dim)``."""
        with self._guard:
            found = self._rotations.get(dim)
            if found is None:
                found = rotation(derived(self._secret, "rotation", str(dim)), dim)
                self._rotations[dim] = found
            return found

    def encrypt(self, kind: str, data: bytes, binding: Binding) -> bytes:
        """Return a sealed value."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        bound = self._bound(kind, binding)
        return _VERSION + nonce + self._aead.encrypt(nonce, data, bound)

    def decrypt(self, kind: str, data: bytes, binding: Binding) -> bytes:
        """Return what was sealed.

        Raises:
            TemplateUnreadable: it was altered, or belongs to somebody or something else.
        """
        from cryptography.exceptions import InvalidTag

        start = len(_VERSION) + _NONCE_BYTES
        if len(data) < start + _TAG_BYTES or data[:1] != _VERSION:
            raise _unreadable(binding)
        try:
            return self._aead.decrypt(data[1:start], data[start:], self._bound(kind, binding))
        except InvalidTag:
            raise _unreadable(binding) from None

    def _bound(self, kind: str, binding: Binding) -> bytes:
        return canonical(
            "1",
            self._kiosk_id,
            self.key_id,
            kind,
            binding.purpose,
            binding.user_id,
            binding.model_id,
            str(binding.position),
            binding.enrollment_id,
            str(binding.takes),
        )

    def wipe(self) -> None:
        """Overwrite the rotations; the key itself is the garbage collector's."""
        with self._guard:
            for matrix in self._rotations.values():
                matrix.fill(0.0)
            self._rotations = {}


class Box:
    """Implements :class:`kiosk.core.keys.ports.TemplateBox`.

    Args:
        cipher: returns the cipher of a key, of the one in use for None.
    """

    def __init__(self, cipher: Callable[[str | None], Cipher]) -> None:
        self._cipher = cipher

    @property
    def key_id(self) -> str:
        """Return the key with which values are sealed now."""
        return self._cipher(None).key_id

    def seal(self, embedding: Embedding, binding: Binding, key_id: str | None = None) -> Sealed:
        """Rotate and encrypt an embedding; see the port.

        Raises:
            ValueError: it is not a finite vector of unit norm, so it could not be opened again.
        """
        cipher = self._cipher(key_id)
        vector = embedding.vector
        if vector.ndim != 1 or not _is_direction(vector):
            raise ValueError("an embedding has unit norm")
        rotated = (cipher.rotation(len(vector)) @ vector.astype(np.float64)).astype(_FORMAT)
        try:
            return Sealed(cipher.key_id, cipher.encrypt("embedding", rotated.tobytes(), binding))
        finally:
            rotated.fill(0.0)

    def open(self, sealed: Sealed, binding: Binding) -> Embedding:
        """Return the embedding as the voice model made it; see the port."""
        return self.open_all([(sealed, binding)])[0]

    def open_all(self, items: Sequence[tuple[Sealed, Binding]]) -> list[Embedding]:
        """Return many embeddings; see the port.

        Those of one key and size are turned back together: one matrix product in the place of a
        thousand.
        """
        found: dict[int, Embedding] = {}
        groups: dict[tuple[str, int], list[tuple[int, bytes]]] = {}
        for place, (sealed, binding) in enumerate(items):
            plain = self._cipher(sealed.key_id).decrypt("embedding", sealed.data, binding)
            if not plain or len(plain) % _FORMAT.itemsize:
                raise _unreadable(binding)
            groups.setdefault((sealed.key_id, len(plain)), []).append((place, plain))
        for (key_id, size), group in groups.items():
            turned = np.frombuffer(b"".join(plain for _, plain in group), _FORMAT).reshape(
                len(group), size // _FORMAT.itemsize
            )
            matrix = self._cipher(key_id).rotation(turned.shape[1])
            exact = turned.astype(np.float64) @ matrix
            norms = np.sqrt(np.einsum("ij,ij->i", exact, exact))
            vectors = exact.astype(np.float32)
            for (place, _), vector, norm in zip(group, vectors, norms, strict=True):
                binding = items[place][1]
                if not abs(norm - 1.0) <= _NORM_TOLERANCE:  # false for NaN, too
                    raise _unreadable(binding)
                # A copy: whoever wipes one must not need to know of the others.
                found[place] = Embedding(vector.copy(), binding.model_id)
            exact.fill(0.0)
            vectors.fill(0.0)
        return [found[place] for place in range(len(items))]

    def rebind(self, sealed: Sealed, binding: Binding, to: Binding) -> Sealed:
        """Bind a template to something else; see the port.

        It is not turned back and forth: rounding would move it a little each time.
        """
        cipher = self._cipher(sealed.key_id)
        plain = cipher.decrypt("embedding", sealed.data, binding)
        return Sealed(cipher.key_id, cipher.encrypt("embedding", plain, to))

    def seal_bytes(self, data: bytes, binding: Binding, key_id: str | None = None) -> Sealed:
        """Encrypt anything else; see the port."""
        cipher = self._cipher(key_id)
        return Sealed(cipher.key_id, cipher.encrypt("bytes", data, binding))

    def open_bytes(self, sealed: Sealed, binding: Binding) -> bytes:
        """Return what :meth:`seal_bytes` was given; see the port."""
        return self._cipher(sealed.key_id).decrypt("bytes", sealed.data, binding)


def _is_direction(vector: npt.NDArray[np.float32]) -> bool:
    if not np.isfinite(vector).all():
        return False
    return abs(float(np.linalg.norm(vector.astype(np.float64))) - 1.0) <= _NORM_TOLERANCE


def _unreadable(binding: Binding) -> TemplateUnreadable:
    what = "recording" if binding.purpose == "recording" else "voiceprint"
    return TemplateUnreadable(
        f"The stored {what} of {binding.user_id} was altered, is of an earlier enrollment, or "
        "belongs to somebody else."
    )
