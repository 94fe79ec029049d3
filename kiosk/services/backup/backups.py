"""Make, check and restore backups, and keep erased people out of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk.core.accounts.roles import Action, require
from kiosk.core.backup.backups import BackupReason, Contents
from kiosk.core.errors import (
    BackupUnusable,
    ChainBroken,
    DatabaseCorrupt,
    DatabaseLocked,
    KeyUnavailable,
    KioskError,
    StorageError,
    UnknownUser,
)
from kiosk.core.records.anchors import noted
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.services.backup.backed_up import bring_up, contents_of, present_contents, require_wanted
from kiosk.services.backup.results import Checked, Restored
from kiosk.services.keys.steps import RETIRING
from kiosk.services.records.adoption import RESTORED, adopt
from kiosk.services.records.whole_chain import verify_chain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from kiosk.core.backup.backups import BackupInfo
    from kiosk.core.backup.ports import BackupStore, OpenedBackup
    from kiosk.core.keys.ports import KioskSecret
    from kiosk.core.ports import ActivityLog, Clock, UnitOfWorkFactory
    from kiosk.core.records.chain import Chain
    from kiosk.core.records.ports import AnchorFile


class Backups:
    """Backups of the database; the administrator's.

    Args:
        store: makes and reads them; None where the database is on a server, whose own tools do it.
        database: the one in use.
        chain_of: makes the audit chain of a kiosk from its secret.
        clock: tells when keys were found destroyed.
        activity: told of every backup and restore.
        chain: of this kiosk.
        anchors_of: where those of a kiosk are written by themselves; None where none are.
    """

    def __init__(
        self,
        store: BackupStore | None,
        database: UnitOfWorkFactory,
        chain_of: Callable[[KioskSecret], Chain],
        clock: Clock,
        activity: ActivityLog,
        *,
        chain: Chain,
        anchors_of: Callable[[str], AnchorFile | None] = lambda _: None,
    ) -> None:
        """Use these."""
        self._anchors_of = anchors_of
        self._given = store
        self._database = database
        self._chain_of = chain_of
        self._clock = clock
        self._activity = activity
        self._chain = chain

    def create(
        self, to: Path | None = None, passphrase: str | None = None, *, overwrite: bool = False
    ) -> BackupInfo:
        """Make a backup while the kiosk runs.

        All records are checked before: a backup of damaged ones could not be restored, so none is
        made, and those that can be are kept. Where rows are not what the records say a backup is
        made, but it takes the place of none.

        Raises:
            NotPermitted: it is the administrator's.
            ChainBroken: the audit records are not as they were written.
            InvalidInput: the file is there already or cannot be written, or the passphrase is
                too short.
            KeyUnavailable: there is no key to encrypt it with.
            StorageError: there is no backup.
        """
        require(Action.BACKUP)
        store = self._store
        verdict = verify_chain(self._database, self._chain)
        if verdict.broken is not None:
            raise ChainBroken(
                f"{verdict.broken.text} A backup of such records cannot be restored: none was "
                "made, and the former ones are kept.",
                hint="Run 'kiosk audit verify'. Restore a backup; or, if it is right as it is, "
                "'kiosk audit accept' begins the records anew.",
            )
        made = store.create(
            BackupReason.MANUAL,
            to=to,
            passphrase=passphrase,
            overwrite=overwrite,
            rotate=not verdict.differences,
        )
        # Where one is that an erasure cannot reach.
        folder = None if to is None else str(made.file.parent)
        details = {"passphrase": made.passphrase, "folder": folder}
        self._record(AuditEvent(AuditAction.BACKED_UP, made.file.name, details))
        self._activity.write(f"Backup made: {made.file.name}")
        return made

    def all(self) -> Sequence[BackupInfo]:
        """Return the backups in the folder, oldest first.

        Raises:
            NotPermitted: it is the administrator's.
            StorageError: the folder cannot be read.
        """
        require(Action.BACKUP)
        return self._store.all()

    def unencrypted(self) -> Sequence[Path]:
        """Return copies of the database that are no backups: of earlier versions, or damaged.

        Raises:
            NotPermitted: it is the administrator's.
            StorageError: the folders cannot be read.
        """
        require(Action.BACKUP)
        return [] if self._given is None else self._given.unencrypted()

    def check(
        self,
        file: Path,
        passphrase: str | None = None,
        exported: bytes | None = None,
        *,
        other_kiosk: bool = False,
    ) -> Checked:
        """Unpack a backup and look through all of it; nothing is changed.

        Args:
            file: the backup.
            passphrase: of the backup, or of the exported keys.
            exported: keys of the kiosk that made it, as it exported them.
            other_kiosk: it may be of another kiosk than the database; nothing here shows then who
                made it.

        Raises:
            NotPermitted: it is the administrator's.
            BackupUnusable: it is damaged, newer than this program, its keys are not here, or it
                was not made by the kiosk that it names; or it is of another kiosk, and that is not
                wanted.
            InvalidInput, KeyUnavailable, WrongPassphrase: the key does not open it.
        """
        require(Action.BACKUP)
        present = present_contents(self._database)
        with self._store.opened(file, passphrase, exported) as backup:
            require_wanted(backup, other_kiosk=other_kiosk)
            bring_up(backup, self._clock.now())
            contents = contents_of(backup, self._chain_of)
            return Checked(backup.info, contents, present, backup.foreign, backup.keys_here)

    def restore(
        self,
        file: Path,
        passphrase: str | None = None,
        exported: bytes | None = None,
        *,
        other_kiosk: bool = False,
    ) -> Restored:
        """Replace the database by a backup; the database is backed up before.

        Whatever kills the program leaves the one or the other. Programs that use the database go
        on with the new one; they must be started again only where its keys are others.

        Args:
            file: see :meth:`check`.
            passphrase: see :meth:`check`.
            exported: see :meth:`check`.
            other_kiosk: see :meth:`check`.

        Raises:
            NotPermitted: it is the administrator's.
            BackupUnusable: as for :meth:`check`, or it is of another kiosk and people are
                enrolled in this one.
            InvalidInput, KeyUnavailable, WrongPassphrase: see :meth:`check`.
            DatabaseLocked: the keys are being changed.
            StorageError: nothing was changed.
        """
        require(Action.BACKUP)
        present = present_contents(self._database)
        self._require_settled_keys()
        with self._store.opened(file, passphrase, exported) as backup:
            require_wanted(backup, other_kiosk=other_kiosk)
            if backup.foreign and present is not None and present.people:
                raise BackupUnusable(
                    "The backup is of another kiosk, and people are enrolled in this one.",
                    hint="Restore it into an empty data folder, with --data-dir.",
                )
            bring_up(backup, self._clock.now())
            contents_of(backup, self._chain_of)
            foreign = backup.foreign
        before = None if foreign else self._back_up_present()
        with self._store.opened(file, passphrase, exported) as backup:
            # Again: somebody may have put another file there.
            require_wanted(backup, other_kiosk=foreign)
            bring_up(backup, self._clock.now())
            lost = backup.drop_unreadable(backup.keys.key_ids())
            contents = replace(contents_of(backup, self._chain_of), unreadable=tuple(lost))
            self._record_within(backup, contents, before)
            backup.put_in_place()
        self._activity.write(f"Backup restored: {file.name}")
        return Restored(contents, before)

    def holding(self, user_id: str) -> Sequence[Path]:
        """Return the backups and other copies that hold a person, or cannot be looked into.

        Raises:
            StorageError: the folder cannot be read.
        """
        return [] if self._given is None else self._given.holding(user_id)

    def forget(self, user_id: str) -> list[Path]:
        """Erase a person from the backups in the folder, which are written anew for that.

        Returns:
            What holds the person still: backups that cannot be opened, and copies that are none.

        Raises:
            NotPermitted: it needs whoever may erase people.
            StorageError: some of them hold the person still.
        """
        require(Action.ERASE_PERSON)
        left = []
        for file in self.holding(user_id):
            try:
                with self._store.opened(file) as backup:
                    bring_up(backup, self._clock.now())
                    with backup.database() as work:
                        work.people.remove(user_id)
                        work.commit()
                    backup.pack()
                # The person's ID is in the record of the erasure, and not here again.
                self._record(AuditEvent(AuditAction.BACKUP_REWRITTEN, file.name))
            except (BackupUnusable, KeyUnavailable, UnknownUser):
                left.append(file)
        return left

    def remove(self, file: Path) -> None:
        """Delete a backup; a copy that is not encrypted is overwritten before.

        Raises:
            NotPermitted: it is the administrator's.
            BackupUnusable: it is none.
            StorageError: it cannot be deleted.
        """
        require(Action.DELETE_BACKUPS)
        self._store.remove(file)
        self._record(AuditEvent(AuditAction.BACKUP_DELETED, file.name))
        self._activity.write(f"Backup deleted: {file.name}")

    # --- steps -------------------------------------------------------------------------------

    def _require_settled_keys(self) -> None:
        """Refuse while a key is being retired: it would be destroyed after its rows came back."""
        try:
            with self._database() as work:
                states = {each.state for each in work.template_keys.all()}
        except StorageError:
            return  # whoever changes keys could not go on either
        if RETIRING in states:
            raise DatabaseLocked(
                "The key is being changed.",
                hint="Wait until that is done, or start the kiosk to finish it.",
            )

    def _back_up_present(self) -> BackupInfo | None:
        present = present_contents(self._database)
        try:
            if present is not None and not present.records:
                # Killed between its migration and its first record: a backup without any is no
                # good.
                self._record(AuditEvent(AuditAction.BACKED_UP))
            return self._store.create(BackupReason.RESTORE, rotate=self._is_sound())
        except KeyUnavailable:
            # Somebody has exchanged it: nothing of it is sealed in the name of this kiosk.
            self._activity.write(f"Kept aside: {self._store.keep_aside().name}")
            return None
        except DatabaseCorrupt:
            return None  # the damaged file is kept beside the new one
        except StorageError:
            if present is None:
                return None  # there is none
            raise

    def _is_sound(self) -> bool:
        """Return whether a backup of the database is known to be as good as the former ones."""
        try:
            return verify_chain(self._database, self._chain).intact
        except KioskError:
            return False

    def _record_within(
        self, backup: OpenedBackup, contents: Contents, before: BackupInfo | None
    ) -> None:
        """Append the restore to the chain that is put in place: both happen, or neither."""
        replaced = present_contents(self._database)
        with backup.database() as work:
            work.audit.append(
                AuditEvent(
                    AuditAction.RESTORED,
                    backup.info.file.name,
                    {
                        "made_at": backup.info.made_at.isoformat(),
                        "records_replaced": None if replaced is None else replaced.records,
                        "people": contents.people,
                        "people_replaced": None if replaced is None else replaced.people,
                        "unreadable": len(contents.unreadable),
                        "kept_as": None if before is None else before.file.name,
                        # Those of its kiosk: the present one may have no keys, or no database.
                        **noted(self._anchors_of(backup.info.kiosk_id)),
                    },
                )
            )
            if backup.unrecorded:
                adopt(work, RESTORED, earlier=backup.keys.secret)
            work.commit()

    def _record(self, event: AuditEvent) -> None:
        with self._database() as work:
            work.audit.append(event)
            work.commit()

    @property
    def _store(self) -> BackupStore:
        if self._given is None:
            raise StorageError(
                "The database is on a PostgreSQL server, whose own tools back it up.",
                hint="Use pg_dump and pg_restore, and keep a file of 'kiosk keys export' with it.",
            )
        return self._given
