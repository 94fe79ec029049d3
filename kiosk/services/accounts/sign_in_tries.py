"""Counts tries to sign in, and records those that were refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.accounts.acting import acting
from kiosk.core.errors import WrongPin
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.services.accounts.accounts import key_of
from kiosk.services.limits.repeats import Repeats

if TYPE_CHECKING:
    from kiosk.core.accounts.operators import Account
    from kiosk.core.keys.ports import KioskSecret
    from kiosk.core.limits.attempts import Lock
    from kiosk.core.ports import UnitOfWork
    from kiosk.services.limits.throttle import Throttle

_CONSOLE = "console:"
_WAITING, _WRONG = "too many wrong tries", "wrong"


@dataclass(frozen=True)
class Try:
    """One try to sign in.

    Attributes:
        subject: login of the account that was found; None for a login of nobody, which is never
            recorded: people type PINs into the wrong field.
        key: under what it is counted.
        place: under what the tries of the place are counted; None where they are not.
        here: name of whoever acts there.
    """

    subject: str | None
    key: str
    place: str | None
    here: str


class SignInTries:
    """Says who must wait, with the same words for logins that somebody has and those of nobody.

    Tries are counted for the login and for the place, which holds thirty of them and forgets one
    every 30 s: who types one login after the other is slowed too, and nobody else waits there for
    more than 30 s. All logins are counted there; or the bucket would tell which of them exist.

    Of wrong tries of an account each is recorded. What a visitor can repeat without end, waiting
    tries and logins of nobody, is recorded as :class:`kiosk.services.limits.repeats.Repeats` says.

    Args:
        throttle: reads and writes tallies.
        secret: keeps what was typed out of the table.
    """

    def __init__(self, throttle: Throttle, secret: KioskSecret) -> None:
        self._throttle = throttle
        self._secret = secret
        self._repeats = Repeats(lambda: throttle.now().uptime)

    def begin(self, work: UnitOfWork, account: Account | None, typed: str) -> Try:
        """Count a try as failed, before it is judged; to be committed.

        Args:
            work: is committed here where it must be waited.
            account: whose login was typed; None for one of nobody.
            typed: that login, stripped and in small letters.

        Raises:
            WrongPin: it must be waited first; the hint says for how long.
        """
        tried = self._try(account, typed)
        own = self._throttle.lock(work, tried.key)
        lock = own or self._place_lock(work, tried.place)
        if lock is not None:
            about_account = own is not None and tried.subject is not None
            series = f"{_WAITING}:{tried.key if about_account else tried.here}"
            self._record(work, tried.subject if about_account else None, _WAITING, series)
            work.commit()  # and a wait that this run of the machine counts anew
            raise WrongPin(
                "Too many failed tries.", hint=f"Try again in {lock.retry_after_s} seconds."
            )
        self._throttle.failed(work, tried.key)
        self._fill(work, tried.place)
        return tried

    def wrong(self, work: UnitOfWork, tried: Try) -> None:
        """Record that a try was wrong; to be committed."""
        series = f"{_WRONG}:{tried.here}" if tried.subject is None else None
        self._record(work, tried.subject, _WRONG, series)

    def right(self, work: UnitOfWork, tried: Try) -> None:
        """Hold nothing against the account any more; to be committed."""
        work.throttles.remove(tried.key)
        self._empty(work, tried.place)
        self._repeats.over(f"{_WAITING}:{tried.key}")

    # --- inside ------------------------------------------------------------------------------

    def _try(self, account: Account | None, typed: str) -> Try:
        here = acting().name
        # Whoever uses the command line could change the table itself.
        place = None if here.startswith(_CONSOLE) else f"place:{self._keyed(f'sign-in:{here}')}"
        if account is None:
            return Try(None, f"nobody:{self._keyed(f'operator:{typed}')}", place, here)
        return Try(account.login, key_of(account.login), place, here)

    def _keyed(self, text: str) -> str:
        return self._secret.mac("throttle", text.encode("utf-8", "surrogatepass")).hex()

    def _place_lock(self, work: UnitOfWork, place: str | None) -> Lock | None:
        if place is None:
            return None
        throttle = self._throttle
        return throttle.policy.place_lock(throttle.tally(work, place), throttle.now())

    def _fill(self, work: UnitOfWork, place: str | None) -> None:
        if place is not None:
            tally = self._throttle.tally(work, place)
            filled = self._throttle.policy.place_failed(tally, self._throttle.now())
            self._throttle.put(work, place, filled)

    def _empty(self, work: UnitOfWork, place: str | None) -> None:
        if place is not None:
            tally = self._throttle.tally(work, place)
            emptied = self._throttle.policy.place_taken_back(tally, self._throttle.now())
            self._throttle.put(work, place, emptied)

    def _record(
        self, work: UnitOfWork, subject: str | None, reason: str, series: str | None
    ) -> None:
        details: dict[str, str | int] = {"reason": reason}
        if series is not None:
            count = self._repeats.due(series)
            if count is None:
                return
            details["count"] = count
        work.audit.append(AuditEvent(AuditAction.SIGN_IN_REFUSED, subject, details))
