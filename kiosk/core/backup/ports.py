"""Who makes, reads and restores backups of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from kiosk.core.backup.backups import BackupInfo, BackupReason
    from kiosk.core.keys.ports import KeyVault
    from kiosk.core.storage_ports import UnitOfWorkFactory


class OpenedBackup(Protocol):
    """A backup that was unpacked beside the database, checked, and brought to this schema."""

    @property
    def info(self) -> BackupInfo:
        """Return what is known of it."""

    @property
    def database(self) -> UnitOfWorkFactory:
        """Return the unpacked database; what is changed in it is put in place, too."""

    @property
    def keys(self) -> KeyVault:
        """Return the keys of the kiosk that made it."""

    @property
    def foreign(self) -> bool:
        """Return whether it is of another kiosk than the present database."""

    @property
    def unrecorded(self) -> bool:
        """Return whether an earlier version has made it, which kept no audit records."""

    def drop_unreadable(self, key_ids: Collection[str]) -> list[str]:
        """Erase what is sealed with none of these keys: nothing could ever open it again.

        Args:
            key_ids: template keys that are there.

        Returns:
            IDs of the people who have lost a voiceprint, and must be enrolled again.
        """

    @property
    def keys_here(self) -> bool:
        """Return whether the keys of its kiosk are kept on this machine."""

    def put_in_place(self) -> None:
        """Replace the database by it, in one transaction, and keep the keys that came with it.

        Whoever has the database open sees the one or the other, and whatever kills this program
        leaves the one or the other.

        Raises:
            DatabaseLocked: somebody wrote into the database all the time.
            KeyUnavailable: the keys cannot be kept.
            StorageError: nothing was changed.
        """

    def pack(self) -> BackupInfo:
        """Write the unpacked database back into the backup, in the place of what was there.

        Raises:
            StorageError: the backup stays as it was.
        """


class BackupStore(Protocol):
    """Makes and reads backups of the database."""

    def create(
        self,
        reason: BackupReason,
        *,
        to: Path | None = None,
        passphrase: str | None = None,
        overwrite: bool = False,
        rotate: bool = True,
    ) -> BackupInfo:
        """Copy the database while it is in use, seal the copy, and read it again.

        Args:
            reason: part of its name.
            to: the file; None puts it into the folder of backups, where the newest of each reason
                are kept.
            passphrase: opens it, too.
            overwrite: put it in the place of a file that is there.
            rotate: delete the oldest in the folder that are too many; never where this one may be
                of no use.

        Raises:
            InvalidInput: the file is there already, or cannot be written.
            DatabaseCorrupt: the database is damaged; there is no use in a copy of that.
            StorageError: there is no backup.
        """

    def all(self) -> Sequence[BackupInfo]:
        """Return the backups in the folder, oldest first; files that are none are left out."""

    def info(self, file: Path) -> BackupInfo:
        """Return what can be read of a backup without a key.

        Raises:
            BackupUnusable: there is none, or it is no backup.
        """

    def unencrypted(self) -> Sequence[Path]:
        """Return copies of the database that are no backups: of earlier versions, or damaged."""

    def holding(self, user_id: str) -> Sequence[Path]:
        """Return the backups and other copies that hold a person, or cannot be looked into."""

    def opened(
        self, file: Path, passphrase: str | None = None, exported: bytes | None = None
    ) -> AbstractContextManager[OpenedBackup]:
        """Unpack and check a backup; what was unpacked is overwritten and removed on leaving.

        Args:
            file: the backup.
            passphrase: see :meth:`kiosk.core.backup.backups.Archiver.open`.
            exported: see :meth:`kiosk.core.backup.backups.Archiver.open`.

        Raises:
            BackupUnusable: it is damaged, its keys are not here, or a newer program has made it.
            InvalidInput, KeyUnavailable, WrongPassphrase: the key does not open it.
        """

    def keep_aside(self) -> Path:
        """Copy the database as it is, not encrypted, where no backup of it can be made.

        Raises:
            StorageError: there is no copy.
        """

    def seal_plain_copies(self) -> int:
        """Encrypt the copies that earlier versions made in the clear, and overwrite those.

        Returns:
            How many there were.

        Raises:
            StorageError: some of them are still in the clear.
        """

    def remove(self, file: Path) -> None:
        """Delete a backup; a copy that is not encrypted is overwritten before.

        Raises:
            BackupUnusable: it is none.
            StorageError: it cannot be deleted.
        """
