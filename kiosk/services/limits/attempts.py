"""Counts failures and lets nobody try too often; see :mod:`kiosk.core.limits.attempts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.accounts.acting import acting
from kiosk.core.accounts.roles import Action, require
from kiosk.core.characters import is_printable
from kiosk.core.errors import InvalidInput
from kiosk.core.limits.attempts import Lock, LockReason, Tally
from kiosk.core.people.users import fold_id
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.services.known import known
from kiosk.services.limits.repeats import Repeats
from kiosk.services.limits.throttle import Counted, Keys, Throttle

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from kiosk.core.keys.ports import KioskSecret
    from kiosk.core.ports import ActivityLog, UnitOfWork, UnitOfWorkFactory

NOBODY = "nobody"
_CONSOLE = "console:"
_PERSON = "person:"
_FORGETTABLE = (_PERSON, "place:", f"{NOBODY}:")
_ANY = ("utf-8", "surrogatepass")
"""How text is encoded that nobody has checked."""
_REFUSED, _UNCLEAR = "refused:", "unclear:"
"""Series of tries; see :attr:`Attempts.repeats`."""
_PSEUDONYM = 16
_MAX_CHECKED = 120


class Attempts:
    """Who may try at this moment.

    Args:
        uow: begins transactions.
        throttle: reads and writes tallies.
        secret: keeps IDs out of the table: those of nobody are what people mistype.
        activity: told who was locked and unlocked.

    Attributes:
        repeats: counts tries that are refused or unclear again and again, for records.
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
        self.repeats = Repeats(lambda: throttle.now().uptime)

    # --- within a verification ---------------------------------------------------------------

    def keys(self, user_id: str) -> Keys:
        """Return under what a try of this ID is counted, for whoever acts now.

        Whoever uses the command line could change the table itself: their place is not counted.
        """
        return Keys(user_id, self._key("person", user_id), self.place(), self.pseudonym(user_id))

    def place(self) -> str | None:
        """Return the key of the place where whoever acts is; None where none is counted."""
        name = acting().name
        return None if name.startswith(_CONSOLE) else self._key("place", name)

    def pseudonym(self, user_id: str) -> str:
        """Return what stands in records for an ID that nobody has: what no ID can be.

        The same for the same ID, so that tries of one can be told from tries of many; only who has
        the kiosk's secret can find out, by trying, which ID it was.
        """
        return f"{NOBODY}:{self._secret.mac('nobody', user_id.encode(*_ANY)).hex()[:_PSEUDONYM]}"

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
        self.repeats.over(f"{_REFUSED}{keys.person}")
        return Counted(self._put(work, keys.person, self.policy.failed(person, now)))

    def consequence(self, counted: Counted) -> tuple[Lock | None, int]:
        """Return what follows from a failure that stays one: the lock, and the tries left."""
        now = self._throttle.now()
        return self.policy.lock(counted.tally, now), self.policy.tries_left(counted.tally)

    def succeeded(self, work: UnitOfWork, keys: Keys) -> None:
        """Hold nothing against the ID any more, and take back what was counted for the place."""
        self._throttle.succeeded(work, keys.person)
        self.repeats.over(f"{_UNCLEAR}{keys.place or keys.person}")
        self.place_taken_back(work, keys.place)

    def refused_again(self, keys: Keys, lock: Lock) -> int | None:
        """Return the number of a try that was not accepted, where it is to be recorded.

        See :class:`kiosk.services.limits.repeats.Repeats`. Those that the place is closed for are
        one series, whichever IDs are typed.
        """
        key = keys.person if is_persons(lock) else keys.place
        return self.repeats.due(f"{_REFUSED}{key}")

    def unclear_again(self, keys: Keys) -> int | None:
        """Return the number of an unclear recording, where it is to be recorded.

        Those at one place are one series, whichever IDs are claimed.
        """
        return self.repeats.due(f"{_UNCLEAR}{keys.place or keys.person}")

    def take_back(self, keys: Keys, counted: Counted) -> None:
        """Take back what was counted ahead, for nothing was compared; a transaction of its own."""
        with self._uow() as work:
            tally = self._throttle.tally(work, keys.person)
            self._put(work, keys.person, self.policy.taken_back(tally, counted.tally))
            self.place_taken_back(work, keys.place)
            work.commit()

    def unclear(self, work: UnitOfWork, keys: Keys) -> Lock | None:
        """Count a recording that could not be compared, and return what follows from it."""
        now = self._throttle.now()
        tally = self.policy.unclear(self._throttle.tally(work, keys.person), now)
        self._put(work, keys.person, tally)
        return self.policy.lock(tally, now) or self.place_unclear(work, keys.place)

    def tell(self, user_id: str, lock: Lock | None) -> None:
        """Write into the activity log that an ID is locked from now on.

        Args:
            user_id: as records call it.
            lock: what follows from the last failure.
        """
        if lock is not None:
            how_long = "an operator unlocks it"
            if lock.seconds is not None:
                how_long = f"{lock.retry_after_s} s have passed"
            self._activity.write(f"Locked {user_id} until {how_long} ({lock.reason})")

    # --- within an identification, which claims no ID -----------------------------------------

    def lock_here(self, work: UnitOfWork, place: str | None) -> Lock | None:
        """Return why nothing is accepted from a place; None when a try is. To be committed."""
        if place is None:
            return None
        return self.policy.place_lock(self._held(work, place), self._throttle.now())

    def begin_here(self, work: UnitOfWork, place: str | None) -> Lock | None:
        """Count a failure of a place before it is decided, unless no try is accepted there.

        To be committed in both cases.
        """
        lock = self.lock_here(work, place)
        if lock is None and place is not None:
            tally = self._held(work, place)
            self._put(work, place, self.policy.place_failed(tally, self._throttle.now()))
        return lock

    def place_taken_back(self, work: UnitOfWork, place: str | None) -> None:
        """Take back the failure that was counted ahead for a place."""
        if place is not None:
            tally = self._held(work, place)
            self._put(work, place, self.policy.place_taken_back(tally, self._throttle.now()))

    def place_unclear(self, work: UnitOfWork, place: str | None) -> Lock | None:
        """Count a recording that could not be compared; return whether more are accepted."""
        if place is None:
            return None
        now = self._throttle.now()
        tally = self.policy.place_unclear(self._held(work, place), now)
        return self.policy.place_lock(self._put(work, place, tally), now)

    def failed(self, work: UnitOfWork, user_id: str) -> None:
        """Count a failure of somebody whose voice was found, with a wrong second factor."""
        self._throttle.failed(work, self._key("person", user_id))

    def locks_within(self, work: UnitOfWork, user_ids: Iterable[str]) -> dict[str, Lock]:
        """Return who of these people cannot be verified at this moment, and why."""
        now, tallies = self._throttle.now(), work.throttles.all()
        found = {}
        for user_id in user_ids if tallies else ():
            tally = tallies.get(self._key("person", user_id))
            lock = self.policy.lock(tally, now) if tally is not None else None
            if lock is not None:
                found[user_id] = lock
        return found

    # --- for operators -----------------------------------------------------------------------

    def locks(self, user_ids: Iterable[str]) -> dict[str, Lock]:
        """Return who of these people cannot be verified at this moment, and why."""
        with self._uow() as work:
            return self.locks_within(work, user_ids)

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
        with self._uow() as work:
            user_id = known(work, user_id).user_id
            key = self._key("person", user_id)
            tally = self._throttle.tally(work, key)
            if tally.disabled and not how:
                raise InvalidInput(
                    f"{user_id} has failed {tally.total} times.",
                    hint="Check something else, such as a document, and say what.",
                )
            self._put(work, key, Tally() if how else self.policy.wait_ended(tally))
            work.audit.append(AuditEvent(AuditAction.UNLOCKED, user_id, {"checked": how}))
            work.commit()
        self._activity.write(f"Unlocked {user_id} ({f'checked: {how}' if how else 'wait ended'})")

    def forget(self, work: UnitOfWork, user_id: str) -> None:
        """Remove what is remembered of an ID; for whoever erases a person, or adds one."""
        for each in {user_id, fold_id(user_id)}:  # the latter while nobody had it
            work.throttles.remove(self._key("person", each))

    def forget_all(self, work: UnitOfWork) -> None:
        """Remove what is remembered of every ID; for whoever erases everybody."""
        for key in work.throttles.all():
            if key.startswith(_PERSON):
                work.throttles.remove(key)

    def totals(self, work: UnitOfWork) -> dict[str, int]:
        """Return how many failures are counted of each person who is enrolled."""
        tallies = work.throttles.all()
        found = {each: tallies.get(self._key("person", each)) for each in work.people.user_ids()}
        return {each: 0 if tally is None else tally.total for each, tally in found.items()}

    def forget_nobodys(self, work: UnitOfWork, before: datetime) -> int:
        """Remove what is remembered of IDs and logins that nobody has, and of places.

        Args:
            work: to be committed.
            before: only where nothing was counted since then.

        Returns:
            How many tallies were removed.
        """
        idle = work.throttles.unchanged_since(before)
        known = {self._key("person", user_id) for user_id in work.people.user_ids()} if idle else ()
        gone = [key for key in idle if key.startswith(_FORGETTABLE) and key not in known]
        for key in gone:
            work.throttles.remove(key)
        return len(gone)

    # --- the rest ----------------------------------------------------------------------------

    def _key(self, kind: str, name: str) -> str:
        return f"{kind}:{self._secret.mac('throttle', f'{kind}:{name}'.encode(*_ANY)).hex()}"

    def _tallies(self, work: UnitOfWork, keys: Keys) -> tuple[Tally, Tally]:
        """Return what is remembered of the ID and of the place."""
        place = Tally() if keys.place is None else self._held(work, keys.place)
        return self._throttle.tally(work, keys.person), place

    def _held(self, work: UnitOfWork, place: str) -> Tally:
        """Return what is remembered of a place, by the limits in force by now."""
        tally = self._throttle.tally(work, place)
        held = self.policy.place_held(tally, self._throttle.now())
        return tally if held is tally else self._put(work, place, held)

    def _lock(self, tallies: tuple[Tally, Tally]) -> Lock | None:
        now = self._throttle.now()
        return self.policy.lock(tallies[0], now) or self.policy.place_lock(tallies[1], now)

    def _put(self, work: UnitOfWork, key: str, tally: Tally) -> Tally:
        return self._throttle.put(work, key, tally)


def is_persons(lock: Lock) -> bool:
    """Return whether a lock is of the ID and not of the place."""
    return lock.reason is not LockReason.PLACE


def _clean_checked(text: str) -> str:
    how = " ".join(text.split())
    if len(how) > _MAX_CHECKED or not is_printable(how):
        raise InvalidInput(
            "This text cannot be recorded.",
            hint=f"Use up to {_MAX_CHECKED} printable characters.",
        )
    return how
