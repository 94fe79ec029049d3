"""Finding the first place where the audit records are not as they were written."""

from __future__ import annotations

import hmac
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kiosk.core.records.anchors import unexplained
from kiosk.core.records.audit import AuditAction
from kiosk.core.records.canonical import parse
from kiosk.core.records.chain import written
from kiosk.core.records.segments import is_accepted, notice_of
from kiosk.core.records.verdict import Break, Damage, Unreadable, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kiosk.core.records.audit import Anchor, AuditRecord, Tail
    from kiosk.core.records.chain import Chain

MISSING = "Record 1 and all others are missing."
EMPTIED = (
    "The first record is missing: all records were removed, and what is there now was begun "
    "afterwards."
)
_LOOK_AHEAD = 1000
"""Records that are looked through for one that has moved."""


@dataclass
class _State:
    """What was found until now.

    Attributes:
        seq: number of the last record that is as it was written.
        mac: of it.
        begun: the record from which on everything is checked; None: from the first.
    """

    seq: int = 0
    mac: str = ""
    begun: AuditRecord | None = None
    first: AuditRecord | None = None
    last: AuditRecord | None = None
    agreeing: list[Anchor] = field(default_factory=list)
    restores: list[AuditRecord] = field(default_factory=list)
    replaced: list[Anchor] = field(default_factory=list)
    broken: Break | None = None


def check(
    chain: Chain,
    tail: Tail,
    records: Iterable[AuditRecord | Unreadable],
    anchors: Sequence[Anchor] = (),
    witness: Callable[[AuditRecord], None] | None = None,
    begun: AuditRecord | None = None,
) -> Verdict:
    """Follow the chain from its first record to its end.

    Args:
        chain: of this kiosk.
        tail: where it ended when the check began; what was added since is not looked at.
        records: up to that end, in the order of their numbers, from ``begun`` on; read only as
            far as needed.
        anchors: records that were noted elsewhere.
        witness: shown each record that is as it was written.
        begun: see :func:`kiosk.core.records.segments.last_beginning`.

    Raises:
        KeyUnavailable: the secret that chains records is not there.
    """
    before = 0 if begun is None else begun.seq - 1
    state = _State(before, begun=begun)
    noted: dict[int, list[Anchor]] = {}
    for anchor in anchors:
        noted.setdefault(anchor.seq, []).append(anchor)
    coming: deque[AuditRecord | Unreadable] = deque()
    stream = iter(records)
    while state.broken is None and _fill(coming, stream, 1):
        record = coming.popleft()
        state.broken = _damage(chain, state, record, coming, stream)
        if state.broken is None:
            assert not isinstance(record, Unreadable)
            _advance(state, record, noted.pop(record.seq, []))
            if witness is not None:
                witness(record)
    if state.broken is None:
        state.broken = _damaged_end(chain, tail, state)
    missing = [anchor for found in noted.values() for anchor in found]
    _judge_anchors(state, anchors, [*state.replaced, *missing])
    sound, agreeing = state.seq, state.agreeing
    if state.broken is not None and state.broken.damage is Damage.ROLLED_BACK:
        # Each is linked to the one before, but from there on they are not those of before.
        sound = min(sound, state.broken.seq - 1)
        agreeing = [each for each in agreeing if each.seq <= sound]
    return Verdict(
        max(0, sound - before) if state.last is not None else 0,
        state.first,
        state.last,
        len(agreeing),
        state.broken,
        _notices(state, anchors),
    )


def _fill(
    coming: deque[AuditRecord | Unreadable],
    stream: Iterator[AuditRecord | Unreadable],
    count: int,
) -> bool:
    """Read on until so many records wait; return whether any does."""
    while len(coming) < count:
        record = next(stream, None)
        if record is None:
            break
        coming.append(record)
    return bool(coming)


def _advance(state: _State, record: AuditRecord, anchors: Sequence[Anchor]) -> None:
    state.seq, state.mac, state.last = record.seq, record.mac, record
    state.first = state.first or record
    if record.action == AuditAction.RESTORED:
        state.restores.append(record)
    for anchor in anchors:
        if hmac.compare_digest(anchor.mac.encode(), record.mac.encode()):
            state.agreeing.append(anchor)
        else:
            state.replaced.append(anchor)


def _damage(
    chain: Chain,
    state: _State,
    record: AuditRecord | Unreadable,
    coming: deque[AuditRecord | Unreadable],
    stream: Iterator[AuditRecord | Unreadable],
) -> Break | None:
    """Return what is wrong with the record that follows those that are as they were written."""
    expected = state.seq + 1
    if record.seq < expected:  # numbers are a key of the table; only a negative one can be
        return Break(
            Damage.INSERTED, record.seq, f"Record {record.seq} was not written by this kiosk."
        )
    if record.seq > expected:
        gone = (
            f"Record {expected} was removed."
            if record.seq == expected + 1
            else f"Records {expected} to {record.seq - 1} were removed."
        )
        return Break(Damage.REMOVED, expected, gone)
    if isinstance(record, Unreadable):
        return Break(
            Damage.UNREADABLE, expected, f"Record {expected} was changed: it cannot be read."
        )
    if follows(chain, state.mac, record):
        if record.action == AuditAction.CHAIN_DAMAGED and says(record, expected):
            if expected == 1:
                return Break(Damage.TRUNCATED, 1, EMPTIED)
            return Break(
                Damage.TRUNCATED,
                expected,
                f"The end of the records before record {expected} was changed: it was not as the "
                "kiosk had left it.",
            )
        if says(record, expected):
            return None
        return Break(
            Damage.CHANGED,
            expected,
            f"Record {expected} was changed: its columns are not what the record says.",
        )
    return _misplaced(chain, state.mac, record, coming, stream)


def follows(chain: Chain, previous: str, record: AuditRecord | Unreadable) -> bool:
    """Return whether a record is chained to the one with the mac ``previous``."""
    if isinstance(record, Unreadable) or not isinstance(record.record, str):
        return False
    expected = chain.mac(previous, record.record).encode()
    return hmac.compare_digest(expected, str(record.mac).encode("utf-8", "replace"))


def says(record: AuditRecord, seq: int) -> bool:
    """Return whether the columns that are searched say what the chained text says."""
    said = parse(record.record) or {}
    return (
        said.get("seq") == seq
        and said.get("at") == written(record.at)
        and said.get("action") == record.action
        and said.get("actor") == record.actor
        and said.get("subject") == record.subject
    )


def _misplaced(
    chain: Chain,
    previous: str,
    record: AuditRecord,
    coming: deque[AuditRecord | Unreadable],
    stream: Iterator[AuditRecord | Unreadable],
) -> Break:
    """Say of a record that does not continue the chain why not, by looking at those behind it."""
    place = record.seq
    claimed = (parse(record.record) or {}).get("seq")
    moved = isinstance(claimed, int) and claimed != place
    _fill(coming, stream, _LOOK_AHEAD)
    behind = next((each.seq for each in coming if follows(chain, previous, each)), None)
    if behind is not None and moved:
        text = (
            f"Record {place} is not in its place: record {claimed} stands there, and record "
            f"{place} stands in the place of {behind}."
        )
        return Break(Damage.REORDERED, place, text)
    if behind is not None:
        text = f"Record {place} was inserted: the kiosk's own record {place} stands at {behind}."
        return Break(Damage.INSERTED, place, text)
    if moved and isinstance(claimed, int) and claimed > place:
        text = f"Record {place} was removed: record {claimed} has moved into its place."
        return Break(Damage.REMOVED, place, text)
    if moved:
        text = f"Record {place} was changed: it is a copy of record {claimed}."
        return Break(Damage.CHANGED, place, text)
    text = f"Record {place} was changed, or was not written by this kiosk."
    return Break(Damage.CHANGED, place, text)


def _damaged_end(chain: Chain, tail: Tail, state: _State) -> Break | None:
    """Return what is wrong with the end, when each record that is there is as it was written."""
    head = tail.head
    if head is None and state.seq == 0:
        return Break(Damage.TRUNCATED, 1, MISSING)
    if head is None:
        return Break(
            Damage.TRUNCATED,
            state.seq,
            f"What says that record {state.seq} is the last one was removed.",
        )
    if head.seq > state.seq:
        count = head.seq - state.seq
        first = state.seq + 1
        gone = f"Record {first} was" if count == 1 else f"Records {first} to {head.seq} were"
        return Break(Damage.TRUNCATED, first, f"{gone} removed from the end.")
    if not chain.ends_as_left(tail) or head.seq < state.seq:
        return Break(
            Damage.TRUNCATED,
            state.seq + 1,
            f"What says that record {head.seq} is the last one was changed: records from "
            f"{state.seq + 1} on may have been removed.",
        )
    return None


def _judge_anchors(state: _State, anchors: Sequence[Anchor], disagreeing: Sequence[Anchor]) -> None:
    """Find the first anchor that no restored backup explains."""
    kept, unsaid = [], unexplained(anchors, disagreeing, state.restores, state.begun)
    for anchor in sorted(disagreeing, key=lambda each: each.seq):
        if is_accepted(anchor, state.begun):
            continue
        after_break = state.broken is not None and anchor.seq >= state.broken.seq
        if anchor not in unsaid or after_break:
            kept.append(anchor)
        elif state.broken is None:
            state.broken = Break(
                Damage.ROLLED_BACK,
                anchor.seq,
                f"Record {anchor.seq}, anchored at {written(anchor.at)}, is not the one that is "
                "stored now, or is missing: an earlier copy of the database was put in its place.",
            )
    state.replaced = kept


def _notices(state: _State, anchors: Sequence[Anchor]) -> tuple[str, ...]:
    notices = [] if state.begun is None else [notice_of(state.begun)]
    notices += [
        f"A backup was restored at {written(each.at)} (record {each.seq})."
        for each in state.restores
    ]
    count = len(state.replaced)
    if state.broken is not None and state.broken.damage is Damage.ROLLED_BACK:
        notices.append(f"{count + 1} of {len(anchors)} anchors are of records that were replaced.")
    elif state.replaced and state.restores:
        notices.append(f"{count} anchors are of records that a restored backup has replaced.")
    if not anchors:
        notices.append(
            "Without anchors nobody notices when an earlier copy of the whole database is put in "
            "its place."
        )
    return tuple(notices)
