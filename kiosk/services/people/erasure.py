"""Erase people with every copy, and leave a proof of it."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from kiosk.core.accounts.acting import acting
from kiosk.core.accounts.roles import Action, require
from kiosk.core.errors import KioskError, StorageError
from kiosk.core.people.erasure import ErasedStore, ErasureProof, Reason
from kiosk.core.ports import UnitOfWorkFactory
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.services.known import known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from kiosk.core.people.erasure import OldBackups
    from kiosk.core.ports import ActivityLog, Clock, UnitOfWork
    from kiosk.services.people.log_traces import LogTraces

UNFINISHED = "erasure:unfinished"
"""The preference: set with an erasure, removed when its traces are overwritten on the disk."""

_log = logging.getLogger(__name__)


class ErasingDatabase(UnitOfWorkFactory, ErasedStore, Protocol):
    """A database that can overwrite what was erased."""


class Forgetful(Protocol):
    """Remembers failures under keyed hashes of IDs, which no table refers to."""

    def forget(self, work: UnitOfWork, user_id: str) -> None:
        """Remove what is remembered of an ID."""

    def forget_all(self, work: UnitOfWork) -> None:
        """Remove what is remembered of every ID."""


class Erasure:
    """The one way in which people are erased, whoever wants it."""

    def __init__(
        self,
        database: ErasingDatabase,
        clock: Clock,
        activity: ActivityLog,
        attempts: Forgetful,
        backups: OldBackups | None = None,
        logs: LogTraces | None = None,
    ) -> None:
        """Use these.

        Args:
            database: holds the people.
            clock: the time.
            activity: told of each erasure.
            attempts: remembers failures under IDs.
            backups: that may hold them still; None where the database's server has them.
            logs: name people; None where there are no log files.
        """
        self._logs = logs
        self._database = database
        self._clock = clock
        self._activity = activity
        self._attempts = attempts
        self._backups = backups

    def __call__(
        self,
        user_id: str,
        reason: Reason = Reason.REMOVED,
        *,
        only_if: Callable[[UnitOfWork], bool] | None = None,
    ) -> ErasureProof | None:
        """Erase a person from every table, in one transaction.

        Args:
            user_id: external ID.
            reason: why.
            only_if: asked within the transaction; when it says no, nothing happens.

        Returns:
            The proof, or None when ``only_if`` said no.

        Raises:
            UnknownUser: nobody has that ID.
            StorageError: nobody was erased.
        """
        require(Action.ERASE_PERSON)
        now = self._clock.now()
        self._database.make_room()
        with self._database() as work:
            if only_if is not None and not only_if(work):
                return None
            user_id = known(work, user_id).user_id
            rows = work.traces.count(user_id)
            work.people.remove(user_id)
            self._attempts.forget(work, user_id)
            _require_nothing_left(work, user_id)
            work.preferences.set(UNFINISHED, now.isoformat(), now)
            if self._logs is not None:
                self._logs.remember(work, [user_id])
            proof = ErasureProof(user_id, 1, reason, now, acting().name, rows)
            proof = _recorded(work, proof)
            work.commit()
        # Not the ID: it would stay for as long as the log does.
        self._activity.write(f"Removed {'*' * len(user_id)} (audit record {proof.record})")
        return self._completed(proof, self._holding(user_id))

    def everybody(self) -> ErasureProof:
        """Erase all people, and every attempt under whatever ID, in one transaction.

        Raises:
            StorageError: nobody was erased.
        """
        require(Action.ERASE_EVERYBODY)
        now = self._clock.now()
        self._database.make_room()
        with self._database() as work:
            rows = work.traces.count(None)
            if self._logs is not None:
                self._logs.remember(work, work.people.user_ids())
            count = work.people.remove_all()
            self._attempts.forget_all(work)
            _require_nothing_left(work, None)
            work.preferences.set(UNFINISHED, now.isoformat(), now)
            proof = ErasureProof(None, count, Reason.EVERYBODY, now, acting().name, rows)
            proof = _recorded(work, proof)
            work.commit()
        self._activity.write(f"All enrollments ({count}) deleted")
        return self._completed(proof, self._all_backups())

    def finish(self, patience_s: float = 0.0) -> bool:
        """Overwrite on the disk what was erased before, by whatever process.

        Args:
            patience_s: how long to wait for programs that are reading.

        Returns:
            Whether nothing is left to do. If not, somebody was reading: try again later.

        Raises:
            StorageError: the database failed.
        """
        self._forget_in_logs()
        with self._database() as work:
            begun = work.preferences.get(UNFINISHED)
        if begun is None:
            return True
        if self._database.scrub(patience_s) is False:
            return False
        with self._database() as work:
            # What was erased since is not finished yet.
            if work.preferences.get(UNFINISHED) == begun:
                work.preferences.set(UNFINISHED, None, self._clock.now())
                work.commit()
        return True

    def backups_holding(self, user_id: str) -> tuple[str, ...]:
        """Return the names of the backups and other copies that may hold a person."""
        return self._holding(user_id)

    def delete_backups(self, names: Iterable[str]) -> tuple[str, ...]:
        """Delete backups and other copies, and return the names of those that were there.

        Everybody else in them can be restored from them no more, so whoever may erase a person
        may not do this.

        Raises:
            NotPermitted: it is the administrator's.
            StorageError: one of them cannot be deleted.
        """
        require(Action.DELETE_BACKUPS)
        if self._backups is None:
            return ()
        wanted = set(names)
        found = [file for file in self._copies() if file.name in wanted]
        for file in found:
            self._backups.remove(file)
            with self._database() as work:
                work.audit.append(AuditEvent(AuditAction.BACKUP_DELETED, file.name))
                work.commit()
            self._activity.write(f"Backup {file.name} deleted")
        return tuple(file.name for file in found)

    def _completed(self, proof: ErasureProof, backups: tuple[str, ...]) -> ErasureProof:
        """Return the proof with what is known after the transaction; the erasure itself is done."""
        overwritten: bool | None
        # First: the IDs that are remembered for it are overwritten with the rest.
        proof = replace(proof, logs=self._forget_in_logs())
        try:
            overwritten = self._database.scrub(0.0)
            if overwritten is not False:
                self.finish()
        except StorageError as error:
            _log.warning("erased, but not overwritten yet: %s %s", error.code, error.message)
            overwritten = False
        return proof.completed(overwritten=overwritten, backups=backups)

    def _forget_in_logs(self) -> bool | None:
        """Overwrite in the log files who was erased; never in the way of the erasure itself."""
        if self._logs is None:
            return None
        try:
            return self._logs.finish()
        except StorageError as error:
            _log.warning("erased, but still named in logs: %s %s", error.code, error.message)
            return False

    def _holding(self, user_id: str) -> tuple[str, ...]:
        if self._backups is None:
            return ()
        try:
            return tuple(file.name for file in self._backups.holding(user_id))
        except KioskError as error:
            # Nothing can be said of them one by one: name them all.
            _log.warning("backups cannot be looked into: %s %s", error.code, error.message)
            return self._all_backups()

    def _all_backups(self) -> tuple[str, ...]:
        return tuple(file.name for file in self._copies())

    def _copies(self) -> list[Path]:
        if self._backups is None:
            return []
        return [*(each.file for each in self._backups.all()), *self._backups.unencrypted()]


def _recorded(work: UnitOfWork, proof: ErasureProof) -> ErasureProof:
    """Append the erasure to the audit records, and return the proof with the number of its own."""
    if proof.reason is Reason.WITHDRAWN:
        work.audit.append(AuditEvent(AuditAction.CONSENT_WITHDRAWN, proof.user_id))
    purged = proof.reason is Reason.RETENTION
    details = {f"rows_{table}": number for table, number in proof.rows.items()}
    record = work.audit.append(
        AuditEvent(
            AuditAction.PURGED if purged else AuditAction.ERASED,
            proof.user_id,
            {"reason": proof.reason.value, "people": proof.people, **details},
        )
    )
    return replace(proof, record=record.seq)


def _require_nothing_left(work: UnitOfWork, user_id: str | None) -> None:
    """Check within the transaction that no table holds anything of the erased any more.

    Raises:
        StorageError: one does; then nothing of it may be committed.
    """
    left = work.traces.count(user_id)
    if left:
        raise StorageError(f"Nothing was erased: rows would remain in {', '.join(sorted(left))}.")
