"""What the use-cases need from whoever keeps audit records and anchors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kiosk.core.records.audit import Anchor, AuditEvent, AuditQuery, AuditRecord, Tail


class AuditTrail(Protocol):
    """The audit records within one unit of work: they are stored with what they record.

    Nothing changes or removes a record.
    """

    def append(self, event: AuditEvent) -> AuditRecord:
        """Record that something happened, now, by whoever acts in this thread.

        The very first record is preceded by :attr:`AuditAction.CHAIN_BEGUN`. Where the chain does
        not end as it was left, the record is preceded by :attr:`AuditAction.CHAIN_DAMAGED`: the
        kiosk goes on, and the damage can never be mended unseen.

        Raises:
            KeyUnavailable: the secret that chains records is not there.
            StorageError: it cannot be stored.
        """

    def tail(self) -> Tail:
        """Return the end of the chain."""

    def page(self, after: int, limit: int) -> list[AuditRecord]:
        """Return records with a higher number, the lowest first.

        Raises:
            DatabaseCorrupt: one of them cannot be read at all.
        """

    def find(self, query: AuditQuery) -> list[AuditRecord]:
        """Return the records that are wanted, in the order that is.

        Raises:
            DatabaseCorrupt: one of them cannot be read at all.
        """

    def found(self, query: AuditQuery) -> int:
        """Return how many records are wanted."""

    def linked(self, actions: Sequence[str], after: int) -> list[tuple[str, AuditRecord]]:
        """Return records of some actions with a higher number, the lowest first.

        Each comes with the mac of the record before it (empty without one), so that its link can
        be checked on its own.

        Raises:
            DatabaseCorrupt: one of them cannot be read at all.
        """

    def count(self, after: int = 0) -> int:
        """Return how many records with a higher number there are."""

    def macs(self, seqs: Sequence[int]) -> dict[int, str]:
        """Return the macs of those of some records that are there, by number; 1,000 at most."""

    def unguarded(self) -> tuple[str, ...]:
        """Return what is wrong with the database's own refusal to change records, as sentences."""

    def restore_guard(self) -> None:
        """Make the database refuse changes of records again, and nothing else."""

    def schema(self) -> str:
        """Return the revision of the database that holds the records."""

    def counts(self, since: datetime) -> dict[str, int]:
        """Return how often each action was recorded since a moment."""


class AnchorFile(Protocol):
    """Anchors outside of the database."""

    @property
    def name(self) -> str:
        """Return where they are, for people."""

    def read(self) -> list[Anchor]:
        """Return all anchors in the order in which they were written.

        Raises:
            InvalidInput: they cannot be read.
        """

    def recent(self) -> list[Anchor]:
        """Return some hundreds of the newest anchors in the order in which they were written.

        Raises:
            InvalidInput: they cannot be read.
        """

    def last(self) -> Anchor | None:
        """Return the newest anchor, or None.

        Raises:
            InvalidInput: it cannot be read.
        """

    def add(self, anchor: Anchor) -> None:
        """Append an anchor durably.

        Raises:
            InvalidInput: it cannot be written.
        """
