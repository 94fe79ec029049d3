"""Where the chain is begun anew, and what is checked then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from kiosk.core.accounts.acting import Actor, Role
from kiosk.core.records.anchors import NEWEST
from kiosk.core.records.audit import Anchor, AuditAction, AuditEvent, AuditRecord, Head, Tail
from kiosk.core.records.chain import Chain
from kiosk.core.records.check import check
from kiosk.core.records.segments import ACCEPTED, KEY_LOST, last_beginning
from kiosk.core.records.verdict import Damage, Verdict
from tests.fakes.records.audit import VERSION, PlainSecret, chain_of_tests

ANNA = Actor("operator:anna", Role.ADMINISTRATOR)
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
LATER = START + timedelta(hours=1)
CHAIN, CHAIN_LATER = chain_of_tests(lambda: START), chain_of_tests(lambda: LATER)


@dataclass
class Kept:
    """The records as they are stored; reads the two methods of the port that are needed."""

    records: list[AuditRecord]
    head: Head | None = None

    @property
    def tail(self) -> Tail:
        last = self.records[-1] if self.records else None
        return Tail(last.seq if last else 0, last.mac if last else "", self.head)

    def append(self, event: AuditEvent, chain: Chain = CHAIN) -> None:
        made, self.head = chain.extend(self.tail, event, ANNA)
        self.records += made

    def linked(self, actions: tuple[str, ...], after: int) -> list[tuple[str, AuditRecord]]:
        return [("", each) for each in self.records if each.action in actions and each.seq > after]

    def verdict(self, *anchors: Anchor, chain: Chain = CHAIN) -> Verdict:
        begun = last_beginning(self, chain)  # type: ignore[arg-type]
        first = 0 if begun is None else begun.seq
        shown = [each for each in self.records if each.seq >= first]
        return check(chain, self.tail, shown, anchors, begun=begun)


def anew(why: str = ACCEPTED) -> AuditEvent:
    return AuditEvent(AuditAction.CHAIN_BEGUN, None, {"why": why})


@pytest.fixture
def kept() -> Kept:
    made = Kept([])
    for number in range(9):
        made.append(AuditEvent(AuditAction.VERIFIED, f"p{number}"))
    return made


def test_a_record_that_was_removed_is_accepted_and_told_from_then_on(kept: Kept) -> None:
    del kept.records[4]
    assert not kept.verdict().intact
    kept.append(anew(), CHAIN_LATER)
    kept.append(AuditEvent(AuditAction.VERIFIED, "p1"), CHAIN_LATER)
    verdict = kept.verdict()
    assert verdict.intact
    assert verdict.records == 2
    assert verdict.first is not None
    assert (verdict.first.seq, verdict.first.details["version"]) == (11, VERSION)
    (said, _) = verdict.notices
    assert said == (
        "Records 1 to 10 are not checked: they were accepted as they are by operator:anna on "
        "2026-11-23 10:00 UTC."
    )


def test_what_comes_after_is_checked_as_before(kept: Kept) -> None:
    kept.append(anew())
    for number in range(3):
        kept.append(AuditEvent(AuditAction.VERIFIED, f"p{number}"))
    kept.records[-2] = replace(kept.records[-2], subject="mallory")
    broken = kept.verdict().broken
    assert broken is not None
    assert (broken.damage, broken.seq) == (Damage.CHANGED, 13)
    del kept.records[-1]
    kept.records[-1] = replace(kept.records[-1], subject="p1")
    broken = kept.verdict().broken
    assert broken is not None
    assert broken.damage is Damage.TRUNCATED


def test_nobody_without_the_key_begins_it_anew(kept: Kept) -> None:
    forger = Chain(PlainSecret(b"a guess"), lambda: LATER, VERSION)
    kept.append(anew(), forger)
    broken = kept.verdict().broken
    assert broken is not None
    assert broken.seq == 11


def test_it_is_begun_only_in_its_own_place(kept: Kept) -> None:
    kept.append(anew())
    begun = kept.records[-1]
    # Elsewhere, hidden, or under another name: everything is checked then, and broken.
    for altered in (
        replace(begun, seq=begun.seq + 1),
        replace(begun, action="person.verified"),
        replace(begun, actor="operator:rob"),
    ):
        kept.records[-1] = altered
        assert last_beginning(kept, CHAIN) is None  # type: ignore[arg-type]
        assert kept.verdict().broken is not None


def test_a_lost_key_is_told_apart(kept: Kept) -> None:
    new = Chain(PlainSecret(b"a new key"), lambda: LATER, VERSION)
    assert not new.ends_as_left(kept.tail)
    kept.append(anew(KEY_LOST), new)
    verdict = kept.verdict(chain=new)
    assert verdict.intact
    assert "their key was lost" in verdict.notices[0]
    assert not any(each.action == AuditAction.CHAIN_DAMAGED for each in kept.records)


def test_numbers_go_on_behind_what_was_removed_from_the_end(kept: Kept) -> None:
    del kept.records[-3:]
    kept.append(anew())
    assert kept.records[-1].seq == 11
    assert kept.verdict().intact


def test_everything_removed_and_accepted_is_told(kept: Kept) -> None:
    kept.records.clear()
    kept.head = None
    kept.append(anew())
    verdict = kept.verdict()
    assert verdict.intact
    assert verdict.notices[0].startswith("Everything that was recorded before is gone: they were")


def test_a_clock_that_was_behind_leaves_no_anchor_unexplained(kept: Kept) -> None:
    # Anchored before it was accepted, as the record itself says, by a clock that was ahead.
    ahead = Anchor(12, "1" * 64, LATER + timedelta(days=1))
    newest = {"why": ACCEPTED, NEWEST: f"{ahead.seq},{ahead.mac}"}
    kept.append(AuditEvent(AuditAction.CHAIN_BEGUN, None, newest), CHAIN_LATER)
    kept.append(AuditEvent(AuditAction.VERIFIED, "p1"), CHAIN_LATER)
    assert kept.verdict(ahead).intact
    later = Anchor(12, "2" * 64, LATER + timedelta(days=1))
    assert kept.verdict(ahead, later).broken is not None


def test_anchors_of_what_was_given_up_are_explained_and_later_ones_are_not(kept: Kept) -> None:
    gone = Anchor(5, "0" * 64, START)
    rolled_back = Anchor(12, "1" * 64, START)
    assert kept.verdict(gone).broken is not None
    for _ in range(3):
        kept.append(anew(), CHAIN_LATER)
    assert kept.verdict(gone, rolled_back).intact
    later = Anchor(13, "2" * 64, LATER + timedelta(seconds=1))
    broken = kept.verdict(gone, later).broken
    assert broken is not None
    assert (broken.damage, broken.seq) == (Damage.ROLLED_BACK, 13)
