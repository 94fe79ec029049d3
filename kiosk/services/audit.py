"""Reading, checking, exporting and anchoring the audit records."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from kiosk.core.acting import SYSTEM, acting_as
from kiosk.core.audit import Anchor, AuditAction, AuditEvent, AuditQuery
from kiosk.core.audit_check import Unreadable, Verdict, check
from kiosk.core.errors import DatabaseCorrupt, InvalidInput, KioskError
from kiosk.core.roles import Action, require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from kiosk.core.audit import AnchorFile, AuditRecord
    from kiosk.core.audit_chain import Chain
    from kiosk.core.ports import Clock, UnitOfWorkFactory

_PAGE = 2_000
"""Records that are read in one transaction: a few milliseconds in which nobody else can write."""
_BEFORE_ALL = -(2**31)
_TRY_AGAIN_AFTER = 25
"""Records after which a place for anchors that failed is tried again."""

_log = logging.getLogger(__name__)


class Audit:
    """The audit records of this kiosk.

    Args:
        uow: the database.
        chain: chains its records.
        clock: for the beginning of the day.
        anchors: where anchors are written by themselves; None when nobody has named a file.
    """

    def __init__(
        self,
        uow: UnitOfWorkFactory,
        chain: Chain,
        clock: Clock,
        anchors: AnchorFile | None = None,
    ) -> None:
        self._uow = uow
        self._chain = chain
        self._clock = clock
        self._anchors = anchors
        self._program: str | None = None
        self._started = False

    @property
    def anchors(self) -> AnchorFile | None:
        """Return where anchors are written by themselves."""
        return self._anchors

    def record(self, event: AuditEvent) -> None:
        """Record something that changes nothing in the database, in a transaction of its own.

        Raises:
            KeyUnavailable, StorageError: it was not recorded.
        """
        with self._uow() as work:
            work.audit.append(event)
            work.commit()

    def begin(self) -> None:
        """Record the schema of the database when it is not the one of the last such record.

        At the first start this begins the chain. It is run at each start: should the program have
        been killed right after a migration, it is recorded now. Within :meth:`running` the start
        of the program is recorded too.

        Raises:
            KeyUnavailable, StorageError: it was not recorded.
        """
        with acting_as(SYSTEM), self._uow() as work:
            migrated = AuditQuery(actions=(AuditAction.DATABASE_MIGRATED.value,), limit=1)
            before = next((each.details.get("to") for each in work.audit.find(migrated)), None)
            schema = work.audit.schema()
            if before != schema:
                details = {"from": None if before is None else str(before), "to": schema}
                work.audit.append(AuditEvent(AuditAction.DATABASE_MIGRATED, None, details))
            starting = self._program is not None and not self._started
            if starting:
                work.audit.append(self._of_program(AuditAction.PROGRAM_STARTED))
            if starting or before != schema:
                work.commit()
            self._started = self._started or starting

    @contextmanager
    def running(self, program: str) -> Iterator[None]:
        """Record that a program that goes on running starts and, on leaving, that it stops.

        The start is recorded by :meth:`begin`, when the database is open.

        Args:
            program: ``desktop`` or ``service``.
        """
        self._program = program
        try:
            yield
        finally:
            if self._started:
                try:
                    with acting_as(SYSTEM):
                        self.record(self._of_program(AuditAction.PROGRAM_STOPPED))
                except KioskError as exc:
                    _log.warning("the end of the program was not recorded: %s", exc)
            self._program, self._started = None, False

    def _of_program(self, action: AuditAction) -> AuditEvent:
        return AuditEvent(action, self._program, {"version": self._chain.version})

    def find(self, query: AuditQuery) -> list[AuditRecord]:
        """Return records, newest first.

        Raises:
            NotPermitted: whoever acts may not see them.
            StorageError: they cannot be read.
        """
        require(Action.SEE_AUDIT)
        with self._uow() as work:
            return work.audit.find(query)

    def today(self) -> dict[str, int]:
        """Return how often each action was recorded since the local midnight.

        Raises:
            NotPermitted: whoever acts may not see them.
        """
        require(Action.SEE_AUDIT)
        with self._uow() as work:
            return work.audit.counts(self.midnight())

    def midnight(self, days_ago: int = 0) -> datetime:
        """Return when the local day began, or one so many days before."""
        now = self._clock.now().astimezone()
        begun = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return (begun - timedelta(days=days_ago)).astimezone(UTC)

    def export(self, query: AuditQuery) -> list[AuditRecord]:
        """Return all records that are wanted, oldest first, and record that they were handed out.

        Args:
            query: its limit is how many are read at once.

        Raises:
            NotPermitted: whoever acts may not hand them out.
            StorageError: they cannot be read, or that could not be recorded.
        """
        require(Action.EXPORT_AUDIT)
        found: list[AuditRecord] = []
        page = replace(query, limit=_PAGE)
        while True:
            with self._uow() as work:
                records = work.audit.find(page)
            found += records
            if len(records) < _PAGE:
                break
            page = replace(page, before=records[-1].seq)
        self.record(AuditEvent(AuditAction.AUDIT_EXPORTED, None, {"records": len(found)}))
        found.reverse()
        return found

    def verify(
        self,
        anchors: Sequence[AnchorFile] = (),
        progress: Callable[[int, int], None] | None = None,
    ) -> Verdict:
        """Check every record against the chain, its end, and what was anchored elsewhere.

        The kiosk goes on meanwhile: records are read in short transactions, up to the one that was
        the last when the check began.

        Args:
            anchors: files to compare with, besides the one that is written by itself.
            progress: told how many records are checked, and how many there are.

        Raises:
            NotPermitted: whoever acts may not.
            KeyUnavailable: the secret that chains records is not there.
            InvalidInput: anchors cannot be read.
        """
        require(Action.SEE_AUDIT)
        # Read before the end of the chain is: an anchor that is written meanwhile is of a later
        # record than those that are looked at.
        noted = self._noted(anchors)
        return verify_chain(self._uow, self._chain, noted, progress)

    def anchor(self, file: AnchorFile) -> Anchor:
        """Note the last record outside of the database, and record that it was.

        Raises:
            NotPermitted: whoever acts may not.
            InvalidInput: there is no record yet, or the file cannot be written.
        """
        require(Action.EXPORT_AUDIT)
        with self._uow() as work:
            tail = work.audit.tail()
        if tail.seq == 0:
            raise InvalidInput("There is no audit record yet.", hint="Start the kiosk once.")
        anchor = Anchor(tail.seq, tail.mac, self._clock.now())
        file.add(anchor)
        self.record(AuditEvent(AuditAction.AUDIT_ANCHORED, None, {"record": anchor.seq}))
        return anchor

    def _noted(self, files: Sequence[AnchorFile]) -> list[Anchor]:
        named = list(files)
        if self._anchors is not None and self._anchors.name not in {each.name for each in named}:
            named.append(self._anchors)
        return [anchor for file in named for anchor in file.read()]


def verify_chain(
    uow: UnitOfWorkFactory,
    chain: Chain,
    anchors: Sequence[Anchor] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Verdict:
    """Check the chain of a database, such as a restored one; see :meth:`Audit.verify`."""
    with uow() as work:
        tail = work.audit.tail()
    return check(chain, tail, _records(uow, tail.seq, progress), anchors)


def _records(
    uow: UnitOfWorkFactory, last: int, progress: Callable[[int, int], None] | None
) -> Iterator[AuditRecord | Unreadable]:
    after, size, readable = _BEFORE_ALL, _PAGE, 0
    while after < last:
        try:
            with uow() as work:
                page = work.audit.page(after, size)
        except DatabaseCorrupt:
            if size == 1:
                yield Unreadable(readable + 1)
                return
            size = 1  # to find out which one it is
            continue
        for record in page:
            if record.seq <= last:
                yield record
        if not page:
            return
        after = readable = page[-1].seq
        if progress is not None:
            progress(min(after, last), last)


class Anchoring:
    """Writes an anchor by itself: each so many records, and with the first one of each day (UTC).

    A place that cannot be written keeps nobody from being verified: that is logged, and tried
    again. Safe from any thread.

    Args:
        file: outside of the data folder, at best on another machine.
        every: records.
    """

    def __init__(self, file: AnchorFile, every: int) -> None:
        self._file = file
        self._every = every
        self._lock = threading.Lock()
        self._last: tuple[int, datetime] | None = None
        self._known = False
        self._not_before = 0

    def committed(self, newest: AuditRecord) -> None:
        """Write an anchor when one is due; see :class:`kiosk.core.audit_chain.Chain`."""
        with self._lock:
            if not self._due(newest):
                return
            try:
                # Another process may have written one meanwhile.
                last = self._file.last()
                self._known = True
                self._last = None if last is None else (last.seq, last.at)
                if self._due(newest):
                    self._file.add(Anchor(newest.seq, newest.mac, newest.at))
                    self._last = (newest.seq, newest.at)
                self._not_before = 0
            except KioskError as exc:
                self._not_before = newest.seq + _TRY_AGAIN_AFTER
                _log.warning("the audit records were not anchored: %s", exc)

    def _due(self, newest: AuditRecord) -> bool:
        if newest.seq < self._not_before:
            return False
        if not self._known or self._last is None:
            return True
        seq, at = self._last
        # A number that went back means that a backup was restored.
        return (
            newest.seq - seq >= self._every
            or newest.seq < seq
            or newest.at.astimezone(UTC).date() != at.astimezone(UTC).date()
        )
