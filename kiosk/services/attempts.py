"""Counts failures and lets nobody try too often; see :mod:`kiosk.core.attempts`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.acting import acting
from kiosk.core.attempts import Instant, Lock, LockReason, Tally
from kiosk.core.audit import AuditAction, AuditEvent
from kiosk.core.errors import InvalidInput, UnknownUser
from kiosk.core.roles import Action, require

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kiosk.core.attempts import AttemptPolicy, Uptime
    from kiosk.core.ports import ActivityLog, Clock, UnitOfWork, UnitOfWorkFactory
    from kiosk.core.vault_ports import KioskSecret

_CONSOLE = "console:"
_MAX_CHECKED = 120


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
        now = self.now()
        tally = stored.anchored(now)
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
    """

    user_id: str
    person: str
    place: str | None


@dataclass(frozen=True)
class Counted:
    """A failure that was counted ahead of the decision.

    Attributes:
        tally: of the ID, this failure included.
    """

    tally: Tally


class Attempts:
    """Who may try at this moment.

    Args:
        uow: begins transactions.
        throttle: reads and writes tallies.
        secret: keeps IDs out of the table: those of nobody are what people mistype.
        activity: told who was locked and unlocked.
    """

    def __init__(
        self,
        uow: UnitOfWorkFactory,
        throttle: Throttle,
        secret: KioskSecret,
        activity: ActivityLog,
    ) -> None:
        self._uow = uow
        self._throttle = throttle
        self._secret = secret
        self._activity = activity
        self.policy = throttle.policy

    # --- within a verification ---------------------------------------------------------------

    def keys(self, user_id: str) -> Keys:
        """Return under what a try of this ID is counted, for whoever acts now.

        Whoever uses the command line could change the table itself: their place is not counted.
        """
        name = acting().name
        place = None if name.startswith(_CONSOLE) else self._key("place", name)
        return Keys(user_id, self._key("person", user_id), place)

    def lock(self, work: UnitOfWork, keys: Keys) -> Lock | None:
        """Return why nobody is compared; None when a try is accepted. To be committed."""
        return self._lock(self._tallies(work, keys))

    def begin(self, work: UnitOfWork, keys: Keys) -> Lock | Counted:
        """Count a try as failed before it is decided, unless none is accepted; to be committed.

        What happens in between forgives nothing: who pulls the plug has used up a try.
        """
        person, place = tallies = self._tallies(work, keys)
        lock = self._lock(tallies)
        if lock is not None:
            return lock
        now = self._throttle.now()
        if keys.place is not None:
            self._put(work, keys.place, self.policy.place_failed(place, now))
        return Counted(self._put(work, keys.person, self.policy.failed(person, now)))

    def consequence(self, counted: Counted) -> tuple[Lock | None, int]:
        """Return what follows from a failure that stays one: the lock, and the tries left."""
        now = self._throttle.now()
        return self.policy.lock(counted.tally, now), self.policy.tries_left(counted.tally)

    def succeeded(self, work: UnitOfWork, keys: Keys) -> None:
        """Hold nothing against the ID any more, and take back what was counted for the place."""
        self._throttle.succeeded(work, keys.person)
        self._place_taken_back(work, keys)

    def take_back(self, keys: Keys) -> None:
        """Take back what was counted ahead, for nothing was compared; a transaction of its own."""
        with self._uow() as work:
            tally = self._throttle.tally(work, keys.person)
            self._put(work, keys.person, self.policy.taken_back(tally))
            self._place_taken_back(work, keys)
            work.commit()

    def unclear(self, work: UnitOfWork, keys: Keys) -> Lock | None:
        """Count a recording that could not be compared, and return what follows from it."""
        now = self._throttle.now()
        tally = self.policy.unclear(self._throttle.tally(work, keys.person), now)
        self._put(work, keys.person, tally)
        return self.policy.lock(tally, now)

    def tell(self, user_id: str, lock: Lock | None) -> None:
        """Write into the activity log that an ID is locked from now on."""
        if lock is not None:
            how_long = "an operator unlocks it"
            if lock.seconds is not None:
                how_long = f"{lock.retry_after_s} s have passed"
            self._activity.write(f"Locked {user_id} until {how_long} ({lock.reason})")

    # --- for operators -----------------------------------------------------------------------

    def locks(self, user_ids: Iterable[str]) -> dict[str, Lock]:
        """Return who of these people cannot be verified at this moment, and why."""
        now = self._throttle.now()
        with self._uow() as work:
            tallies = work.throttles.all()
        found = {}
        if tallies:
            for user_id in user_ids:
                tally = tallies.get(self._key("person", user_id))
                lock = self.policy.lock(tally, now) if tally is not None else None
                if lock is not None:
                    found[user_id] = lock
        return found

    def unlock(self, user_id: str, *, checked: str = "") -> None:
        """Let a person try again at once.

        Without another factor only the wait ends, and the failures count on towards the cap.

        Args:
            user_id: who.
            checked: which other factor of the person was checked, such as ``passport``. It is
                recorded, and everything that was counted is forgotten.

        Raises:
            UnknownUser: nobody has that ID.
            InvalidInput: the cap was reached, and no other factor was checked.
            NotPermitted: whoever acts may not.
        """
        require(Action.UNLOCK)
        how = _clean_checked(checked)
        key = self._key("person", user_id)
        with self._uow() as work:
            if work.people.get(user_id) is None:
                raise UnknownUser(f"Nobody is enrolled under the ID {user_id}.")
            tally = self._throttle.tally(work, key)
            if tally.disabled and not how:
                raise InvalidInput(
                    f"{user_id} has failed {tally.total} times.",
                    hint="Check another factor, such as a document, and say which.",
                )
            self._put(work, key, Tally() if how else self.policy.wait_ended(tally))
            work.audit.append(AuditEvent(AuditAction.UNLOCKED, user_id, {"checked": how}))
            work.commit()
        self._activity.write(f"Unlocked {user_id} ({f'checked: {how}' if how else 'wait ended'})")

    def forget(self, work: UnitOfWork, user_id: str) -> None:
        """Remove what is remembered of an ID; for whoever erases a person."""
        work.throttles.remove(self._key("person", user_id))

    def forget_all(self, work: UnitOfWork) -> None:
        """Remove what is remembered of every ID; for whoever erases everybody."""
        for key in work.throttles.all():
            if key.startswith("person:"):
                work.throttles.remove(key)

    # --- the rest ----------------------------------------------------------------------------

    def _key(self, kind: str, name: str) -> str:
        return f"{kind}:{self._secret.mac('throttle', f'{kind}:{name}'.encode()).hex()}"

    def _tallies(self, work: UnitOfWork, keys: Keys) -> tuple[Tally, Tally]:
        """Return what is remembered of the ID and of the place."""
        place = Tally() if keys.place is None else self._throttle.tally(work, keys.place)
        return self._throttle.tally(work, keys.person), place

    def _lock(self, tallies: tuple[Tally, Tally]) -> Lock | None:
        now = self._throttle.now()
        return self.policy.lock(tallies[0], now) or self.policy.place_lock(tallies[1], now)

    def _put(self, work: UnitOfWork, key: str, tally: Tally) -> Tally:
        return self._throttle.put(work, key, tally)

    def _place_taken_back(self, work: UnitOfWork, keys: Keys) -> None:
        if keys.place is not None:
            place = self._throttle.tally(work, keys.place)
            self._put(work, keys.place, self.policy.place_taken_back(place, self._throttle.now()))


def is_persons(lock: Lock) -> bool:
    """Return whether a lock is of the ID and not of the place."""
    return lock.reason is not LockReason.PLACE


def _clean_checked(text: str) -> str:
    how = " ".join(text.split())
    if len(how) > _MAX_CHECKED or not how.isprintable():
        raise InvalidInput(
            "What was checked cannot be recorded.",
            hint=f"Say it in up to {_MAX_CHECKED} printable characters.",
        )
    return how
