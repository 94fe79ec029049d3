"""Backups of the SQLite file: made while it is in use, unpacked, checked and put in place."""

from __future__ import annotations

from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kiosk.core.backup.backups import BackupReason
from kiosk.core.errors import BackupUnusable, DatabaseNewer, InvalidInput, KioskError, StorageError
from kiosk.storage.backup import leftovers, packing
from kiosk.storage.backup import working_copy as copies
from kiosk.storage.database import files
from kiosk.storage.database.faults import translating
from kiosk.storage.database.identity import erase_unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import BinaryIO

    from kiosk.core.backup.backups import Archiver, BackupInfo, OpenedArchive
    from kiosk.core.keys.ports import KeyVault, TemplateBox
    from kiosk.core.ports import UnitOfWorkFactory
    from kiosk.storage.sqlite import SqlDatabase

_TIMEOUT_S = 30.0
_RECORDED_SINCE = "0003"
"""The first schema with audit records, and with every voiceprint encrypted."""


class SqliteBackups:
    """Implements :class:`kiosk.core.backup.ports.BackupStore` for one SQLite file.

    Args:
        database: the one in use.
        archiver: seals and opens backups.
        database_at: makes the database of an unpacked backup, given the keys of its templates.
        keep: how many backups of each reason stay in the folder.
        timeout: seconds to wait for others.
    """

    def __init__(
        self,
        database: SqlDatabase,
        archiver: Archiver,
        database_at: Callable[[Path, KeyVault], SqlDatabase],
        *,
        keep: int = files.BACKUPS_KEPT,
        timeout: float = _TIMEOUT_S,
    ) -> None:
        self._database = database
        self._archiver = archiver
        self._database_at = database_at
        self._keep = keep
        self._timeout = timeout

    def create(
        self,
        reason: BackupReason,
        *,
        to: Path | None = None,
        passphrase: str | None = None,
        overwrite: bool = False,
        rotate: bool = True,
    ) -> BackupInfo:
        """Copy the database while it is in use, seal the copy, and read it again; see the port."""
        if to is not None:
            _require_writable(to, overwrite=overwrite)
        file, folder = self._database.file, self._database.backups_folder
        with translating(), copies.workshop(folder, self._timeout) as copy:
            made_at = datetime.now(UTC)
            copies.copy_out(file, copy, self._timeout)
            made = packing.pack(
                copy,
                to or folder / packing.name_of(file, reason, made_at),
                self._archiver,
                packing.facts_of(copy, self._archiver, reason, made_at),
                passphrase=passphrase,
                part=copies.part_of(copy) if to is None else None,
            )
            if to is None and rotate:
                packing.prune(file, folder, reason, self._keep)
        return made

    def all(self) -> list[BackupInfo]:
        """Return the backups in the folder, oldest first; files that are none are left out."""
        found = []
        with translating():
            for file in packing.all_in(self._database.file, self._database.backups_folder):
                with suppress(BackupUnusable, FileNotFoundError):
                    found.append(packing.read_info(file, self._archiver))
        return found

    def info(self, file: Path) -> BackupInfo:
        """Return what can be read of a backup without a key; see the port."""
        with _readable(file):
            return packing.read_info(file, self._archiver)

    def unencrypted(self) -> list[Path]:
        """Return copies of the database that are no backups; see the port."""
        with translating():
            return leftovers.plain(self._database.file, self._database.backups_folder)

    def holding(self, user_id: str) -> list[Path]:
        """Return the backups and other copies that may hold a person; see the port."""
        file, folder = self._database.file, self._database.backups_folder
        with translating():
            # One that was begun before the person was erased holds them, and is listed too.
            copies.wait_until_idle(folder, self._timeout)
            plain = leftovers.holding(file, folder, user_id)
        return [info.file for info in self.all() if self._may_hold(info.file, user_id)] + plain

    @contextmanager
    def opened(
        self, file: Path, passphrase: str | None = None, exported: bytes | None = None
    ) -> Iterator[_Unpacked]:
        """Unpack and check a backup; see the port."""
        info = self.info(file)
        with (
            _untranslated(copies.workshop(self._database.backups_folder, self._timeout)) as copy,
            _source(file) as source,
        ):
            archive = self._archiver.open(source, passphrase, exported)
            with translating():
                packing.unpack(archive, copy)
                earlier = _bring_up(copy, archive.keys.box)
            unpacked = self._database_at(copy, archive.keys)
            both = (unpacked, self._database)
            try:
                if unpacked.keys_needed().kiosk_id != info.kiosk_id:
                    raise BackupUnusable("The backup holds the database of another kiosk.")
                yield _Unpacked(info, archive, both, copy, self._archiver, unrecorded=earlier)
            finally:
                unpacked.close()

    def remove(self, file: Path) -> None:
        """Delete a backup or another copy; see the port."""
        if file in self.unencrypted():
            with translating():
                copies.wipe_all(file)
            return
        self.info(file)
        with translating():
            file.unlink()
            packing.sync_folder(file.parent)

    def keep_aside(self) -> Path:
        """Copy the database as it is, not encrypted; see the port."""
        file = self._database.file
        kept = leftovers.damaged_name(file)
        with translating():
            files.make_private_file(kept)
            copies.copy_out(file, kept, self._timeout)
            packing.sync_folder(kept.parent)
        return kept

    def seal_plain_copies(self) -> int:
        """Encrypt the copies that earlier versions made in the clear, and overwrite those.

        Returns:
            How many there were.

        Raises:
            StorageError: some of them are still in the clear.
        """
        file, folder = self._database.file, self._database.backups_folder
        sealed = 0
        for plain in files.backups(file, folder):
            with translating(), copies.workshop(folder, self._timeout) as copy:
                if not plain.exists():  # another process was first
                    continue
                made_at = datetime.fromtimestamp(plain.stat().st_mtime, UTC)
                copies.copy_out(plain, copy, self._timeout)
                packing.identify(copy, self._archiver.secret.kiosk_id)
                packing.pack(
                    copy,
                    folder / packing.name_of(file, BackupReason.MIGRATION, made_at),
                    self._archiver,
                    packing.facts_of(copy, self._archiver, BackupReason.MIGRATION, made_at),
                    part=copies.part_of(copy),
                )
                copies.wipe_all(plain)
                sealed += 1
        return sealed

    def _may_hold(self, file: Path, user_id: str) -> bool:
        try:
            with translating():
                manifest, secret = packing.read_manifest(file, self._archiver)
        except KioskError:
            return True  # nobody can say that it does not
        return packing.person_hash(secret, user_id) in manifest.people


class _Unpacked:
    """Implements :class:`kiosk.core.backup.ports.OpenedBackup`."""

    def __init__(
        self,
        info: BackupInfo,
        archive: OpenedArchive,
        databases: tuple[SqlDatabase, SqlDatabase],
        copy: Path,
        archiver: Archiver,
        *,
        unrecorded: bool,
    ) -> None:
        self._info = info
        self._archive = archive
        self._unpacked, self._live = databases
        self._copy = copy
        self._archiver = archiver
        self._unrecorded = unrecorded

    @property
    def info(self) -> BackupInfo:
        return self._info

    @property
    def database(self) -> UnitOfWorkFactory:
        return self._unpacked

    @property
    def keys(self) -> KeyVault:
        return self._archive.keys

    @property
    def foreign(self) -> bool:
        # What was known of this place counts, and not what somebody may have put there since.
        known = self._archiver.known()
        if known:
            return self._info.kiosk_id not in known
        try:
            return self._live.keys_needed().kiosk_id != self._info.kiosk_id
        except StorageError:
            return False  # there is none, or it is damaged: it belongs to nobody any more

    @property
    def unrecorded(self) -> bool:
        return self._unrecorded

    def drop_unreadable(self, key_ids: Collection[str]) -> list[str]:
        with translating(), closing(files.open_existing(self._copy, _TIMEOUT_S)) as connection:
            return erase_unreadable(connection, key_ids)

    @property
    def keys_here(self) -> bool:
        return self._archive.keys_here

    def put_in_place(self) -> None:
        self._settle()
        with self._archive.keys_kept():
            self._live.replace_by(self._copy)

    def pack(self) -> BackupInfo:
        self._settle()
        with translating():
            packing.repack(self._copy, self._info.file, self._archiver)
            return packing.read_info(self._info.file, self._archiver)

    def _settle(self) -> None:
        """Make the unpacked database one file again, without what was erased in it."""
        self._unpacked.close()
        with translating(), closing(files.open_existing(self._copy, _TIMEOUT_S)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
            # A free page may still hold what was erased or sealed anew.
            connection.execute("VACUUM")


def _bring_up(copy: Path, box: TemplateBox) -> bool:
    """Bring an unpacked database to the present schema, and seal what was in the clear before it.

    Returns:
        Whether it is of before anything was recorded.

    Raises:
        BackupUnusable: a newer program has made it, or it is not of this program.
    """
    from kiosk.storage import schema
    from kiosk.storage.database.engine import migration_engine

    engine = migration_engine(copy, _TIMEOUT_S)
    try:
        with engine.connect() as connection:
            revision = schema.current(connection)
    except DatabaseNewer as exc:
        raise BackupUnusable(
            "The backup was made by a newer version of this program.",
            hint="Install that version, then restore the backup with it.",
        ) from exc
    except StorageError as exc:
        raise BackupUnusable("The backup holds the database of another program.") from exc
    if revision != schema.head():
        schema.upgrade(engine, box)
    return revision is None or revision < _RECORDED_SINCE


@contextmanager
def _untranslated(workshop: AbstractContextManager[Path]) -> Iterator[Path]:
    """Translate what setting up the working copy raises, and nothing of what is done with it."""
    with translating():
        copy = workshop.__enter__()
    try:
        yield copy
    finally:
        with translating():
            workshop.__exit__(None, None, None)


@contextmanager
def _source(file: Path) -> Iterator[BinaryIO]:
    with _readable(file):
        opened = file.open("rb")
    with opened:
        yield opened


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise BackupUnusable(
            f"The backup {file.name} cannot be read: {exc.strerror}.",
            hint="See 'kiosk backup list', or name another file.",
        ) from exc


def _require_writable(to: Path, *, overwrite: bool) -> None:
    if to.is_dir() or not to.parent.is_dir():
        raise InvalidInput(f"{to} cannot be written.", hint="Name a file in a folder that exists.")
    if to.exists() and not overwrite:
        raise InvalidInput(
            f"The file {to.name} exists already.", hint="Choose another, or add --force."
        )
