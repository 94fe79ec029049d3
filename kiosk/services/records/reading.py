"""Finding records, counting them, and handing them out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from kiosk.core.accounts.roles import Action, require
from kiosk.core.records.audit import AuditAction, AuditEvent

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.core.ports import Clock, UnitOfWorkFactory
    from kiosk.core.records.audit import AuditQuery, AuditRecord

_PAGE = 2_000
"""Records that are read in one transaction: a few milliseconds in which nobody else can write."""


class Reading:
    """The part of :class:`kiosk.services.records.audit.Audit` that reads.

    Args:
        uow: the database.
        clock: for the beginning of the day.
    """

    def __init__(self, uow: UnitOfWorkFactory, clock: Clock) -> None:
        self._uow = uow
        self._clock = clock

    def record(self, event: AuditEvent) -> None:
        """Record something that changes nothing in the database, in a transaction of its own.

        Raises:
            KeyUnavailable, StorageError: it was not recorded.
        """
        with self._uow() as work:
            work.audit.append(event)
            work.commit()

    def find(self, query: AuditQuery) -> list[AuditRecord]:
        """Return records, newest first.

        Raises:
            NotPermitted: whoever acts may not see them.
            StorageError: they cannot be read.
        """
        require(Action.SEE_AUDIT)
        with self._uow() as work:
            return work.audit.find(query)

    def found(self, query: AuditQuery) -> int:
        """Return how many records are wanted, whatever the query's limit.

        Raises:
            NotPermitted: whoever acts may not see them.
            StorageError: they cannot be read.
        """
        require(Action.SEE_AUDIT)
        with self._uow() as work:
            return work.audit.found(query)

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
