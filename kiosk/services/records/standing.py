"""Whether everything is as the audit records say, without reading all of them.

At a start there is no time to follow a chain of years. What is looked at takes as long as there
were changes of accounts, keys, settings and voiceprints since the state was last adopted, however
often somebody was verified meanwhile: the end of the chain, which is authenticated with just the
records about those changes, each single one of them, the number of records and the newest anchors.
A record that was changed elsewhere is found by :meth:`kiosk.services.records.audit.Audit.verify`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kiosk.core.errors import DatabaseCorrupt, InvalidInput
from kiosk.core.records.anchors import unexplained
from kiosk.core.records.audit import AuditAction, Tail
from kiosk.core.records.chain import Chain, written
from kiosk.core.records.check import MISSING, follows, says
from kiosk.core.records.security_state import Kind, Thing, account_facts
from kiosk.core.records.segments import last_beginning
from kiosk.core.records.state_replay import REPLAYED, Replay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.accounts.operators import Account
    from kiosk.core.keys.ports import KioskSecret
    from kiosk.core.ports import UnitOfWork
    from kiosk.core.records.audit import Anchor, AuditRecord
    from kiosk.core.records.ports import AnchorFile
    from kiosk.core.records.state_replay import Difference

_UNREADABLE = "A record was changed: it cannot be read."
_NOT_ALL = (
    "The records of changes of accounts, keys, settings and voiceprints are not those that the "
    "kiosk has written: one was changed, hidden or removed."
)
_END = "The end of the audit records is not as the kiosk has left it."


@dataclass(frozen=True)
class Standing:
    """What was found, in plain sentences.

    Attributes:
        damage: what is wrong with the records, and hides no change of what decides over access.
        differences: rows that are not what the records say.
        unguarded: what is wrong with the database's own refusal to change records.
        broken: what is wrong with the records so that nobody knows what the rows should be.
        unaccepted: what the configuration file in the data folder says since it was accepted.
    """

    damage: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    unguarded: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    unaccepted: tuple[str, ...] = ()

    @property
    def grave(self) -> tuple[str, ...]:
        """Return by what somebody could be let in who must not be."""
        return (*self.broken, *(each.text for each in self.differences if each.grave))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return everything that was found."""
        texts = (each.text for each in self.differences)
        return (*self.broken, *self.damage, *texts, *self.unguarded, *self.unaccepted)


@dataclass(frozen=True)
class Noted:
    """What is noted outside of the database.

    Attributes:
        anchors: the newest ones, in the order in which they were written.
        problem: why they cannot be read, as a sentence; empty when they can.
    """

    anchors: tuple[Anchor, ...] = ()
    problem: str = ""


def noted_in(file: AnchorFile | None) -> Noted:
    """Read the newest anchors.

    To be done before the transaction in which they are compared: what another program records and
    anchors after that has begun is not seen in it.
    """
    try:
        return Noted() if file is None else Noted(tuple(file.recent()))
    except InvalidInput as exc:
        return Noted(problem=f"{exc.message} {exc.hint}")


def standing(work: UnitOfWork, chain: Chain, noted: Noted) -> Standing:
    """Look at the end of the chain, and at all rows that decide over access.

    Args:
        work: the transaction; nothing is written.
        chain: of this kiosk, whose records were begun.
        noted: see :func:`noted_in`.

    Raises:
        KeyUnavailable: the secret that chains records is not there.
        StorageError: the database cannot be read.
    """
    tail = work.audit.tail()
    unguarded = work.audit.unguarded()
    damage = (noted.problem,) if noted.problem else ()
    if tail == Tail():
        return Standing(damage, unguarded=unguarded, broken=(MISSING,))
    try:
        adopted, links = _changes(work)
        restores = work.audit.linked((AuditAction.RESTORED.value,), 0)
    except DatabaseCorrupt:
        return Standing(damage, unguarded=unguarded, broken=(_UNREADABLE,))
    sound = _sound(chain, links)
    intact = {each.seq for each in sound}
    broken = [
        f"Record {record.seq} was changed, or was not written by this kiosk."
        for _, record in links
        if record.seq not in intact
    ]
    broken += _unlike_the_end(chain, tail, links)
    missing = tail.seq - max(0, adopted - 1) - work.audit.count(max(0, adopted - 1))
    if missing > 0:
        many = "1 audit record was" if missing == 1 else f"{missing} audit records were"
        broken.append(f"{many} removed.")
    broken += _rolled_back(work, chain, tail, _sound(chain, restores), noted.anchors)
    replay = Replay()
    for record in sound:
        replay.take(record)
    found = replay.differences(work.access.read())
    return Standing(damage, found, unguarded, tuple(broken))


def account_differs(work: UnitOfWork, secret: KioskSecret, account: Account) -> str:
    """Return how an account is not what the records say, as a sentence; empty when it is.

    For the moment of a sign-in: the whole state is compared at starts and a few times a day.

    Args:
        work: the transaction; nothing is written.
        secret: of the kiosk.
        account: as it is stored.

    Raises:
        KeyUnavailable: the secret that chains records is not there.
        StorageError: the database cannot be read.
    """
    chain = Chain(secret, lambda: datetime.now(UTC), "")
    tail = work.audit.tail()
    try:
        _, links = _changes(work)
    except DatabaseCorrupt:
        return _UNREADABLE
    # A state is adopted by a record about nobody.
    about = [each for each in links if each[1].subject in (account.login, None)]
    sound = _sound(chain, about)
    if len(sound) < len(about):
        return _NOT_ALL
    for text in _unlike_the_end(chain, tail, links):
        return text
    replay = Replay()
    for record in sound:
        replay.take(record)
    thing = Thing(Kind.ACCOUNT, account.login)
    facts = account_facts(
        account.role.value, account.hash, enabled=account.enabled, must_change=account.must_change
    )
    found = replay.differences({thing: facts})
    return next((each.text for each in found if each.thing == thing), "")


def _changes(work: UnitOfWork) -> tuple[int, list[tuple[str, AuditRecord]]]:
    """Return all that was recorded of changes since the state was last adopted, and when it was.

    Columns are believed here: that these are all of them is shown by the end of the chain.
    """
    adopted = work.audit.linked((AuditAction.STATE_ADOPTED.value,), 0)
    last = adopted[-1][1].seq if adopted else 0
    return last, work.audit.linked(REPLAYED, last - 1)


def _unlike_the_end(
    chain: Chain, tail: Tail, links: Sequence[tuple[str, AuditRecord]]
) -> list[str]:
    """Say whether the end is not as the kiosk has left it, or was left behind other changes."""
    if tail.head is None or not chain.ends_as_left(tail):
        return [_END]
    changes = ""
    for _, record in links:
        changes = chain.changes(changes, record.action, record.mac)
    return [] if changes == tail.head.changes else [_NOT_ALL]


def _sound(chain: Chain, links: Sequence[tuple[str, AuditRecord]]) -> list[AuditRecord]:
    """Return the records that are as they were written."""
    return [
        record
        for previous, record in links
        if follows(chain, previous, record) and says(record, record.seq)
    ]


def _rolled_back(
    work: UnitOfWork,
    chain: Chain,
    tail: Tail,
    restores: Sequence[AuditRecord],
    anchors: Sequence[Anchor],
) -> list[str]:
    """Say whether a record that was anchored is not there, and no restore explains it.

    All of the newest anchors are looked at: the first start on an earlier copy writes another one.
    """
    macs = work.audit.macs([each.seq for each in anchors if each.seq <= tail.seq])
    gone = [each for each in anchors if macs.get(each.seq) != each.mac]
    if not gone:
        return []
    return [
        f"Record {each.seq}, anchored at {written(each.at)}, is not there: an earlier copy of the "
        "audit records was put in the place of the present ones."
        for each in unexplained(anchors, gone, restores, last_beginning(work.audit, chain))[-1:]
    ]
