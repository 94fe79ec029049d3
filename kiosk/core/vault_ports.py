"""What the use-cases and the storage need from whoever keeps the kiosk's keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kiosk.core.embedding import Embedding


@dataclass(frozen=True)
class Binding:
    """What a sealed value belongs to; anywhere else it cannot be opened.

    The kiosk is part of every binding without being named here.

    Attributes:
        user_id: external ID of the person.
        model_id: the voice model; empty for what is no template.
        purpose: ``take``, ``adapted`` or ``recording``.
        position: which of several, from 0.
    """

    user_id: str
    model_id: str
    purpose: str
    position: int


@dataclass(frozen=True)
class Sealed:
    """A ciphertext.

    Attributes:
        key_id: the key that opens it.
        data: nonce, ciphertext and tag.
    """

    key_id: str
    data: bytes = field(repr=False)


class TemplateBox(Protocol):
    """Seals biometric data, and opens it again; safe from any thread."""

    @property
    def key_id(self) -> str:
        """Return the key with which values are sealed now."""

    def seal(self, embedding: Embedding, binding: Binding) -> Sealed:
        """Rotate and encrypt an embedding.

        Raises:
            KeyUnavailable: there is no key to seal with.
        """

    def open(self, sealed: Sealed, binding: Binding) -> Embedding:
        """Return the embedding as the voice model made it.

        Raises:
            KeyUnavailable: its key is not there.
            TemplateUnreadable: it was altered, or belongs to somebody or something else.
        """

    def seal_bytes(self, data: bytes, binding: Binding) -> Sealed:
        """Encrypt anything else, such as a recording; see :meth:`seal`."""

    def open_bytes(self, sealed: Sealed, binding: Binding) -> bytes:
        """Return what :meth:`seal_bytes` was given; see :meth:`open`."""


class KioskSecret(Protocol):
    """The secret of this kiosk from which keys other than those of templates are derived.

    It does not change when template keys do: the audit chain would break.
    """

    @property
    def kiosk_id(self) -> str:
        """Return the random identity of this kiosk, which is no secret."""

    def mac(self, purpose: str, data: bytes) -> bytes:
        """Return HMAC-SHA-256 of the data under a key derived for a purpose, 32 bytes.

        Args:
            purpose: such as ``audit`` or ``badge``; keys of two purposes say nothing of each other.
            data: what is authenticated.

        Raises:
            KeyUnavailable: the secret is not there.
        """
