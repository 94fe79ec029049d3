"""Reads people for the table: whom, in which order, and only those who are seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.people.users import PeopleOrder
from kiosk.ui.operator.people.stale import comparing, stale_ids
from kiosk.ui.operator.people.state import PersonState, found, ordered, state_of

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.core.limits.attempts import Lock
    from kiosk.core.limits.second_factor import FactorKind
    from kiosk.core.people.users import AttemptRecord, PersonSummary
    from kiosk.core.voice.comparing import Comparing
    from kiosk.services.facade import Kiosk


@dataclass(frozen=True)
class Row:
    """One person as the table shows them.

    Attributes:
        summary: the person.
        state: what matters most about them.
        adapted: takes that their voiceprints have learned.
        due_at: when they are erased unless they are verified before; None for never.
        due_in: days until then, where that is soon enough to be told; None otherwise.
        lock: why they cannot be verified at this moment; None when they can.
        factors: what they have beside the voice.
    """

    summary: PersonSummary
    state: PersonState
    adapted: int = 0
    due_at: datetime | None = None
    due_in: int | None = None
    lock: Lock | None = None
    factors: tuple[FactorKind, ...] = ()

    @property
    def user_id(self) -> str:
        """Return the person's ID."""
        return self.summary.person.user_id


@dataclass(frozen=True)
class History:
    """What the detail view shows.

    Attributes:
        row: the person.
        attempts: newest first.
    """

    row: Row
    attempts: tuple[AttemptRecord, ...]


@dataclass(frozen=True)
class Found:
    """What a search has found.

    Attributes:
        rows: the first of them.
        user_ids: all of them in the order of the table.
        people: how many people there are, found or not.
        ending: who is erased soon: in how many days, and their ID.
        stale: how many must enroll again, found or not.
    """

    rows: list[Row]
    user_ids: list[str]
    people: int
    ending: list[tuple[int, str]]
    stale: int = 0


@dataclass(frozen=True)
class Around:
    """What rows need that is read once for all of them."""

    deciding: Comparing | None
    adapted: dict[str, int]
    kept: dict[str, datetime | None]
    soon: dict[str, int]
    factors: dict[str, tuple[FactorKind, ...]]


@dataclass(frozen=True)
class Wanted:
    """Which people are wanted.

    Attributes:
        count: how many at once.
        text: what occurs in ID or name.
        order: by what they are ordered.
        ascending: the lowest first.
        stale: only those who must enroll again.
    """

    count: int
    text: str = ""
    order: PeopleOrder = PeopleOrder.ID
    ascending: bool = True
    stale: bool = False


def read_people(kiosk: Kiosk, wanted: Wanted) -> tuple[Found, Around]:
    """Find, order and read people; in the recognition thread."""
    around = read_around(kiosk)
    people = kiosk.people.listed(wanted.order)
    locked: dict[str, Lock] = {}
    if wanted.order is PeopleOrder.STATE:
        locked = kiosk.attempts.locks(one.user_id for one in people)
    stale = frozenset(stale_ids(kiosk, around.deciding))
    some = [one for one in people if one.user_id in stale] if wanted.stale else people
    user_ids = ordered(
        found(some, wanted.text),
        wanted.order,
        around.deciding,
        locked,
        ascending=wanted.ascending,
    )
    ending = sorted((days, user_id) for user_id, days in around.soon.items())
    rows = read_rows(kiosk, user_ids[: wanted.count], around)
    return Found(rows, user_ids, len(people), ending, len(stale)), around


def read_around(kiosk: Kiosk) -> Around:
    """Read what all rows need; in the recognition thread."""
    status = kiosk.retention.status()
    return Around(
        comparing(kiosk),
        kiosk.adapting.counts(),
        {one.person.user_id: one.due_at for one in status.people},
        {
            one.person.user_id: days
            for one in status.warned
            if (days := one.days_left(status.now)) is not None
        },
        kiosk.second_factors.holders(),
    )


def read_rows(kiosk: Kiosk, user_ids: list[str], around: Around) -> list[Row]:
    """Read some people, in this order; in the recognition thread."""
    locks = kiosk.attempts.locks(user_ids)
    return [
        Row(
            one,
            state_of(one, around.deciding, locks.get(user_id)),
            around.adapted.get(user_id, 0),
            around.kept.get(user_id),
            around.soon.get(user_id),
            locks.get(user_id),
            around.factors.get(user_id, ()),
        )
        for one in kiosk.people.some(user_ids)
        for user_id in (one.person.user_id,)
    ]
