"""Whatever is done to the records is found, and the first record concerned is named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.accounts.acting import Actor, Role
from kiosk.core.records.audit import Anchor, AuditAction, AuditEvent, AuditRecord, Head, Tail
from kiosk.core.records.canonical import canonical, parse
from kiosk.core.records.chain import Chain
from kiosk.core.records.check import check
from kiosk.core.records.verdict import Damage, Unreadable, Verdict
from tests.fakes.clock import START
from tests.fakes.records.audit import VERSION, PlainSecret, chain_of_tests

if TYPE_CHECKING:
    from collections.abc import Sequence

ANNA = Actor("operator:anna", Role.OPERATOR)
CHAIN = chain_of_tests(lambda: START)


@dataclass
class Stored:
    """What lies on the disk, for whoever holds it."""

    records: list[AuditRecord]
    head: Head | None

    @property
    def tail(self) -> Tail:
        last = self.records[-1] if self.records else None
        return Tail(last.seq if last else 0, last.mac if last else "", self.head)

    def append(self, event: AuditEvent, chain: Chain = CHAIN) -> None:
        made, self.head = chain.extend(self.tail, event, ANNA)
        self.records += made

    def verdict(self, *anchors: Anchor, chain: Chain = CHAIN) -> Verdict:
        return check(chain, self.tail, self.records, anchors)


def stored(count: int = 12) -> Stored:
    made = Stored([], None)
    for number in range(count - 1):
        made.append(AuditEvent(AuditAction.VERIFIED, f"p{number}", {"score": number / 10}))
    assert [each.seq for each in made.records] == list(range(1, count + 1))
    return made


def renumbered(records: Sequence[AuditRecord]) -> list[AuditRecord]:
    return [replace(each, seq=number) for number, each in enumerate(records, start=1)]


def anchor_of(record: AuditRecord) -> Anchor:
    return Anchor(record.seq, record.mac, record.at)


def found(verdict: Verdict) -> tuple[Damage, int]:
    assert verdict.broken is not None
    assert str(verdict.broken.seq) in verdict.broken.text
    assert verdict.broken.text.endswith(".")
    return verdict.broken.damage, verdict.broken.seq


def test_an_untouched_chain_is_whole() -> None:
    verdict = stored().verdict()
    assert verdict.intact
    assert verdict.records == 12
    assert verdict.first is not None
    assert verdict.first.details["version"] == VERSION
    assert verdict.last is not None
    assert verdict.last.seq == 12


@given(st.integers(1, 12), st.sampled_from(["details", "subject", "at", "actor", "action", "mac"]))
def test_a_changed_record_is_named(seq: int, what: str) -> None:
    kept = stored()
    record = kept.records[seq - 1]
    said = parse(record.record)
    assert said is not None
    changed = {
        "details": replace(record, record=canonical({**said, "details": {"score": 0.99}})),
        "subject": replace(record, subject="mallory"),
        "at": replace(record, at=record.at + timedelta(seconds=1)),
        "actor": replace(record, actor="operator:mallory"),
        "action": replace(record, action="person.erased"),
        "mac": replace(record, mac="0" * 64),
    }
    kept.records[seq - 1] = changed[what]
    assert found(kept.verdict()) == (Damage.CHANGED, seq)


@given(st.integers(1, 11))
def test_a_removed_record_is_named(seq: int) -> None:
    kept = stored()
    del kept.records[seq - 1]
    assert found(kept.verdict()) == (Damage.REMOVED, seq)


@given(st.integers(1, 11))
def test_a_removed_record_whose_place_was_taken_is_named(seq: int) -> None:
    kept = stored()
    del kept.records[seq - 1]
    kept.records = renumbered(kept.records)
    assert found(kept.verdict()) == (Damage.REMOVED, seq)


@given(st.integers(1, 11), st.data())
def test_reordered_records_are_named(first: int, data: st.DataObject) -> None:
    second = data.draw(st.integers(first + 1, 12))
    kept = stored()
    one, other = kept.records[first - 1], kept.records[second - 1]
    kept.records[first - 1], kept.records[second - 1] = other, one
    kept.records = renumbered(kept.records)
    assert found(kept.verdict()) == (Damage.REORDERED, first)


@given(st.integers(1, 11))
def test_an_inserted_record_is_named(seq: int) -> None:
    kept = stored()
    forger = Chain(PlainSecret(b"a guess"), lambda: START, VERSION)
    before = kept.records[seq - 2].mac if seq > 1 else "f" * 64
    forged, _ = forger.extend(
        Tail(max(seq - 1, 1), before), AuditEvent(AuditAction.VERIFIED, "mallory"), ANNA
    )
    text = canonical({**(parse(forged[-1].record) or {}), "seq": seq})
    kept.records.insert(seq - 1, replace(forged[-1], seq=seq, record=text))
    kept.records = renumbered(kept.records)
    assert found(kept.verdict()) == (Damage.INSERTED, seq)


def test_a_copy_of_a_record_is_no_record() -> None:
    kept = stored()
    kept.records.insert(6, kept.records[3])
    kept.records = renumbered(kept.records)
    assert found(kept.verdict())[1] == 7


@given(st.integers(1, 11))
def test_a_truncated_end_is_named(left: int) -> None:
    kept = stored()
    kept.records = kept.records[:left]
    assert found(kept.verdict()) == (Damage.TRUNCATED, left + 1)


def test_a_truncated_end_is_found_when_what_tells_of_it_is_changed_too() -> None:
    kept = stored()
    old = kept.records[5]
    kept.records = kept.records[:6]
    for head in (Head(6, old.mac), Head(6, "0" * 64), None):
        kept.head = head
        damage, _ = found(kept.verdict())
        assert damage is Damage.TRUNCATED


def test_records_that_go_on_after_a_truncated_end_do_not_heal_it() -> None:
    kept = stored()
    kept.records = kept.records[:6]
    kept.head = Head(6, "0" * 64)
    kept.append(AuditEvent(AuditAction.VERIFIED, "later"))
    assert kept.records[6].action == "chain.damaged"
    assert found(kept.verdict()) == (Damage.TRUNCATED, 7)


def test_records_that_go_on_after_removed_ones_keep_the_gap() -> None:
    kept = stored()
    kept.records = kept.records[:6]
    kept.append(AuditEvent(AuditAction.VERIFIED, "later"))
    assert kept.records[6].seq == 13
    assert found(kept.verdict()) == (Damage.REMOVED, 7)


def test_a_record_added_by_somebody_else_is_named() -> None:
    kept = stored()
    forger = Chain(PlainSecret(b"a guess"), lambda: START, VERSION)
    kept.append(AuditEvent(AuditAction.VERIFIED, "mallory"), forger)
    assert found(kept.verdict())[1] == 13


def test_no_records_at_all_are_no_whole_chain() -> None:
    assert found(Stored([], None).verdict()) == (Damage.TRUNCATED, 1)


def test_a_record_that_cannot_be_read_is_named() -> None:
    kept = stored()
    rows: list[AuditRecord | Unreadable] = [*kept.records[:4], Unreadable(5)]
    verdict = check(CHAIN, kept.tail, rows)
    assert found(verdict) == (Damage.UNREADABLE, 5)
    assert verdict.records == 4


def test_a_chain_of_another_kiosk_breaks_at_its_first_record() -> None:
    other = Chain(PlainSecret(b"another kiosk"), lambda: START, VERSION)
    assert found(stored().verdict(chain=other)) == (Damage.CHANGED, 1)


def test_anchors_that_agree_are_counted() -> None:
    kept = stored()
    verdict = kept.verdict(anchor_of(kept.records[2]), anchor_of(kept.records[11]))
    assert verdict.intact
    assert verdict.anchors == 2
    assert verdict.notices == ()


def test_without_anchors_that_is_said() -> None:
    assert any("anchors" in notice for notice in stored().verdict().notices)


def test_an_earlier_copy_of_the_whole_database_is_found_by_an_anchor() -> None:
    kept = stored()
    earlier = Stored(list(kept.records), kept.head)
    kept.append(AuditEvent(AuditAction.NOT_VERIFIED, "anna"))
    noted = anchor_of(kept.records[-1])
    assert earlier.verdict().intact
    assert found(earlier.verdict(noted)) == (Damage.ROLLED_BACK, 13)
    # It goes on to be used, past the number that was anchored.
    for _ in range(3):
        earlier.append(AuditEvent(AuditAction.VERIFIED, "mallory"))
    assert found(earlier.verdict(noted)) == (Damage.ROLLED_BACK, 13)


def test_a_restored_backup_explains_the_anchors_that_it_has_replaced() -> None:
    kept = stored()
    earlier = Stored(list(kept.records), kept.head)
    kept.append(AuditEvent(AuditAction.NOT_VERIFIED, "anna"))
    noted = anchor_of(kept.records[-1])
    later = chain_of_tests(lambda: START + timedelta(hours=1))
    earlier.append(AuditEvent(AuditAction.RESTORED), later)
    earlier.append(AuditEvent(AuditAction.VERIFIED, "anna"), later)
    verdict = earlier.verdict(noted)
    assert verdict.intact
    assert any("restored" in notice for notice in verdict.notices)
    # An anchor after the restore is not explained by it.
    wrong = Anchor(14, "0" * 64, START + timedelta(hours=2))
    assert found(earlier.verdict(noted, wrong)) == (Damage.ROLLED_BACK, 14)


changes = st.sampled_from(["drop", "swap", "copy", "edit", "cut", "renumber"])


@given(
    st.lists(
        st.tuples(st.sampled_from(list(AuditAction)), st.text(max_size=12)),
        min_size=1,
        max_size=12,
    ),
    st.lists(st.tuples(changes, st.integers(0, 10**6), st.integers(0, 10**6)), max_size=4),
)
def test_a_random_history_is_whole_exactly_when_nothing_of_it_was_touched(
    events: list[tuple[AuditAction, str]], tampering: list[tuple[str, int, int]]
) -> None:
    kept = Stored([], None)
    for action, subject in events:
        if action not in (AuditAction.CHAIN_BEGUN, AuditAction.CHAIN_DAMAGED):
            kept.append(AuditEvent(action, subject))
    if not kept.records:
        return
    before = list(kept.records)
    rows = list(kept.records)
    for what, one, two in tampering:
        if not rows:
            break
        i, j = one % len(rows), two % len(rows)
        if what == "drop":
            del rows[i]
        elif what == "swap":
            rows[i], rows[j] = rows[j], rows[i]
        elif what == "copy":
            rows.insert(i, rows[j])
        elif what == "edit":
            rows[i] = replace(rows[i], record=rows[j].record, mac=rows[j].mac)
        elif what == "cut":
            rows = rows[:i]
        else:
            rows = renumbered(rows)
    # As a table: by number, each number once.
    table = {row.seq: row for row in rows}
    kept.records = [table[seq] for seq in sorted(table)]
    verdict = kept.verdict()
    assert verdict.intact == (kept.records == before)
    if not verdict.intact:
        same = [one == other for one, other in zip(kept.records, before, strict=False)]
        first = same.index(False) + 1 if False in same else len(same) + 1
        assert found(verdict)[1] == first


@pytest.mark.parametrize("seq", [0, -5])
def test_a_record_before_the_first_is_named(seq: int) -> None:
    kept = stored()
    kept.records.insert(0, replace(kept.records[3], seq=seq))
    assert found(kept.verdict()) == (Damage.INSERTED, seq)
