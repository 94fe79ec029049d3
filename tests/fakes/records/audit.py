"""The audit records in memory, and a kiosk's secret that every test knows."""

from __future__ import annotations

import hmac
import unicodedata
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from kiosk.core.accounts.acting import acting
from kiosk.core.records.audit import AuditRecord, Head, Tail
from kiosk.core.records.chain import Chain
from kiosk.core.records.order import AuditOrder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kiosk.core.keys.ports import KioskSecret
    from kiosk.core.records.audit import AuditEvent, AuditQuery
    from kiosk.core.records.ports import AuditTrail
    from tests.fakes.storage import InMemoryUnitOfWork

VERSION = "1.2.3"
_ORDERS: dict[AuditOrder, Callable[[AuditRecord], tuple[str, int]]] = {
    AuditOrder.WHEN: lambda each: ("", each.seq),
    AuditOrder.WHO: lambda each: (each.actor, each.seq),
    AuditOrder.WHAT: lambda each: (each.action, each.seq),
    AuditOrder.ABOUT: lambda each: (each.subject or "", each.seq),
}


class PlainSecret:
    """Implements :class:`kiosk.core.keys.ports.KioskSecret` with a key that is no secret."""

    def __init__(self, key: bytes = b"audit of tests", kiosk_id: str = "0" * 32) -> None:
        self._key = key
        self.kiosk_id = kiosk_id

    def mac(self, purpose: str, data: bytes) -> bytes:
        return hmac.digest(self._key + purpose.encode(), data, sha256)


def chain_of_tests(now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Chain:
    """Return a chain of the same key in every process."""
    return Chain(PlainSecret(), now, VERSION)


class InMemoryAudit:
    """Implements :class:`kiosk.core.records.ports.AuditTrail`."""

    def __init__(self, unit: InMemoryUnitOfWork, chain: Chain) -> None:
        self._unit = unit
        self._chain = chain

    def append(self, event: AuditEvent) -> AuditRecord:
        records, head = self._chain.extend(self.tail(), event, acting())
        state = self._unit.state
        state.audit = (*state.audit, *records)
        state.audit_head = head
        return records[-1]

    def tail(self) -> Tail:
        state = self._unit.state
        if not state.audit:
            return Tail(head=state.audit_head)
        return Tail(state.audit[-1].seq, state.audit[-1].mac, state.audit_head)

    def page(self, after: int, limit: int) -> list[AuditRecord]:
        return [each for each in self._unit.state.audit if each.seq > after][:limit]

    def find(self, query: AuditQuery) -> list[AuditRecord]:
        found = [each for each in self._unit.state.audit if _wanted(each, query)]
        found.sort(key=_ORDERS[query.order], reverse=not query.ascending)
        return found[query.offset : query.offset + query.limit]

    def found(self, query: AuditQuery) -> int:
        return sum(_wanted(each, query) for each in self._unit.state.audit)

    def counts(self, since: datetime) -> dict[str, int]:
        made: dict[str, int] = {}
        for each in self._unit.state.audit:
            if each.at >= since:
                made[each.action] = made.get(each.action, 0) + 1
        return made

    def linked(self, actions: Sequence[str], after: int) -> list[tuple[str, AuditRecord]]:
        macs = {each.seq: each.mac for each in self._unit.state.audit}
        return [
            (macs.get(each.seq - 1, ""), each)
            for each in self._unit.state.audit
            if each.action in actions and each.seq > after
        ]

    def count(self, after: int = 0) -> int:
        return sum(each.seq > after for each in self._unit.state.audit)

    def macs(self, seqs: Sequence[int]) -> dict[int, str]:
        return {each.seq: each.mac for each in self._unit.state.audit if each.seq in seqs}

    def unguarded(self) -> tuple[str, ...]:
        return ()

    def restore_guard(self) -> None:
        pass

    def schema(self) -> str:
        return "memory"


def _wanted(record: AuditRecord, query: AuditQuery) -> bool:
    return (
        (query.since is None or record.at >= query.since)
        and (query.until is None or record.at < query.until)
        and (not query.actions or record.action in query.actions)
        and (query.actor is None or record.actor == query.actor)
        and (query.subject is None or record.subject == query.subject)
        and (not query.text or _folded(query.text) in _folded(record.record))
        and all(
            any(_folded(text) in _folded(record.record) for text in group) for group in query.words
        )
        and (query.before is None or record.seq < query.before)
    )


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower()


if TYPE_CHECKING:

    def _implemented(unit: InMemoryUnitOfWork) -> tuple[AuditTrail, KioskSecret, Head | None]:
        return InMemoryAudit(unit, chain_of_tests()), PlainSecret(), None
