"""The chain of audit records: who changes, removes or reorders one breaks it there.

Each record is chained to the one before by HMAC-SHA-256 under a key of the kiosk:
``mac(n) = HMAC("audit", mac(n-1) || record(n))``, with 32 zero bytes before the first. Where the
chain ends is kept beside it under another key: ``head = HMAC("audit-head", "n:mac(n):changes")``,
so that nobody without the keys can declare an earlier record to be the last one. ``changes`` is a
second chain, over the macs of those records alone after which a row that decides over access is
another one: a start that does not read all records sees by it whether one of those was hidden.
Where the chain is begun anew, see :mod:`kiosk.core.records.segments`.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from kiosk.core.records.audit import AuditAction, AuditEvent, AuditRecord, Head, Tail
from kiosk.core.records.canonical import canonical, parse
from kiosk.core.records.state_replay import REPLAYED

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.accounts.acting import Actor
    from kiosk.core.keys.ports import KioskSecret

FORMAT = 1
"""Version of what a record consists of."""
_START = bytes(32)
_RECORD, _HEAD, _CHANGES = "audit", "audit-head", "audit-changes"
_LOST = "?"
"""From what the chain of changes goes on where its end was lost: no records lead there."""


class ChainMemory(Protocol):
    """Remembers outside of the database that there are records; it lies with the keys."""

    @property
    def chain_begun(self) -> bool:
        """Return whether records of this kiosk were begun, and the state at that time adopted."""

    def set_chain_begun(self) -> None:
        """Remember it, durably.

        Raises:
            KeyUnavailable: it cannot be kept.
        """


class Chain:
    """Makes and checks the links; safe from any thread.

    Args:
        secret: of the kiosk.
        now: returns the present time, timezone-aware.
        version: of this program, for the first record.
        committed: told the newest record of a transaction when it is durable, and whether one of
            its records is of :data:`kiosk.core.records.state_replay.REPLAYED`; must not raise.
        memory: knows whether there must be records already; None: nothing does.
    """

    def __init__(
        self,
        secret: KioskSecret,
        now: Callable[[], datetime],
        version: str,
        committed: Callable[[AuditRecord, bool], None] | None = None,
        memory: ChainMemory | None = None,
    ) -> None:
        self._memory = memory
        self._secret = secret
        self._now = now
        self._version = version
        self._committed = committed

    @property
    def secret(self) -> KioskSecret:
        """Return the secret of the kiosk."""
        return self._secret

    @property
    def remembers(self) -> bool:
        """Return whether anything outside of the records knows whether there are some."""
        return self._memory is not None

    @property
    def begun(self) -> bool:
        """Return whether there must be records, as far as anything outside of them knows."""
        return self._memory is not None and self._memory.chain_begun

    def set_begun(self) -> None:
        """Remember outside of the database that there are records.

        Raises:
            KeyUnavailable: it cannot be kept.
        """
        if self._memory is not None and not self._memory.chain_begun:
            self._memory.set_chain_begun()

    @property
    def version(self) -> str:
        """Return the version of this program."""
        return self._version

    def committed(self, newest: AuditRecord, *, changed: bool) -> None:
        """Say that records up to this one are durable.

        Args:
            newest: of the transaction.
            changed: whether a row that decides over access is another one with it.
        """
        if self._committed is not None:
            self._committed(newest, changed)

    def extend(self, tail: Tail, event: AuditEvent, actor: Actor) -> tuple[list[AuditRecord], Head]:
        """Return the records to store for an event, and where the chain ends with them.

        Args:
            tail: the present end of the chain.
            event: what happened; :attr:`AuditAction.CHAIN_BEGUN` begins the chain anew, with a
                record that is linked to none before.
            actor: who did it.

        Raises:
            KeyUnavailable: the secret is not there.
        """
        events, anew = [event], event.action == AuditAction.CHAIN_BEGUN
        kiosk = {"version": self._version, "kiosk_id": self._secret.kiosk_id}
        # Behind a head that was left on its own too: numbers are not given twice.
        seq = max(tail.seq, 0 if tail.head is None else tail.head.seq)
        new = tail == Tail() and not self.begun
        damaged = not new and (tail == Tail() or not self.ends_as_left(tail))
        if anew:
            events = [replace(event, details={**event.details, **kiosk, "from": seq + 1})]
        elif new:
            events.insert(0, AuditEvent(AuditAction.CHAIN_BEGUN, details=kiosk))
        elif damaged:
            head = None if tail.head is None else tail.head.seq
            found = {"head": head, "last_record": tail.seq}
            events.insert(0, AuditEvent(AuditAction.CHAIN_DAMAGED, details=found))
        mac, records = "" if anew else tail.mac, []
        changes = _LOST if damaged else "" if tail.head is None else tail.head.changes
        for each in events:
            seq += 1
            records.append(self._link(seq, mac, each, actor))
            mac = records[-1].mac
            changes = self.changes(changes, each.action, mac)
        return records, Head(seq, self._head_mac(seq, mac, changes), changes)

    def changes(self, before: str, action: str, mac: str) -> str:
        """Return what :attr:`kiosk.core.records.audit.Head.changes` is after one more record.

        Args:
            before: what it was.
            action: of the record.
            mac: of the record.
        """
        if action not in REPLAYED:
            return before
        # Where the state is adopted everything that counts is said anew.
        before = "" if action == AuditAction.STATE_ADOPTED else before
        return self._secret.mac(_CHANGES, f"{before}:{mac}".encode("utf-8", "surrogatepass")).hex()

    def mac(self, previous: str, record: str) -> str:
        """Return what chains a record to the one with the mac ``previous`` (empty: to none)."""
        try:
            before = bytes.fromhex(previous) if previous else _START
        except (TypeError, ValueError):  # altered: nothing that the kiosk wrote follows it
            before = str(previous).encode("utf-8", "surrogatepass")
        return self._secret.mac(_RECORD, before + record.encode("utf-8", "surrogatepass")).hex()

    def begins(self, record: AuditRecord) -> bool:
        """Return whether this kiosk has begun the chain anew with a record, and in this place."""
        expected = self.mac("", str(record.record)).encode()
        if not hmac.compare_digest(expected, str(record.mac).encode("utf-8", "replace")):
            return False
        said = parse(record.record) or {}
        return (
            record.action == said.get("action") == AuditAction.CHAIN_BEGUN
            and record.seq == said.get("seq") == record.details.get("from")
            and record.actor == said.get("actor")
            and written(record.at) == said.get("at")
        )

    def ends_as_left(self, tail: Tail) -> bool:
        """Return whether the head was written for just this last record, by this kiosk."""
        head = tail.head
        if head is None or head.seq != tail.seq:
            return head is None and tail.seq == 0
        expected = self._head_mac(tail.seq, tail.mac, head.changes)
        return hmac.compare_digest(expected.encode(), str(head.mac).encode("utf-8", "replace"))

    def _head_mac(self, seq: int, mac: str, changes: str) -> str:
        end = f"{seq}:{mac}:{changes}".encode("utf-8", "surrogatepass")
        return self._secret.mac(_HEAD, end).hex()

    def _link(self, seq: int, previous: str, event: AuditEvent, actor: Actor) -> AuditRecord:
        at = self._now().astimezone(UTC)
        name = AuditEvent(event.action, actor.name).subject or ""
        fields = {
            "v": FORMAT,
            "seq": seq,
            "at": written(at),
            "action": event.action.value,
            "actor": name,
            "role": actor.recorded_role,
            "subject": event.subject,
            "details": dict(event.details),
        }
        record = canonical(fields)
        return AuditRecord(
            seq, at, event.action.value, name, event.subject, record, self.mac(previous, record)
        )


def written(at: datetime) -> str:
    """Return a moment as records hold it: UTC to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
