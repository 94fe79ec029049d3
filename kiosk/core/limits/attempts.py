"""How often somebody may fail: a state machine without a clock, a database or a person in it.

After NIST SP 800-63B, sections 3.2.2 and 3.2.3 (rate limiting, biometrics):

* 5 failures in a row are free; from the fifth on each one is followed by a wait of 30 s, which
  doubles with every further failure up to an hour. The cap of an hour keeps an impostor below 25
  tries a day and the person they claim to be from being locked out overnight by a few of them.
* After 50 failures without a success nothing is accepted until an operator has checked another
  factor. With the waits that takes an impostor 38 hours at least.
* A recording that was too poor to be compared is no failure, for nothing was learned from it.
  Every tenth in a row is followed by a wait of 30 s, so that nobody keeps the kiosk busy with them;
  for the place ten of them are one failure, under whatever IDs.

Failures are counted for the claimed ID, known or not, and for the place: the public screen, or a
program. A place is a bucket that holds 30 failures and loses one every 30 s. Whoever tries one ID
after the other fills it and is slowed to a try every 30 s; everybody else at that place waits for
30 s at most, and is never locked out by it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

DAY_S = 86_400.0


class LockReason(StrEnum):
    """Why nobody is compared at this moment."""

    FAILURES = "too_many_failures"
    """Too many failures in a row under this ID."""
    UNCLEAR = "too_many_poor_recordings"
    """Too many recordings in a row that could not be compared."""
    DISABLED = "disabled_after_failures"
    """So many failures that an operator must check another factor."""
    PLACE = "too_many_failures_here"
    """Too many failures at this place, under whatever IDs."""


@dataclass(frozen=True)
class Lock:
    """Nobody is compared for now.

    Attributes:
        reason: why.
        seconds: for how long; None until an operator acts.
        until: when that will be, by the wall clock; None with the seconds.
    """

    reason: LockReason
    seconds: float | None = None
    until: datetime | None = None

    @property
    def retry_after_s(self) -> int | None:
        """Return whole seconds after which a try is accepted; None until an operator acts."""
        return None if self.seconds is None else max(1, math.ceil(self.seconds))


@dataclass(frozen=True)
class Instant:
    """One moment by two clocks.

    Attributes:
        wall: what people call the time, timezone-aware; anybody may set it to anything.
        boot: which run of the machine it is.
        uptime: seconds since that run began, sleep included; it only grows.
    """

    wall: datetime
    boot: str
    uptime: float


class Uptime(Protocol):
    """The clock that nobody can set."""

    def boot(self) -> str:
        """Return an identifier of this run of the machine, at most 64 characters."""

    def seconds(self) -> float:
        """Return the seconds since the run began, sleep included."""


@dataclass(frozen=True)
class Wait:
    """A time that must pass, whatever happens to the clocks.

    Attributes:
        until: when it is over, by the wall clock.
        boot: in which run of the machine it was set.
        uptime_until: when it is over in that run.
        length_s: how long it is from when it was set.
    """

    until: datetime
    boot: str
    uptime_until: float
    length_s: float

    @classmethod
    def begin(cls, seconds: float, now: Instant) -> Wait:
        """Return a wait that begins now."""
        end = now.wall + timedelta(seconds=seconds)
        return cls(end, now.boot, now.uptime + seconds, seconds)

    def left(self, now: Instant) -> float:
        """Return the seconds that are left, between 0 and the length.

        Within one run of the machine the wall clock says nothing: it may be set. After a restart
        it is all there is. Set forward meanwhile, the wait is over; set back, it lasts for its
        whole length once more and no longer.
        """
        if now.boot == self.boot:
            left = self.uptime_until - now.uptime
        else:
            left = (self.until - now.wall).total_seconds()
        return min(max(left, 0.0), self.length_s)

    def anchored(self, now: Instant) -> Wait | None:
        """Return the same wait as this run of the machine counts it; None when it is over.

        To be stored: a wall clock that was set back would show the same time left for ever.
        """
        left = self.left(now)
        if left <= 0:
            return None
        return self if now.boot == self.boot else Wait.begin(left, now)


@dataclass(frozen=True)
class Tally:
    """What is remembered under one key.

    Attributes:
        failures: in a row: since the last success, or since an operator ended a wait.
        inconclusive: in a row: recordings that were not compared, since one that was.
        total: failures since the last success, or since another factor was checked.
        disabled: nothing is accepted until another factor was checked.
        wait: nothing is accepted until it is over. Of a place: when its bucket will be empty.
    """

    failures: int = 0
    inconclusive: int = 0
    total: int = 0
    disabled: bool = False
    wait: Wait | None = None

    def anchored(self, now: Instant) -> Tally:
        """Return it as this run of the machine counts; see :meth:`Wait.anchored`."""
        if self.wait is None:
            return self
        wait = self.wait.anchored(now)
        return self if wait is self.wait else replace(self, wait=wait)


@dataclass(frozen=True)
class AttemptPolicy:
    """The limits; see the head of the module.

    Attributes:
        free_failures: in a row, after which each failure is followed by a wait.
        first_wait_s: the first wait; each further one is ``growth`` times as long.
        longest_wait_s: but never longer than this.
        most_failures: without a success, after which an operator must check another factor.
        free_inconclusive: in a row, after which there is a wait of ``first_wait_s``.
        place_failures: failures that a place holds.
        place_recovery_s: in which it loses one of them.
        growth: by which each wait is longer than the one before; at least 1.
    """

    free_failures: int = 5
    first_wait_s: float = 30.0
    longest_wait_s: float = 3_600.0
    most_failures: int = 50
    free_inconclusive: int = 10
    place_failures: int = 30
    place_recovery_s: float = 30.0
    growth: float = 2.0

    def __post_init__(self) -> None:
        """Refuse limits that lock everybody out, or nobody."""
        counts = (self.free_failures, self.free_inconclusive, self.place_failures)
        if min(counts) < 1 or self.most_failures < self.free_failures:
            raise ValueError("at least one try is free, and the cap is not below the free ones")
        if not 0 < self.first_wait_s <= self.longest_wait_s <= DAY_S:
            raise ValueError("0 < first wait <= longest wait <= a day is required")
        if not 0 < self.place_recovery_s <= self.longest_wait_s:
            raise ValueError("a place recovers, and nobody waits longest for it")
        if not 1.0 <= self.growth <= 10.0:
            raise ValueError("waits grow, and stay numbers")

    # --- one ID ------------------------------------------------------------------------------

    def lock(self, tally: Tally, now: Instant) -> Lock | None:
        """Return why nothing is accepted under an ID now; None when a try is."""
        if tally.disabled:
            return Lock(LockReason.DISABLED)
        failing = tally.failures >= self.free_failures
        return _lock(LockReason.FAILURES if failing else LockReason.UNCLEAR, tally.wait, now)

    def failed(self, tally: Tally, now: Instant) -> Tally:
        """Return the tally after one more failure."""
        failures, total = tally.failures + 1, tally.total + 1
        # There may be one of a recording that was found too poor at the same time.
        wait, left = tally.wait, 0.0 if tally.wait is None else tally.wait.left(now)
        length = self.wait_after(failures)
        if length >= left:
            wait = Wait.begin(length, now) if length > 0 else None
        return Tally(failures, 0, total, total >= self.most_failures, wait)

    def wait_after(self, failures: int) -> float:
        """Return the wait in seconds after so many failures in a row."""
        if failures < self.free_failures:
            return 0.0
        # The exponent is limited too: 2 to the power of a million takes a while.
        grown = self.first_wait_s * self.growth ** min(failures - self.free_failures, 64)
        return min(self.longest_wait_s, grown)

    def taken_back(self, tally: Tally, counted: Tally) -> Tally:
        """Return the tally without a failure that was counted ahead and did not come to be.

        Args:
            tally: as it is by now.
            counted: as it was when the failure was counted, the failure included.
        """
        failures, total = max(0, tally.failures - 1), max(0, tally.total - 1)
        # Only its own wait: one that began since is of another failure, or of poor recordings.
        own = failures + 1 >= self.free_failures and tally.wait == counted.wait
        wait = None if own else tally.wait
        return replace(
            tally,
            failures=failures,
            total=total,
            wait=wait,
            disabled=total >= self.most_failures,
        )

    def unclear(self, tally: Tally, now: Instant) -> Tally:
        """Return the tally after a recording that could not be compared."""
        count = tally.inconclusive + 1
        if count < self.free_inconclusive:
            return replace(tally, inconclusive=count)
        longer = tally.wait is not None and tally.wait.left(now) > self.first_wait_s
        wait = tally.wait if longer else Wait.begin(self.first_wait_s, now)
        return replace(tally, inconclusive=0, wait=wait)

    def succeeded(self) -> Tally:
        """Return the tally after a success: nothing is held against anybody any more."""
        return Tally()

    def wait_ended(self, tally: Tally) -> Tally:
        """Return the tally after an operator ended a wait; the cap counts on."""
        return replace(tally, failures=0, inconclusive=0, wait=None)

    def tries_left(self, tally: Tally) -> int:
        """Return how many failures are still free of a wait."""
        if tally.disabled:
            return 0
        return max(0, min(self.free_failures - tally.failures, self.most_failures - tally.total))

    # --- one place ---------------------------------------------------------------------------

    def place_held(self, tally: Tally, now: Instant) -> Tally:
        """Return the tally of a place with no more in it than these limits let it hold.

        It may have been filled under others. What is too much would keep everybody there out until
        it has run off, and no operator can end the wait of a place.
        """
        if tally.wait is None or tally.wait.left(now) <= self._place_holds_s:
            return tally
        return Tally(wait=Wait.begin(self._place_holds_s, now))

    def place_lock(self, tally: Tally, now: Instant) -> Lock | None:
        """Return why nothing is accepted at a place now; None when a try is.

        Args:
            tally: as :meth:`place_held` returns it.
            now: this moment.
        """
        full = (self.place_failures - 1) * self.place_recovery_s
        over = (0.0 if tally.wait is None else tally.wait.left(now)) - full
        if over <= 0:
            return None
        return Lock(LockReason.PLACE, over, now.wall + timedelta(seconds=over))

    def place_failed(self, tally: Tally, now: Instant) -> Tally:
        """Return the tally of a place after a failure there."""
        return self._filled(tally, self.place_recovery_s, now)

    def place_unclear(self, tally: Tally, now: Instant) -> Tally:
        """Return the tally of a place after a recording there that could not be compared.

        So many of them weigh as much as one failure as are free for one ID.
        """
        return self._filled(tally, self.place_recovery_s / self.free_inconclusive, now)

    def place_taken_back(self, tally: Tally, now: Instant) -> Tally:
        """Return the tally of a place without a failure that was counted ahead."""
        return self._filled(tally, -self.place_recovery_s, now)

    @property
    def _place_holds_s(self) -> float:
        return self.place_failures * self.place_recovery_s

    def _filled(self, tally: Tally, seconds: float, now: Instant) -> Tally:
        left = (0.0 if tally.wait is None else tally.wait.left(now)) + seconds
        left = min(left, self._place_holds_s)
        return Tally(wait=Wait.begin(left, now) if left > 0 else None)


class Throttles(Protocol):
    """Tallies within one unit of work."""

    def get(self, key: str) -> Tally | None:
        """Return what is remembered under a key, or None."""

    def put(self, key: str, tally: Tally, at: datetime) -> None:
        """Remember something in the place of what was."""

    def remove(self, key: str) -> bool:
        """Forget a key; False when nothing was remembered."""

    def all(self) -> dict[str, Tally]:
        """Return everything that is remembered."""

    def unchanged_since(self, at: datetime) -> list[str]:
        """Return the keys under which nothing was put since a moment, in alphabetical order."""


def _lock(reason: LockReason, wait: Wait | None, now: Instant) -> Lock | None:
    left = 0.0 if wait is None else wait.left(now)
    return Lock(reason, left, now.wall + timedelta(seconds=left)) if left > 0 else None
