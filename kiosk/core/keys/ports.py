"""What the use-cases and the storage need from whoever keeps the kiosk's keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from kiosk.core.voice.embedding import Embedding


@dataclass(frozen=True)
class Binding:
    """What a sealed value belongs to; anywhere else it cannot be opened.

    The kiosk is part of every binding without being named here.

    Attributes:
        user_id: external ID of the person.
        model_id: the voice model; empty for what is no template.
        purpose: ``take``, ``adapted`` or ``recording``.
        position: which of several, from 0.
        enrollment_id: random, another one whenever the voiceprint changes: a take of an earlier
            state of the same voiceprint does not open. Empty for what is no template.
        takes: how many there are of this purpose in the voiceprint, so that none can be left out
            or added; 0 for what is no template.
    """

    user_id: str
    model_id: str
    purpose: str
    position: int
    enrollment_id: str = ""
    takes: int = 0


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
        """Return the key with which values are sealed now.

        Raises:
            KeyUnavailable: there is none.
        """

    def seal(self, embedding: Embedding, binding: Binding, key_id: str | None = None) -> Sealed:
        """Rotate and encrypt an embedding.

        Args:
            embedding: of unit norm.
            binding: what it belongs to.
            key_id: the key to use, in the place of the present one.

        Raises:
            KeyUnavailable: there is no key to seal with.
        """

    def open(self, sealed: Sealed, binding: Binding) -> Embedding:
        """Return the embedding as the voice model made it, within 1e-6 for each score.

        Raises:
            KeyUnavailable: its key is not there.
            TemplateUnreadable: it was altered, or belongs to somebody or something else.
        """

    def open_all(self, items: Sequence[tuple[Sealed, Binding]]) -> list[Embedding]:
        """Return many embeddings in their order, in a fraction of the time; see :meth:`open`."""

    def rebind(self, sealed: Sealed, binding: Binding, to: Binding) -> Sealed:
        """Bind a template to something else; the template, and its key, stay the same.

        Raises:
            KeyUnavailable: its key is not there.
            TemplateUnreadable: see :meth:`open`.
        """

    def seal_bytes(self, data: bytes, binding: Binding, key_id: str | None = None) -> Sealed:
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


class Wrapping(Protocol):
    """Encrypts what leaves the kiosk as a file, under a passphrase or the kiosk's own secret."""

    def wrap(self, kind: str, data: bytes, passphrase: str | None = None) -> bytes:
        """Return a file that holds the data encrypted.

        Args:
            kind: what it is, such as ``keys``, ``voiceprints`` or ``backup``; readable in the file.
            data: anything, up to 2 GiB.
            passphrase: what opens it (argon2id); None: the secret of this kiosk, which only a
                kiosk with the same keys has.

        Raises:
            InvalidInput: the passphrase is too short.
            KeyUnavailable: there is no secret.
        """

    def unwrap(self, kind: str, data: bytes, passphrase: str | None = None) -> bytes:
        """Return what :meth:`wrap` was given.

        Raises:
            WrongPassphrase: it is another passphrase, or the file was altered.
            InvalidInput: it is no such file, or one that needs a passphrase.
            KeyUnavailable: it was made by a kiosk with other keys.
        """


@dataclass(frozen=True)
class KeysNeeded:
    """Which keys a database cannot do without.

    Attributes:
        kiosk_id: the random identity of the kiosk that it belongs to.
        key_ids: template keys under which something is sealed.
        earlier: whether the database is still as an earlier version left it, which encrypted
            nothing.
        chained: whether the kiosk's secret was used: there are audit records or badges.
    """

    kiosk_id: str
    key_ids: frozenset[str] = frozenset()
    earlier: bool = False
    chained: bool = False

    @property
    def fresh(self) -> bool:
        """Return whether new keys would lose nothing."""
        return not self.key_ids and not self.chained


class KeyVault(Protocol):
    """The keys of this kiosk; safe from any thread, and from several processes at once."""

    @property
    def box(self) -> TemplateBox:
        """Return what seals templates."""

    @property
    def secret(self) -> KioskSecret:
        """Return the secret of the kiosk."""

    @property
    def wrapping(self) -> Wrapping:
        """Return what encrypts files."""

    @property
    def all_sealed(self) -> bool:
        """Return whether nothing is left in the clear, not even in copies and free pages."""

    @property
    def opened(self) -> bool:
        """Return whether the keys were found already, so that asking for them waits for nobody."""

    def exists(self) -> bool:
        """Return whether there are keys, without making any.

        Raises:
            KeyUnavailable: there may be, but the place cannot be read.
        """

    def unlock(self) -> None:
        """Find the keys; create them where the database has never used any.

        Which kiosk the database belongs to is remembered where the keys are.

        Raises:
            KeyUnavailable: the database needs keys that are not where they were put; or it is not
                the one that was known at its place, see :meth:`accept_database`.
        """

    def accept_database(self) -> None:
        """Take the database for that of this kiosk at the next opening, whatever was known."""

    def known(self) -> frozenset[str]:
        """Return which kiosks the database may be of; empty where none was ever seen there.

        Raises:
            KeyUnavailable: what was remembered cannot be read.
        """

    def expecting(self, kiosk_id: str) -> AbstractContextManager[None]:
        """Remember this kiosk, too, while its database is put in place of the present one.

        An exception within leaves what was remembered before.

        Raises:
            KeyUnavailable: it cannot be remembered.
        """

    def renew(self) -> None:
        """Create new keys in the place of lost ones; whatever those sealed stays unreadable.

        Raises:
            KeyUnavailable: there are keys, or there may be; nothing is overwritten.
        """

    def key_ids(self) -> list[str]:
        """Return the template keys that are there, the oldest first."""

    def created_at(self, key_id: str) -> datetime:
        """Return when a key was made."""

    def add_key(self, at: datetime) -> str:
        """Make a template key, store it durably and return its ID; it is not used yet."""

    def activate(self, key_id: str) -> None:
        """Seal with this key from now on."""

    def destroy(self, key_ids: Sequence[str]) -> None:
        """Overwrite template keys where they are kept; nothing opens what they sealed again."""

    def set_all_sealed(self) -> None:
        """Remember that nothing is left in the clear."""

    def carried(self) -> bytes:
        """Return all keys as bytes: only ever to be wrapped."""

    def adopt(self, carried: bytes) -> bool:
        """Take keys that :meth:`carried` returned, beside those that are there.

        Returns:
            Whether there were none.

        Raises:
            KeyUnavailable: they are of another kiosk.
            InvalidInput: they are no keys.
        """

    def withdraw(self) -> None:
        """Overwrite and remove all keys where they are kept: only ever what was just adopted.

        Raises:
            KeyUnavailable: they cannot be removed.
        """

    def facts(self) -> list[tuple[str, str]]:
        """Return where the keys are kept, as pairs of a name and a text; never a key."""

    def warnings(self) -> list[str]:
        """Return what whoever looks after the kiosk should know about that place."""


# --- what the database knows of keys ---------------------------------------------------------


@dataclass(frozen=True)
class TemplateKey:
    """What is recorded of a template key, which is never the key.

    Attributes:
        key_id: random.
        state: ``active`` (seals), ``retiring`` (opens what is not sealed anew yet) or
            ``destroyed``.
        created_at: timezone-aware UTC.
        destroyed_at: timezone-aware UTC; None before.
    """

    key_id: str
    state: str
    created_at: datetime
    destroyed_at: datetime | None = None


class TemplateKeys(Protocol):
    """The records of template keys within one unit of work."""

    def all(self) -> list[TemplateKey]:
        """Return every key that ever was, the oldest first."""

    def put(self, key: TemplateKey) -> None:
        """Store a record, in the place of one of the same key."""


class SealedRows(Protocol):
    """Everything that is sealed, within one unit of work."""

    def counts(self) -> dict[str | None, int]:
        """Return how many values each key seals; None stands for those in the clear."""

    def reseal(self, key_id: str, limit: int) -> int:
        """Seal values anew with the active key; what they are bound to stays.

        Args:
            key_id: the key that they are sealed with.
            limit: at most so many.

        Returns:
            How many there were; 0 when all are done.

        Raises:
            KeyUnavailable: the key is not there.
            TemplateUnreadable: a value was altered; nothing of this unit may be committed.
        """

    def discard(self) -> int:
        """Erase all voiceprints and recordings, and return how many voiceprints there were."""
