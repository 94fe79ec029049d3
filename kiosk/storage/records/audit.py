"""The audit chain as rows; nothing of SQLAlchemy leaves this file."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVarTuple

from sqlalchemy import String, column, func, insert, or_, select, table, update
from sqlalchemy.orm import aliased

from kiosk.core.accounts.acting import acting
from kiosk.core.errors import KeyUnavailable
from kiosk.core.records.audit import AuditRecord, Head, Tail
from kiosk.core.records.order import AuditOrder
from kiosk.core.records.state_replay import REPLAYED
from kiosk.storage.database.trust_tables import AuditHeadRow, AuditRow
from kiosk.storage.records.guard import renew_guard, unguarded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row, Select

    from kiosk.core.records.audit import AuditEvent, AuditQuery
    from kiosk.core.records.chain import Chain
    from kiosk.storage.database.statements import Statements

_ONE = 1
_WHAT = "The audit records"
_ORDERS = {
    AuditOrder.WHEN: AuditRow.seq,
    AuditOrder.WHO: AuditRow.actor,
    AuditOrder.WHAT: AuditRow.action,
    AuditOrder.ABOUT: AuditRow.subject,
}
Ts = TypeVarTuple("Ts")


class SqlAudit:
    """Implements :class:`kiosk.core.records.ports.AuditTrail`.

    A unit of work has the database for itself when it writes, see
    :mod:`kiosk.storage.database.engine` and :mod:`kiosk.storage.database.postgresql_engine`; the
    row of the head is locked all the same, for whoever connects without taking turns.

    Attributes:
        newest: record of this unit.
        changed: whether a row that decides over access is another one with it.

    Args:
        statements: of the unit of work.
        chain: makes the links; None where the database was opened without keys.
    """

    def __init__(self, statements: Statements, chain: Chain | None) -> None:
        self._statements = statements
        self._chain = chain
        self.newest: AuditRecord | None = None
        self.changed = False

    def append(self, event: AuditEvent) -> AuditRecord:
        """Record that something happened; see the port."""
        if self._chain is None:
            raise KeyUnavailable("The database was opened without the key of its audit records.")
        before = self._tail(locked=True)
        records, head = self._chain.extend(before, event, acting())
        for each in records:
            self._statements.run(
                insert(AuditRow).values(
                    seq=each.seq,
                    at=each.at,
                    action=each.action,
                    actor=each.actor,
                    subject=each.subject,
                    record=each.record,
                    mac=each.mac,
                )
            )
        values = {"seq": head.seq, "mac": head.mac, "changes": head.changes}
        if before.head is None:
            self._statements.run(insert(AuditHeadRow).values(id=_ONE, **values))
        else:
            self._statements.run(
                update(AuditHeadRow).where(AuditHeadRow.id == _ONE).values(**values)
            )
        self.newest = records[-1]
        self.changed = self.changed or any(each.action in REPLAYED for each in records)
        return records[-1]

    def tail(self) -> Tail:
        """Return the end of the chain; see the port."""
        return self._tail(locked=False)

    def page(self, after: int, limit: int) -> list[AuditRecord]:
        """Return the next records; see the port."""
        query = _records().where(AuditRow.seq > after).order_by(AuditRow.seq).limit(limit)
        return self._statements.rows(query, _record, _WHAT)

    def find(self, query: AuditQuery) -> list[AuditRecord]:
        """Return the records that are wanted; see the port."""
        column = _ORDERS[query.order]
        keys = (AuditRow.seq,) if column is AuditRow.seq else (column, AuditRow.seq)
        wanted = _wanted(_records(), query).limit(query.limit).offset(query.offset)
        wanted = wanted.order_by(*(key.asc() if query.ascending else key.desc() for key in keys))
        return self._statements.rows(wanted, _record, _WHAT)

    def found(self, query: AuditQuery) -> int:
        """Return how many records are wanted; see the port."""
        wanted = _wanted(select(func.count(AuditRow.seq)), query)
        return self._statements.rows(wanted, lambda row: row[0], _WHAT)[0]

    def counts(self, since: datetime) -> dict[str, int]:
        """Return how often each action was recorded; see the port."""
        query = (
            select(AuditRow.action, func.count())
            .where(AuditRow.at >= since)
            .group_by(AuditRow.action)
        )
        return dict(self._statements.rows(query, lambda row: (row[0], row[1]), _WHAT))

    def linked(self, actions: Sequence[str], after: int) -> list[tuple[str, AuditRecord]]:
        """Return records with the mac before each; see the port."""
        before = aliased(AuditRow)
        query = (
            _records()
            .add_columns(func.coalesce(before.mac, ""))
            .outerjoin(before, before.seq == AuditRow.seq - 1)
            .where(AuditRow.action.in_(actions), AuditRow.seq > after)
            .order_by(AuditRow.seq)
        )
        return self._statements.rows(query, lambda row: (row[7], AuditRecord(*row[:7])), _WHAT)

    def count(self, after: int = 0) -> int:
        """Return how many records there are; see the port."""
        query = select(func.count(AuditRow.seq)).where(AuditRow.seq > after)
        return self._statements.rows(query, lambda row: row[0], _WHAT)[0]

    def macs(self, seqs: Sequence[int]) -> dict[int, str]:
        """Return the macs of some records; see the port."""
        query = select(AuditRow.seq, AuditRow.mac).where(AuditRow.seq.in_(seqs))
        return dict(self._statements.rows(query, lambda row: (row[0], row[1]), _WHAT))

    def unguarded(self) -> tuple[str, ...]:
        """Return what is wrong with the triggers; see the port."""
        return unguarded(self._statements)

    def restore_guard(self) -> None:
        """Create the triggers anew; see the port."""
        self._statements.within(renew_guard)

    def schema(self) -> str:
        """Return the revision of the database; see the port."""
        query = select(column("version_num", String)).select_from(table("alembic_version"))
        return "".join(self._statements.rows(query, lambda row: str(row[0]), _WHAT))

    def _tail(self, *, locked: bool) -> Tail:
        heads = select(AuditHeadRow.seq, AuditHeadRow.mac, AuditHeadRow.changes).where(
            AuditHeadRow.id == _ONE
        )
        if locked:
            heads = heads.with_for_update()
        found = self._statements.rows(heads, lambda row: Head(*row), _WHAT)
        last = select(AuditRow.seq, AuditRow.mac).order_by(AuditRow.seq.desc()).limit(1)
        ends = self._statements.rows(last, lambda row: (row[0], row[1]), _WHAT)
        seq, mac = ends[0] if ends else (0, "")
        return Tail(seq, mac, found[0] if found else None)


def _records() -> Select[int, datetime, str, str, str | None, str, str]:
    return select(
        AuditRow.seq,
        AuditRow.at,
        AuditRow.action,
        AuditRow.actor,
        AuditRow.subject,
        AuditRow.record,
        AuditRow.mac,
    )


def _wanted(wanted: Select[*Ts], query: AuditQuery) -> Select[*Ts]:
    if query.since is not None:
        wanted = wanted.where(AuditRow.at >= query.since)
    if query.until is not None:
        wanted = wanted.where(AuditRow.at < query.until)
    if query.actions:
        wanted = wanted.where(AuditRow.action.in_(query.actions))
    if query.actor is not None:
        wanted = wanted.where(AuditRow.actor == query.actor)
    if query.subject is not None:
        wanted = wanted.where(AuditRow.subject == query.subject)
    if query.text:
        wanted = wanted.where(AuditRow.record.icontains(query.text, autoescape=True))
    if query.before is not None:
        wanted = wanted.where(AuditRow.seq < query.before)
    for group in query.words:
        wanted = wanted.where(
            or_(*(AuditRow.record.icontains(text, autoescape=True) for text in group))
        )
    return wanted


def _record(row: Row[int, datetime, str, str, str | None, str, str]) -> AuditRecord:
    return AuditRecord(*row)
