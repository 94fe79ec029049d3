"""Make, check and restore backups, and keep erased people out of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kiosk.core.audit import AuditAction, AuditEvent, Tail
from kiosk.core.audit_check import Unreadable, check
from kiosk.core.backups import BackupReason, Contents
from kiosk.core.errors import (
    BackupUnusable,
    ChainBroken,
    DatabaseCorrupt,
    DatabaseLocked,
    KeyUnavailable,
    StorageError,
    TemplateUnreadable,
    UnknownUser,
)
from kiosk.core.roles import Action, require
from kiosk.core.vault_ports import TemplateKey
from kiosk.services.keys import ACTIVE, DESTROYED, RETIRING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from kiosk.core.audit import AuditRecord, AuditTrail
    from kiosk.core.audit_chain import Chain
    from kiosk.core.backup_ports import BackupStore, OpenedBackup
    from kiosk.core.backups import BackupInfo
    from kiosk.core.ports import ActivityLog, Clock, UnitOfWork, UnitOfWorkFactory
    from kiosk.core.vault_ports import KeyVault, KioskSecret

_PAGE = 1000
_BATCH = 500


@dataclass(frozen=True)
class Checked:
    """A backup that was unpacked and looked through.

    Attributes:
        info: what is known of it.
        contents: what is in it.
        present: what is in the database now; None where that cannot be read.
        foreign: whether it is of another kiosk than the database.
    """

    info: BackupInfo
    contents: Contents
    present: Contents | None
    foreign: bool


@dataclass(frozen=True)
class Restored:
    """What a restore did.

    Attributes:
        contents: what is in the database now.
        before: the backup of what was replaced; None where there was nothing that could be kept.
    """

    contents: Contents
    before: BackupInfo | None


class Backups:
    """Backups of the database; the administrator's.

    Args:
        store: makes and reads them; None where the database is on a server, whose own tools do it.
        database: the one in use.
        chain_of: makes the audit chain of a kiosk from its secret.
        clock: tells when keys were found destroyed.
        activity: told of every backup and restore.
    """

    def __init__(
        self,
        store: BackupStore | None,
        database: UnitOfWorkFactory,
        chain_of: Callable[[KioskSecret], Chain],
        clock: Clock,
        activity: ActivityLog,
    ) -> None:
        """Use these."""
        self._given = store
        self._database = database
        self._chain_of = chain_of
        self._clock = clock
        self._activity = activity

    def create(
        self, to: Path | None = None, passphrase: str | None = None, *, overwrite: bool = False
    ) -> BackupInfo:
        """Make a backup while the kiosk runs.

        Raises:
            NotPermitted: it is the administrator's.
            InvalidInput: the file is there already or cannot be written, or the passphrase is
                too short.
            KeyUnavailable: there is no key to encrypt it with.
            StorageError: there is no backup.
        """
        require(Action.BACKUP)
        made = self._store.create(
            BackupReason.MANUAL, to=to, passphrase=passphrase, overwrite=overwrite
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

    def check(
        self, file: Path, passphrase: str | None = None, exported: bytes | None = None
    ) -> Checked:
        """Unpack a backup and look through all of it; nothing is changed.

        Args:
            file: the backup.
            passphrase: of the backup, or of the exported keys.
            exported: keys of the kiosk that made it, as it exported them.

        Raises:
            NotPermitted: it is the administrator's.
            BackupUnusable: it is damaged, newer than this program, or its keys are not here.
            ChainBroken: its audit records are not as they were written.
            InvalidInput, KeyUnavailable, WrongPassphrase: the key does not open it.
        """
        require(Action.BACKUP)
        present = self._present()
        with self._store.opened(file, passphrase, exported) as backup:
            self._bring_up(backup)
            return Checked(backup.info, self._contents(backup), present, backup.foreign)

    def restore(
        self, file: Path, passphrase: str | None = None, exported: bytes | None = None
    ) -> Restored:
        """Replace the database by a backup; the database is backed up before.

        Whatever kills the program leaves the one or the other. Programs that use the database go
        on with the new one; they must be started again only where its keys are others.

        Args:
            file: see :meth:`check`.
            passphrase: see :meth:`check`.
            exported: see :meth:`check`.

        Raises:
            NotPermitted: it is the administrator's.
            BackupUnusable: as for :meth:`check`, or it is of another kiosk and people are
                enrolled in this one.
            ChainBroken, InvalidInput, KeyUnavailable, WrongPassphrase: see :meth:`check`.
            DatabaseLocked: the keys are being changed.
            StorageError: nothing was changed.
        """
        require(Action.BACKUP)
        present = self._present()
        self._require_settled_keys()
        with self._store.opened(file, passphrase, exported) as backup:
            if backup.foreign and present is not None and present.people:
                raise BackupUnusable(
                    "The backup is of another kiosk, and people are enrolled in this one.",
                    hint="Restore it into an empty data folder, with --data-dir.",
                )
            self._bring_up(backup)
            self._contents(backup)
            backup.keep_keys()
            foreign = backup.foreign
        before = None if foreign else self._back_up_present()
        with self._store.opened(file, passphrase, exported) as backup:
            self._bring_up(backup)
            lost = backup.drop_unreadable(backup.keys.key_ids())
            contents = replace(self._contents(backup), unreadable=tuple(lost))
            self._record_within(backup, contents, before)
            backup.put_in_place()
        self._activity.write(f"Backup restored: {file.name}")
        return Restored(contents, before)

    def holding(self, user_id: str) -> Sequence[BackupInfo]:
        """Return the backups in the folder that hold a person, or that cannot be looked into.

        Raises:
            StorageError: the folder cannot be read.
        """
        return [] if self._given is None else self._given.holding(user_id)

    def forget(self, user_id: str) -> list[BackupInfo]:
        """Erase a person from the backups in the folder, which are written anew for that.

        Returns:
            The backups that hold the person still, because they cannot be opened.

        Raises:
            NotPermitted: it needs whoever may erase people.
            StorageError: some of them hold the person still.
        """
        require(Action.ERASE_PERSON)
        left = []
        for info in self.holding(user_id):
            try:
                with self._store.opened(info.file) as backup:
                    self._bring_up(backup)
                    with backup.database() as work:
                        work.people.remove(user_id)
                        work.commit()
                    backup.pack()
                # The person's ID is in the record of the erasure, and not here again.
                self._record(AuditEvent(AuditAction.BACKUP_REWRITTEN, info.file.name))
            except (BackupUnusable, KeyUnavailable, UnknownUser):
                left.append(info)
        return left

    def remove(self, file: Path) -> None:
        """Delete a backup.

        Raises:
            NotPermitted: it is the administrator's.
            BackupUnusable: it is none.
            StorageError: it cannot be deleted.
        """
        require(Action.BACKUP)
        self._store.remove(file)
        self._record(AuditEvent(AuditAction.BACKUP_DELETED, file.name))
        self._activity.write(f"Backup deleted: {file.name}")

    # --- what is in a database ---------------------------------------------------------------

    def _contents(self, backup: OpenedBackup) -> Contents:
        chain = self._chain_of(backup.keys.secret)
        with backup.database() as work:
            tail = work.audit.tail()
            verdict = check(chain, tail, _records(work.audit, tail.seq))
            # Without records: made before anything was recorded, as by earlier versions.
            if verdict.broken is not None and tail != Tail():
                raise ChainBroken(
                    f"The audit records in the backup are not as they were written: "
                    f"{verdict.broken.text}"
                )
            people, voiceprints, unreadable = _opened(work)
        last_at = None if verdict.last is None else verdict.last.at
        return Contents(people, voiceprints, unreadable, verdict.records, last_at)

    def _present(self) -> Contents | None:
        try:
            with self._database() as work:
                tail = work.audit.tail()
                newest = work.audit.page(tail.seq - 1, 1)
                summaries = work.people.summaries()
        except StorageError:
            return None
        return Contents(
            len(summaries),
            sum(len(each.model_ids) for each in summaries),
            records=tail.seq,
            last_record_at=newest[0].at if newest else None,
        )

    def _bring_up(self, backup: OpenedBackup) -> None:
        """Let a database of another day agree with the keys of today, and seal all of it."""
        now = self._clock.now()
        with backup.database() as work:
            _reconcile(work, backup.keys, lambda key: replace(key, destroyed_at=now))
            while work.sealed_rows.reseal(None, _BATCH):
                pass
            work.commit()

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
                "The key of the voiceprints is being changed.",
                hint="Wait until that is done, or start the kiosk once to finish it.",
            )

    def _back_up_present(self) -> BackupInfo | None:
        try:
            return self._store.create(BackupReason.RESTORE)
        except DatabaseCorrupt:
            return None  # the damaged file is kept beside the new one
        except StorageError:
            if self._present() is None:
                return None  # there is none
            raise

    def _record_within(
        self, backup: OpenedBackup, contents: Contents, before: BackupInfo | None
    ) -> None:
        """Append the restore to the chain that is put in place: both happen, or neither."""
        replaced = self._present()
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
                    },
                )
            )
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


def _reconcile(
    work: UnitOfWork, keys: KeyVault, destroyed: Callable[[TemplateKey], TemplateKey]
) -> None:
    """Record the keys as they are now: an old database knows of keys that are gone since."""
    active, present = keys.box.key_id, set(keys.key_ids())
    records = {each.key_id: each for each in work.template_keys.all()}
    for key_id, record in records.items():
        if key_id == active:
            continue
        if key_id in present:
            work.template_keys.put(replace(record, state=RETIRING))
        elif record.state != DESTROYED:
            work.template_keys.put(destroyed(replace(record, state=DESTROYED)))
    work.template_keys.put(TemplateKey(active, ACTIVE, keys.created_at(active)))


def _opened(work: UnitOfWork) -> tuple[int, int, tuple[str, ...]]:
    """Open every voiceprint; return people, voiceprints, and whose cannot be opened."""
    summaries = work.people.summaries()
    voiceprints, unreadable = 0, set()
    for model_id in sorted({model for each in summaries for model in each.model_ids}):
        whose = [each.person.user_id for each in summaries if model_id in each.model_ids]
        try:
            voiceprints += len(work.people.voiceprints(model_id))
        except (DatabaseCorrupt, KeyUnavailable, TemplateUnreadable):
            broken = {user_id for user_id in whose if not _opens(work, user_id, model_id)}
            unreadable |= broken
            voiceprints += len(whose) - len(broken)
    return len(summaries), voiceprints, tuple(sorted(unreadable))


def _opens(work: UnitOfWork, user_id: str, model_id: str) -> bool:
    try:
        return work.people.voiceprint(user_id, model_id) is not None
    except (DatabaseCorrupt, KeyUnavailable, TemplateUnreadable):
        return False


def _records(trail: AuditTrail, last: int) -> Iterator[AuditRecord | Unreadable]:
    after = 0
    while after < last:
        try:
            page = trail.page(after, _PAGE)
        except DatabaseCorrupt:
            yield Unreadable(after + 1)
            return
        if not page:
            return
        yield from page
        after = page[-1].seq
