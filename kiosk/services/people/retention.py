"""Keep people no longer than was promised: the period, its warnings, and the purge."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from kiosk.core.accounts.roles import Action, require
from kiosk.core.people.erasure import Reason
from kiosk.core.people.retention import NOBODYS, ClockWatch, Kept, kept, kept_until
from kiosk.core.records.events import setting
from kiosk.services.known import known
from kiosk.services.people.retention_policy import PERIOD, WARNING, policy_in_force, store_policy

if TYPE_CHECKING:
    from kiosk.core.people.erasure import ErasureProof
    from kiosk.core.people.retention import RetentionPolicy
    from kiosk.core.ports import ActivityLog, Clock, UnitOfWork, UnitOfWorkFactory
    from kiosk.services.limits.attempts import Attempts
    from kiosk.services.people.erasure import Erasure

_WATCH = "retention:clock"
_CLAIM = "retention:running"
_CLAIM_LASTS = timedelta(minutes=10)
"""A purge renews its claim with every person, so one that is older was left by a process that died.
"""


@dataclass(frozen=True)
class RetentionStatus:
    """How long people are kept.

    Attributes:
        policy: the period.
        now: the date and time that the kiosk believes it is, timezone-aware UTC.
        people: everybody, the next to be erased first.
        held: whether the clock has jumped, so that nobody is erased automatically for now.
    """

    policy: RetentionPolicy
    now: datetime
    people: tuple[Kept, ...]
    held: bool

    @property
    def due(self) -> tuple[Kept, ...]:
        """Return whose time has come."""
        return tuple(one for one in self.people if one.due(self.now))

    @property
    def warned(self) -> tuple[Kept, ...]:
        """Return who will be erased within the time of warning, those who are due included."""
        return tuple(one for one in self.people if one.warned(self.now, self.policy.warn_days))


@dataclass(frozen=True)
class Purge:
    """What a purge has done.

    Attributes:
        status: as it was before.
        erased: a proof for each person.
        busy: whether another process was at it; then nothing was done here.
    """

    status: RetentionStatus
    erased: tuple[ErasureProof, ...] = ()
    busy: bool = False


class Retention:
    """The retention clock of everybody."""

    def __init__(
        self,
        uow: UnitOfWorkFactory,
        erase: Erasure,
        clock: Clock,
        activity: ActivityLog,
        attempts: Attempts,
    ) -> None:
        """Use these."""
        self._uow = uow
        self._erase = erase
        self._clock = clock
        self._activity = activity
        self._attempts = attempts

    def policy(self) -> RetentionPolicy:
        """Return the period.

        Raises:
            SettingsInvalid: what is stored cannot be used.
        """
        with self._uow() as work:
            return policy_in_force(work)

    def set(self, policy: RetentionPolicy) -> None:
        """Set another period; it holds for everybody, from the next purge on."""
        require(Action.RETENTION)
        with self._uow() as work:
            before = {name: work.preferences.get(name) for name in (WARNING, PERIOD)}
            store_policy(work, policy, self._clock.now())
            for name, value in before.items():
                now = work.preferences.get(name)
                if name == PERIOD or now != value:
                    work.audit.append(setting(name, value, now))
            work.commit()
        self._activity.write(f"Period of keeping set to {policy.stored}")

    def status(self, policy: RetentionPolicy | None = None) -> RetentionStatus:
        """Return how long everybody is kept.

        Args:
            policy: the period; None for the one that is set. With another one, who would be
                erased can be seen before it is set.

        Raises:
            SettingsInvalid: what is stored cannot be used.
        """
        require(Action.SEE_PEOPLE)
        with self._uow() as work:
            watch = _looked(work, _watch(work), self._clock.now())
            return self._status(work, policy or policy_in_force(work), watch)

    def kept(self, user_id: str) -> Kept:
        """Return how long one person is kept.

        Raises:
            UnknownUser: nobody has that ID.
        """
        require(Action.SEE_PEOPLE)
        with self._uow() as work:
            person = work.retention.last_interaction(known(work, user_id).user_id)
            assert person is not None, "somebody has the ID"
            watch = _looked(work, _watch(work), self._clock.now())
            return kept_until(policy_in_force(work), person, watch.believed)

    def begin(self) -> None:
        """Believe the date that a new kiosk begins with; to be called at every start.

        Or else the first purge after its first enrollment would find a clock that nobody has ever
        looked at, and hold.

        Raises:
            StorageError: the database failed.
        """
        now = self._clock.now()
        with self._uow() as work:
            if work.preferences.get(_WATCH) is None and not work.people.user_ids():
                work.preferences.set(_WATCH, _dump(ClockWatch().begun(now)), now)
                work.commit()

    def run(self, *, date_is_right: bool = False) -> Purge:
        """Erase everybody whose time has come; see :class:`kiosk.core.people.retention.ClockWatch`.

        Each person is erased in a transaction of their own, in which their time is looked at
        again: whoever is verified meanwhile stays.

        Args:
            date_is_right: an administrator has looked at the date and vouches for it.

        Raises:
            SettingsInvalid: the stored period cannot be used; nobody is erased.
            StorageError: the database failed; those erased before stay erased.
        """
        require(Action.RETENTION)
        claim = uuid.uuid4().hex
        now = self._clock.now()
        with self._uow() as work:
            before = _watch(work)
            watch = before.confirmed(now) if date_is_right else _looked(work, before, now)
            status = self._status(work, policy_in_force(work), watch)
            if not _claimed(work, claim, now):
                return Purge(status, busy=True)
            if watch.believed is not None:
                # What a clock said that was wrong then would keep people for as long as it was off.
                work.retention.bound(watch.believed)
                work.kept_takes.bound(watch.believed)
            work.preferences.set(_WATCH, _dump(watch), now)
            work.commit()
        if watch.holds and not before.holds and status.due:
            self._activity.write("The clock has jumped: nobody is erased until the date is certain")
        try:
            erased = [] if status.held else self._erase_all(status, claim)
        finally:
            self._release(claim)
        return Purge(status, tuple(erased))

    def purge_now(self) -> bool:
        """Erase whose time has come, unless the date is uncertain; for the running kiosk."""
        return not self.run().busy

    def forget_nobodys(self) -> int:
        """Remove what is left of tries under IDs that nobody has, when it is old enough.

        They are pseudonyms, and belong to somebody all the same: whoever mistyped.

        Returns:
            How many attempts and tallies were removed.

        Raises:
            StorageError: nothing was removed.
        """
        require(Action.RETENTION)
        before = self._clock.now() - NOBODYS
        with self._uow() as work:
            count = work.retention.remove_nobodys(before)
            count += self._attempts.forget_nobodys(work, before)
            if count:
                work.commit()
        return count

    def _erase_all(self, status: RetentionStatus, claim: str) -> list[ErasureProof]:
        proofs = []
        for one in status.due:
            user_id = one.person.user_id

            def still_due(work: UnitOfWork, user_id: str = user_id) -> bool:
                now = self._clock.now()
                person = work.retention.last_interaction(user_id)
                return (
                    person is not None
                    and Kept(person, policy_in_force(work).due_at(person.at)).due(now)
                    and _claimed(work, claim, now)
                )

            proof = self._erase(user_id, Reason.RETENTION, only_if=still_due)
            if proof is not None:
                proofs.append(proof)
        return proofs

    def _release(self, claim: str) -> None:
        with self._uow() as work:
            holder = work.preferences.get(_CLAIM) or ""
            if holder.endswith(claim):
                work.preferences.set(_CLAIM, None, self._clock.now())
                work.commit()

    def _status(
        self, work: UnitOfWork, policy: RetentionPolicy, watch: ClockWatch
    ) -> RetentionStatus:
        people = kept(policy, work.retention.last_interactions(), watch.believed)
        return RetentionStatus(policy, self._clock.now(), people, watch.holds)


def _claimed(work: UnitOfWork, claim: str, now: datetime) -> bool:
    """Take or renew the right to purge; False while another process has it."""
    until, _, holder = (work.preferences.get(_CLAIM) or "").partition(" ")
    if holder not in ("", claim):
        end = datetime.fromisoformat(until)
        # One that would last longer than a claim does is of a clock that was ahead.
        if now < end <= now + _CLAIM_LASTS:
            return False
    work.preferences.set(_CLAIM, f"{(now + _CLAIM_LASTS).isoformat()} {claim}", now)
    return True


def _looked(work: UnitOfWork, watch: ClockWatch, now: datetime) -> ClockWatch:
    return watch.looked(now) if work.people.user_ids() else watch.begun(now)


def _watch(work: UnitOfWork) -> ClockWatch:
    stored = work.preferences.get(_WATCH)
    try:
        found = {} if stored is None else dict(json.loads(stored))
        moments = {key: datetime.fromisoformat(value) for key, value in found.items() if value}
        return ClockWatch(moments.get("trusted"), moments.get("jumped"), moments.get("seen"))
    except (ValueError, TypeError):
        # As if the clock had never been looked at, which erases nobody for two weeks.
        return ClockWatch()


def _dump(watch: ClockWatch) -> str:
    moments = {"trusted": watch.trusted, "jumped": watch.jumped, "seen": watch.seen}
    return json.dumps({k: v.isoformat() if v else None for k, v in moments.items()})
