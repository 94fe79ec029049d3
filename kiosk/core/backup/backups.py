"""Backups of the database: what is known of one, and who seals them.

Who makes them is in :mod:`kiosk.core.backup.ports`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from kiosk.core.keys.ports import KeyVault, KioskSecret

Facts = dict[str, str]
"""What an archive says of itself to whoever reads it, authenticated but not secret."""


class BackupReason(StrEnum):
    """Why a backup was made."""

    MANUAL = "manual"
    """Somebody wanted one."""
    MIGRATION = "migration"
    """The schema was about to be changed."""
    RESTORE = "restore"
    """The database was about to be replaced by an older one."""


@dataclass(frozen=True)
class BackupInfo:
    """What can be read of a backup without a key.

    Attributes:
        file: where it lies.
        made_at: the moment that it shows, timezone-aware UTC.
        kiosk_id: the kiosk that it is of.
        schema: revision of the database in it; ``empty`` before the first one.
        program: version of the program that made it.
        reason: why it was made.
        size: in bytes.
        passphrase: whether a passphrase opens it, too, so that a new machine can restore it.
    """

    file: Path
    made_at: datetime
    kiosk_id: str
    schema: str
    program: str
    reason: BackupReason
    size: int
    passphrase: bool


@dataclass(frozen=True)
class Contents:
    """What is in a database, for whoever must decide between two of them.

    Attributes:
        people: enrolled and other people.
        voiceprints: of all voice models, that can be opened.
        unreadable: IDs of people of whom a voiceprint cannot be opened, because its key was
            destroyed since, or it is damaged; they must be enrolled again.
        records: of the audit chain.
        last_record_at: when the last of them was written; None without any.
        differences: what decides over access and is not what the records say, in plain sentences.
    """

    people: int
    voiceprints: int
    unreadable: tuple[str, ...] = ()
    records: int = 0
    last_record_at: datetime | None = None
    differences: tuple[str, ...] = ()


class OpenedArchive(Protocol):
    """An archive whose key was found."""

    @property
    def facts(self) -> Facts:
        """Return what it says of itself."""

    @property
    def keys(self) -> KeyVault:
        """Return the keys of the kiosk that made it."""

    def pieces(self) -> Iterator[bytes]:
        """Yield what was sealed, each piece authenticated; reading it anew each time.

        Nothing is complete before the iterator has ended without an error.

        Raises:
            BackupUnusable: it was altered, or its end is missing.
        """

    @property
    def keys_here(self) -> bool:
        """Return whether the keys of that kiosk are kept on this machine."""

    def keys_kept(self) -> AbstractContextManager[None]:
        """Keep the keys that came with it on this machine, and whose the database will be.

        An exception within takes back whatever was not here before.

        Raises:
            KeyUnavailable: they cannot be kept.
        """


class Archiver(Protocol):
    """Encrypts and decrypts whole files piece by piece, so that their size does not matter."""

    @property
    def secret(self) -> KioskSecret:
        """Return the secret of the kiosk in whose name archives are made."""

    def known(self) -> frozenset[str]:
        """Return which kiosks the database in use may be of; empty where none was seen there.

        Raises:
            KeyUnavailable: what was remembered cannot be read.
        """

    def seal(
        self,
        target: BinaryIO,
        facts: Mapping[str, str],
        pieces: Iterable[bytes],
        passphrase: str | None = None,
    ) -> None:
        """Write an archive that this kiosk can open.

        Args:
            target: an empty file.
            facts: what everybody may read.
            pieces: what nobody else may.
            passphrase: opens it, too; the archive then carries the keys of this kiosk.

        Raises:
            KeyUnavailable: this kiosk has no key.
            OSError: it cannot be written.
        """

    def reseal(
        self,
        source: BinaryIO,
        target: BinaryIO,
        changed: Mapping[str, str],
        pieces: Iterable[bytes],
    ) -> None:
        """Write an archive that opens as another one does, with other content.

        Args:
            source: the other one.
            target: an empty file.
            changed: what it says of itself in place of the other.
            pieces: what is in it.

        Raises:
            BackupUnusable, KeyUnavailable: see :meth:`open`.
            OSError: it cannot be written.
        """

    def facts(self, source: BinaryIO) -> tuple[Facts, bool]:
        """Return what an archive says of itself, and whether a passphrase opens it.

        Raises:
            BackupUnusable: it is no archive, or one of a newer program.
        """

    def open(
        self, source: BinaryIO, passphrase: str | None = None, exported: bytes | None = None
    ) -> OpenedArchive:
        """Find the key of an archive.

        Args:
            source: stays open for as long as the archive is read.
            passphrase: of the archive, or of the exported keys; None tries the keys that are on
                this machine.
            exported: keys that were exported from the kiosk that made the archive.

        Raises:
            BackupUnusable: it is no archive, was altered, or its keys are not on this machine.
            InvalidInput: what was exported is no keys.
            KeyUnavailable: the keys cannot be read.
            WrongPassphrase: it is not the one with which the archive, or the export, was made.
        """
