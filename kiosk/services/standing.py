"""Whether everything is as the audit records say, without reading all of them.

At a start there is no time to follow a chain of years. What is looked at takes as long as there
were changes of accounts, keys, settings and voiceprints since the state was last adopted, however
often somebody was verified meanwhile: the end of the chain, the number of records, the last anchor,
and of the records about those changes each single link. A record that was changed elsewhere is
found by :meth:`kiosk.services.audit.Audit.verify`.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.audit import AuditAction, Tail
from kiosk.core.audit_chain import written
from kiosk.core.audit_check import MISSING, follows, says
from kiosk.core.errors import DatabaseCorrupt, InvalidInput
from kiosk.core.state_replay import REPLAYED, Replay

if TYPE_CHECKING:
    from kiosk.core.audit import Anchor, AnchorFile, AuditRecord
    from kiosk.core.audit_chain import Chain
    from kiosk.core.ports import UnitOfWork
    from kiosk.core.state_replay import Difference


@dataclass(frozen=True)
class Standing:
    """What was found, in plain sentences.

    Attributes:
        damage: what is wrong with the records.
        differences: rows that are not what the records say.
        unguarded: what is wrong with the database's own refusal to change records.
    """

    damage: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    unguarded: tuple[str, ...] = ()

    @property
    def grave(self) -> tuple[Difference, ...]:
        """Return by what somebody could be let in who must not be."""
        return tuple(each for each in self.differences if each.grave)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return everything that was found."""
        return (*self.damage, *(each.text for each in self.differences), *self.unguarded)


def standing(work: UnitOfWork, chain: Chain, anchors: AnchorFile | None = None) -> Standing:
    """Look at the end of the chain, and at all rows that decide over access.

    Args:
        work: the transaction; nothing is written.
        chain: of this kiosk, whose records were begun.
        anchors: where the last anchor is.

    Raises:
        KeyUnavailable: the secret that chains records is not there.
        StorageError: the database cannot be read.
    """
    tail = work.audit.tail()
    unguarded = work.audit.unguarded()
    if tail == Tail():
        return Standing((MISSING,), unguarded=unguarded)
    damage = [*_end(work, chain, tail)]
    try:
        links = work.audit.linked(REPLAYED, _last_adopted(work, chain) - 1)
        restores = _sound(chain, work.audit.linked((AuditAction.RESTORED.value,), 0), damage)
    except DatabaseCorrupt:
        return Standing((*damage, "A record was changed: it cannot be read."), (), unguarded)
    damage += _rolled_back(work, restores, anchors)
    replay = Replay()
    for record in _sound(chain, links, damage):
        replay.take(record)
    return Standing(tuple(damage), replay.differences(work.access.read()), unguarded)


def _end(work: UnitOfWork, chain: Chain, tail: Tail) -> list[str]:
    said = []
    if not chain.ends_as_left(tail):
        said.append("The end of the audit records is not as the kiosk has left it.")
    missing = tail.seq - work.audit.count()
    if missing > 0:
        said.append(f"{missing} audit records were removed.")
    return said


def _last_adopted(work: UnitOfWork, chain: Chain) -> int:
    """Return the number of the last record from which on everything is said; 1 without one."""
    for previous, record in reversed(work.audit.linked((AuditAction.STATE_ADOPTED.value,), 0)):
        if follows(chain, previous, record) and says(record, record.seq):
            return record.seq
    return 1


def _sound(
    chain: Chain, links: list[tuple[str, AuditRecord]], damage: list[str]
) -> list[AuditRecord]:
    """Return the records that are as they were written, and name the others."""
    found = []
    for previous, record in links:
        if follows(chain, previous, record) and says(record, record.seq):
            found.append(record)
        else:
            damage.append(f"Record {record.seq} was changed, or was not written by this kiosk.")
    return found


def _rolled_back(
    work: UnitOfWork, restores: list[AuditRecord], anchors: AnchorFile | None
) -> list[str]:
    """Say whether the record that was anchored last is not there, and no restore explains it."""
    try:
        last = None if anchors is None else anchors.last()
    except InvalidInput as exc:
        return [f"{exc.message} {exc.hint}"]
    if last is None or _is_there(work, last):
        return []
    if any(each.seq <= last.seq and each.at >= last.at for each in restores):
        return []
    return [
        f"Record {last.seq}, anchored at {written(last.at)}, is not there: an earlier copy of the "
        "audit records was put in the place of the present ones."
    ]


def _is_there(work: UnitOfWork, anchor: Anchor) -> bool:
    found = work.audit.page(anchor.seq - 1, 1)
    return (
        bool(found)
        and found[0].seq == anchor.seq
        and hmac.compare_digest(found[0].mac.encode("utf-8", "replace"), anchor.mac.encode())
    )
