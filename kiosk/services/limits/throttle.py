"""Tallies of failures as they are read and written, and the keys under which they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.limits.attempts import Instant, Lock, Tally

if TYPE_CHECKING:
    from kiosk.core.limits.attempts import AttemptPolicy, Uptime
    from kiosk.core.ports import Clock, UnitOfWork


class Throttle:
    """Reads and writes tallies, and knows what time it is. For IDs, places and accounts alike.

    Nothing of it commits: a failure is counted in the transaction of what it belongs to.

    Args:
        clock: the wall clock.
        uptime: the clock that nobody can set.
        policy: the limits.
    """

    def __init__(self, clock: Clock, uptime: Uptime, policy: AttemptPolicy) -> None:
        self._clock = clock
        self._uptime = uptime
        self.policy = policy

    def now(self) -> Instant:
        """Return the present moment by both clocks."""
        return Instant(self._clock.now(), self._uptime.boot(), self._uptime.seconds())

    def tally(self, work: UnitOfWork, key: str) -> Tally:
        """Return what is remembered under a key, as this run of the machine counts waits."""
        stored = work.throttles.get(key) or Tally()
        tally = stored.anchored(now := self.now())
        if tally is not stored:
            work.throttles.put(key, tally, now.wall)
        return tally

    def lock(self, work: UnitOfWork, key: str) -> Lock | None:
        """Return why nothing is accepted under a key; None when a try is."""
        return self.policy.lock(self.tally(work, key), self.now())

    def failed(self, work: UnitOfWork, key: str) -> Tally:
        """Count a failure; to be committed before what was tried is looked at."""
        return self.put(work, key, self.policy.failed(self.tally(work, key), self.now()))

    def succeeded(self, work: UnitOfWork, key: str) -> None:
        """Forget every failure under a key."""
        self.put(work, key, self.policy.succeeded())

    def put(self, work: UnitOfWork, key: str, tally: Tally) -> Tally:
        """Remember a tally and return it."""
        work.throttles.put(key, tally, self._clock.now())
        return tally


@dataclass(frozen=True)
class Keys:
    """Under what the failures of one try are counted.

    Attributes:
        user_id: the claimed ID, in the clear.
        person: the key of that ID, known or not.
        place: the key of where it is tried; None where places are not counted.
        pseudonym: what stands for the ID in records where nobody has it.
    """

    user_id: str
    person: str
    place: str | None
    pseudonym: str

    def recorded(self, *, known: bool) -> str:
        """Return what records call the claimed ID.

        Args:
            known: whether somebody has it. If not, it is what people mistype: another one's ID, a
                badge, or a PIN in the wrong field.
        """
        return self.user_id if known else self.pseudonym


@dataclass(frozen=True)
class Counted:
    """A failure that was counted ahead of the decision.

    Attributes:
        tally: of the ID, this failure included.
    """

    tally: Tally
