"""Following all audit records of a database, in short transactions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk.core.errors import DatabaseCorrupt
from kiosk.core.records.audit import AuditAction
from kiosk.core.records.check import check
from kiosk.core.records.segments import last_beginning
from kiosk.core.records.state_replay import Replay
from kiosk.core.records.verdict import Unreadable, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kiosk.core.ports import UnitOfWorkFactory
    from kiosk.core.records.audit import Anchor, AuditRecord
    from kiosk.core.records.chain import Chain

_PAGE = 2_000
"""Records that are read in one transaction: a few milliseconds in which nobody else can write."""
_BEFORE_ALL = -(2**31)


def verify_chain(
    uow: UnitOfWorkFactory,
    chain: Chain,
    anchors: Sequence[Anchor] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Verdict:
    """Check the chain of a database, such as an unpacked backup, and the rows it is about.

    Rows are compared where the records say how all of them were at one time; what is counted of
    failures is not looked at. See :meth:`kiosk.services.records.audit.Audit.verify`.

    Raises:
        KeyUnavailable: the secret that chains records is not there.
        StorageError: the database cannot be read.
    """
    replay, adopted = Replay(), False

    def witness(record: AuditRecord) -> None:
        nonlocal adopted
        adopted = adopted or record.action == AuditAction.STATE_ADOPTED
        replay.take(record)

    with uow() as work:
        tail, state = work.audit.tail(), work.access.read()
        begun = last_beginning(work.audit, chain)
    records = read_records(uow, tail.seq, progress, begun)
    verdict = check(chain, tail, records, anchors, witness, begun)
    if verdict.broken is not None or not adopted:
        return verdict
    return replace(verdict, differences=tuple(each.text for each in replay.differences(state)))


def read_records(
    uow: UnitOfWorkFactory,
    last: int,
    progress: Callable[[int, int], None] | None = None,
    begun: AuditRecord | None = None,
) -> Iterator[AuditRecord | Unreadable]:
    """Yield the records, the oldest first; the first that cannot be read is the last.

    Args:
        uow: the database.
        last: number of the record that is the last one.
        progress: told how many are read, and how many there are.
        begun: the record to begin with; None: the first.

    Raises:
        StorageError: the database cannot be read.
    """
    after, size = _BEFORE_ALL if begun is None else begun.seq - 1, _PAGE
    readable = max(0, after)
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
