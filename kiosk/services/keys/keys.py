"""The keys of voiceprints: found at the start, changed while the kiosk runs, revoked, carried.

Which key seals is decided by the database, where units of work take turns; the keys themselves are
kept by the vault. Every step below leaves both in a state from which :meth:`Keys.begin` goes on,
whatever kills the program in between:

1. a new key is stored in the vault, and known to nobody;
2. the database records it as active and the former one as retiring, in one transaction;
3. values are sealed anew, a batch in each transaction;
4. the transaction that finds none left records the former key as destroyed;
5. the vault overwrites it.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk.core.accounts.roles import Action, require
from kiosk.core.errors import DatabaseLocked, KeyUnavailable
from kiosk.core.keys.ports import TemplateKey
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.services.keys.report import KeyReport, KeyState
from kiosk.services.keys.steps import (
    ACTIVE,
    DESTROYED,
    RETIRING,
    active_of,
    begin_records_anew,
    record_sealed,
    require_held,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.keys.ports import KeyVault
    from kiosk.core.ports import ActivityLog, Clock, Database
    from kiosk.core.records.chain import Chain

    Progress = Callable[[int, int], None]

_log = logging.getLogger(__name__)

KEYS_FILE = "keys"
"""The kind of file that holds exported keys."""
BATCH = 100
"""Values that are sealed anew in one transaction: verification waits for no longer than that."""


class Keys:
    """Looks after the keys; safe from any thread, and from several processes at once."""

    def __init__(
        self,
        database: Database,
        vault: KeyVault,
        clock: Clock,
        activity: ActivityLog,
        *,
        chain: Chain,
        seal_copies: Callable[[], int] | None = None,
        batch: int = BATCH,
    ) -> None:
        """Use these.

        Args:
            database: prepared before the first call.
            vault: keeps the keys.
            clock: tells when keys were made and destroyed.
            activity: told of every change.
            chain: of the audit records.
            seal_copies: encrypts the copies of the database that earlier versions made in the
                clear, and returns how many there were.
            batch: values that are sealed anew in one transaction.
        """
        self._chain = chain
        self._seal_copies = seal_copies
        self._database = database
        self._vault = vault
        self._clock = clock
        self._activity = activity
        self._batch = batch

    def prepare(self) -> None:
        """Create the database, or bring it up to the present schema.

        A database of an earlier version needs the keys for that: what it stored in the clear is
        sealed in the transaction of the migration. What :meth:`begin` does then is done at once,
        so that nothing of it stays in the files, whatever the program was started for.

        Raises:
            KeyUnavailable: see :meth:`begin`; only for a database of an earlier version.
            StorageError: see :meth:`kiosk.core.ports.Database.prepare`.
        """
        self._database.prepare()
        if self._vault.opened and not self._vault.all_sealed:
            self.begin()

    def begin(self) -> None:
        """Find the keys, or make the first ones; finish what was interrupted. At every start.

        After the migration of a database that held voiceprints in the clear it is written anew, so
        that nothing of them stays in it; they are recorded, and copies of it are sealed.

        Raises:
            KeyUnavailable: the database holds what only a missing key opens, or is not the one
                that was at its place before.
            StorageError: the database failed.
        """
        self._vault.unlock()
        self._reconcile()
        if not self._vault.all_sealed:
            self._clean_up()
        self._finish(None)

    def recognize(self) -> bool:
        """Find the keys where the database is known; makes none. For whoever only reads.

        Returns:
            Whether a database was known at this place.

        Raises:
            KeyUnavailable: the keys are not there, or this is not that database.
        """
        if not self._vault.known():
            return False
        self._vault.unlock()
        return True

    def adopt(self) -> None:
        """Take the database that is there now for that of this kiosk, whatever was there before.

        Voiceprints of an earlier version in it are sealed, and trusted from then on.

        Raises:
            NotPermitted: it is the administrator's.
            KeyUnavailable: it needs keys that are not there.
            StorageError: the database failed.
        """
        require(Action.KEYS)
        self._vault.accept_database()
        self.prepare()
        self.begin()
        self._record_event(AuditAction.DATABASE_ADOPTED)
        self._activity.write("Accepted the database that is there now")

    def report(self) -> KeyReport:
        """Return how the keys are.

        Raises:
            KeyUnavailable: they are not where they were put.
        """
        present = set(self._vault.key_ids())
        with self._database() as work:
            records, counts = work.template_keys.all(), work.sealed_rows.counts()
        return KeyReport(
            self._vault.facts(),
            [
                KeyState(each, counts.get(each.key_id, 0), each.key_id in present)
                for each in records
            ],
            counts.get(None, 0),
            self._vault.warnings(),
        )

    def rekey(self, progress: Progress | None = None) -> str:
        """Seal everything with a new key and destroy the former one, while the kiosk runs.

        An interrupted one goes on. Templates change with the key, for it rotates them too.

        Args:
            progress: told how many values are sealed anew, and of how many.

        Returns:
            The ID of the new key.

        Raises:
            NotPermitted: it is the administrator's.
            KeyUnavailable: the keys cannot be read or written.
            TemplateUnreadable: a voiceprint was altered; remove the person, and run it again.
        """
        require(Action.KEYS)
        self.begin()
        new = self._unused_key()
        with self._database() as work:
            active = active_of(work.template_keys.all())
            work.template_keys.put(replace(active, state=RETIRING))
            work.template_keys.put(self._record(new))
            replaced = {"replaces": active.key_id}
            work.audit.append(AuditEvent(AuditAction.KEY_REPLACED, new, replaced))
            work.commit()
        self._activity.write(f"Began to change the template key {active.key_id} for {new}")
        self._vault.activate(new)
        self._finish(progress)
        return new

    def revoke(self) -> int:
        """Destroy all template keys at once, and erase what they sealed; for emergencies.

        Everybody must be enrolled again. Where all keys of the kiosk are lost, new ones are made,
        with a new secret: audit records of before then cannot be verified any more, and the
        chain is begun anew behind them.

        Returns:
            How many voiceprints there were.

        Raises:
            NotPermitted: it is the administrator's.
            KeyUnavailable: new keys cannot be kept.
        """
        require(Action.KEYS)
        try:
            self._vault.unlock()
        except KeyUnavailable:
            self._vault.renew()
        new = self._unused_key()
        now = self._clock.now()
        with self._database() as work:
            begin_records_anew(work, self._chain)
            count = work.sealed_rows.discard()
            for each in work.template_keys.all():
                if each.state != DESTROYED:
                    work.template_keys.put(replace(each, state=DESTROYED, destroyed_at=now))
            work.template_keys.put(self._record(new))
            event = AuditEvent(AuditAction.KEYS_REVOKED, new, {"voiceprints": count})
            work.audit.append(event)
            work.commit()
        self._vault.activate(new)
        self._vault.destroy([each for each in self._vault.key_ids() if each != new])
        self._vault.set_all_sealed()
        self._activity.write(f"Revoked all template keys; {count} voiceprints erased")
        self._rewrite()
        return count

    def export(self, passphrase: str) -> bytes:
        """Return a file with all keys, encrypted, to be kept away from this kiosk.

        Raises:
            NotPermitted: it is the administrator's.
            InvalidInput: the passphrase is too short.
            KeyUnavailable: the keys cannot be read.
        """
        require(Action.KEYS)
        made = self._vault.wrapping.wrap(KEYS_FILE, self._vault.carried(), passphrase)
        self._record_event(AuditAction.KEYS_EXPORTED)
        self._activity.write("Exported the keys")
        return made

    def import_(self, data: bytes, passphrase: str) -> None:
        """Take keys from a file that :meth:`export` made of this kiosk.

        Raises:
            NotPermitted: it is the administrator's.
            InvalidInput: it is no such file.
            KeyUnavailable: it is of another kiosk.
            WrongPassphrase: the passphrase is wrong.
        """
        require(Action.KEYS)
        self._vault.adopt(self._vault.wrapping.unwrap(KEYS_FILE, data, passphrase))
        self.begin()
        self._record_event(AuditAction.KEYS_IMPORTED)
        self._activity.write("Imported keys")

    # --- steps -------------------------------------------------------------------------------

    def _reconcile(self) -> None:
        """Bring the vault to what the database says, and record the first key."""
        with self._database() as work:
            records = work.template_keys.all()
            if not any(each.state == ACTIVE for each in records):
                first = self._vault.box.key_id
                work.template_keys.put(self._record(first))
                work.audit.append(AuditEvent(AuditAction.KEY_CREATED, first))
                work.commit()
                records = work.template_keys.all()
        present = set(self._vault.key_ids())
        gone = require_held(records, self._database.keys_needed().key_ids, present)
        self._vault.activate(active_of(records).key_id)
        # Brought back by an export or an older key file, or left by whoever was interrupted.
        self._vault.destroy(sorted(gone & present))

    def _clean_up(self) -> None:
        """Finish what the migration of a database has begun that held voiceprints in the clear.

        All of them are recorded as they are now: what changes later is compared with that.
        """
        copies = 0 if self._seal_copies is None else self._seal_copies()
        with self._database() as work:
            people = record_sealed(work, copies)
            work.commit()
        if people or copies:
            self._activity.write(
                f"Encrypted the voiceprints of {people} people and {copies} copies of the database"
            )
        if self._rewrite():
            self._vault.set_all_sealed()

    def _finish(self, progress: Progress | None) -> None:
        """Seal anew what retiring keys still seal, and destroy those keys."""
        with self._database() as work:
            counts = work.sealed_rows.counts()
            retiring = [each for each in work.template_keys.all() if each.state == RETIRING]
        total, done = sum(counts.get(each.key_id, 0) for each in retiring), 0
        for key in retiring:
            while count := self._reseal(key.key_id):
                done += count
                if progress is not None:
                    progress(min(done, total), total)
            self._vault.destroy([key.key_id])
            self._activity.write(f"Destroyed the template key {key.key_id}")

    def _reseal(self, key_id: str) -> int:
        """Seal one batch anew; where nothing is left, record the key as destroyed."""
        with self._database() as work:
            count = work.sealed_rows.reseal(key_id, self._batch)
            if count == 0:
                for each in work.template_keys.all():
                    if each.key_id == key_id and each.state == RETIRING:
                        gone = replace(each, state=DESTROYED, destroyed_at=self._clock.now())
                        work.template_keys.put(gone)
                        work.audit.append(AuditEvent(AuditAction.KEY_DESTROYED, key_id))
            work.commit()
        return count

    def _rewrite(self) -> bool:
        """Write the database anew; return whether nobody prevented it."""
        try:
            self._database.rewrite()
        except DatabaseLocked:
            _log.warning("the database is in use and could not be written anew; at the next start")
            return False
        return True

    def _unused_key(self) -> str:
        """Return a key that seals nothing: a new one, or one of an interrupted change."""
        with self._database() as work:
            recorded = {each.key_id for each in work.template_keys.all()}
        unused = [each for each in self._vault.key_ids() if each not in recorded]
        return unused[-1] if unused else self._vault.add_key(self._clock.now())

    def _record_event(self, action: AuditAction) -> None:
        with self._database() as work:
            work.audit.append(AuditEvent(action))
            work.commit()

    def _record(self, key_id: str) -> TemplateKey:
        return TemplateKey(key_id, ACTIVE, self._vault.created_at(key_id))
