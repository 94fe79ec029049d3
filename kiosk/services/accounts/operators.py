"""The accounts that guard everything but the self-service screens."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kiosk.core.accounts.acting import Actor, Role, acting
from kiosk.core.accounts.operators import Account, check_secret, clean_login, clean_secret
from kiosk.core.errors import ChainBroken, InvalidInput, NotPermitted, WrongPin
from kiosk.core.limits.attempts import AttemptPolicy
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.services.accounts.accounts import account_hasher, event_of, key_of, made
from kiosk.services.accounts.sign_in_tries import SignInTries
from kiosk.services.records.standing import account_differs

if TYPE_CHECKING:
    from kiosk.core.keys.ports import KioskSecret
    from kiosk.core.ports import Clock, PinHasher, UnitOfWork, UnitOfWorkFactory
    from kiosk.services.accounts.sign_in_tries import Try
    from kiosk.services.limits.throttle import Throttle

_NEVER_DISABLED = 10**9
POLICY = AttemptPolicy(most_failures=_NEVER_DISABLED, growth=1.5, longest_wait_s=300.0)
"""As for people, but no account is ever switched off by wrong tries, and none waits for longer than
five minutes: a visitor could keep the last administrator out. At that wait there are 290 tries a
day for one PIN in a million, by somebody who stands at the screen day and night."""
_PREFIX = "operator:"
_NOBODY = ""
"""What no login can be."""


@dataclass(frozen=True)
class SignedIn:
    """Somebody whose PIN or password was right.

    Attributes:
        account: whose it was.
        actor: as whom they act; nothing is permitted to it while ``must_change``.
    """

    account: Account

    @property
    def actor(self) -> Actor:
        """Return as whom they act."""
        return self.account.actor

    @property
    def must_change(self) -> bool:
        """Return whether they have to choose a PIN or password of their own first."""
        return self.account.must_change


class Operators:
    """Signs people in, and keeps their accounts.

    Wrong tries are counted in the database, before they are judged and for unknown logins too: a
    restart forgives none, and how long an answer takes or whether it must be waited for tells
    nobody which logins there are.
    """

    def __init__(
        self,
        uow: UnitOfWorkFactory,
        hasher: PinHasher,
        clock: Clock,
        throttle: Throttle,
        secret: KioskSecret,
    ) -> None:
        """Use these; the throttle has the limits of :data:`POLICY`."""
        self._uow = uow
        self._hasher = account_hasher(hasher, secret)
        self._clock = clock
        self._tries = SignInTries(throttle, secret)
        self._secret = secret
        self._decoy: str | None = None
        self._making = threading.Lock()

    # --- signing in --------------------------------------------------------------------------

    def enabled_accounts(self) -> int:
        """Return how many accounts may sign in; with none the first one must be made."""
        with self._uow() as work:
            return sum(account.enabled for account in work.operators.all())

    def any_account(self) -> bool:
        """Return whether there is an account; without one anybody may make the first."""
        with self._uow() as work:
            return bool(work.operators.all())

    def sign_in(self, login: str | None, secret: str) -> SignedIn:
        """Accept a PIN or password, or say why not.

        Args:
            login: as typed; None or empty means the only account that may sign in.
            secret: PIN or password.

        Raises:
            WrongPin: not right, no such account, disabled, or too many tries; the hint of the last
                says when to try again.
            ChainBroken: the account is not what the records say of it.
        """
        decoy = self._decoy_hash()
        with self._uow() as work:
            found = _found(work, login)
            tried = self._tries.begin(work, found, _typed(login))
            work.commit()
        # One hash is computed, whether there is such an account or not.
        hashed, owner = (found.hash, found.login) if found else (decoy, _NOBODY)
        right = self._hasher.matches(hashed, owner, clean_secret(secret))
        if found is None or not right:
            with self._uow() as work:
                self._tries.wrong(work, tried)
                work.commit()
            raise WrongPin(
                "That PIN or password is not right.",
                hint="Try again." if login is None else "Check the login too, and try again.",
            )
        return self._accepted(found, tried)

    def is_current(self, account: Account) -> bool:
        """Return whether somebody who has signed in may go on as who they were then.

        Args:
            account: as it was at the sign-in.
        """
        with self._uow() as work:
            now = work.operators.get(account.login)
        if now is None or not now.enabled or now.must_change:
            return False
        return now.role is account.role

    def sign_out(self) -> None:
        """Record that whoever acts has signed out, or was signed out."""
        subject = acting().name.removeprefix(_PREFIX)
        with self._uow() as work:
            work.audit.append(AuditEvent(AuditAction.SIGNED_OUT, subject))
            work.commit()

    def _accepted(self, found: Account, tried: Try) -> SignedIn:
        with self._uow() as work:
            now = work.operators.get(found.login)
            if now is None or now.hash != found.hash:
                raise WrongPin("The account has just been changed.", hint="Try again.")
            if not now.enabled:
                refused = {"reason": "disabled"}
                work.audit.append(AuditEvent(AuditAction.SIGN_IN_REFUSED, now.login, refused))
                work.commit()
                raise WrongPin("This account is disabled.", hint="Ask an administrator.")
            if differs := account_differs(work, self._secret, now):
                # Now, and not when everything is compared next: until then it would have acted.
                altered = {"differences": 1, "first": differs}
                work.audit.append(AuditEvent(AuditAction.STATE_DIFFERS, now.login, altered))
                work.commit()
                raise ChainBroken(
                    "This account does not match the audit records, so nobody can sign in with it.",
                    hint="Tell an administrator. 'kiosk audit verify' lists every change.",
                )
            signed_in = replace(now, signed_in_at=self._clock.now())
            work.operators.update(signed_in)
            self._tries.right(work, tried)
            work.audit.append(event_of(AuditAction.SIGNED_IN, signed_in))
            work.commit()
        return SignedIn(signed_in)

    def _decoy_hash(self) -> str:
        # Made by the first sign-in whoever it is, or the first unknown login would take longer.
        with self._making:
            if self._decoy is None:
                self._decoy = self._hasher.hash(_NOBODY, "nobody has this secret")
            return self._decoy

    # --- the first one, and one's own ---------------------------------------------------------

    def set_up(self, login: str, name: str, secret: str) -> SignedIn:
        """Make the first account, an administrator; anybody may, while there is none.

        Raises:
            InvalidInput: something cannot be used.
            NotPermitted: there is an account already.
        """
        account = made(login, name, Role.ADMINISTRATOR, secret, self._hasher, self._clock.now())
        account = replace(account, signed_in_at=account.created_at)
        with self._uow() as work:
            if work.operators.all():
                raise NotPermitted(
                    "The kiosk has been set up already.",
                    hint="Sign in.",
                )
            work.operators.add(account)
            work.audit.append(event_of(AuditAction.ACCOUNT_ADDED, account))
            work.commit()
        return SignedIn(account)

    def change_own(self, account: Account, current: str, new: str) -> SignedIn:
        """Change the PIN or password of whoever acts.

        Args:
            account: as it was when they signed in. Somebody who has come half-way with a PIN that
                was replaced since, or whose account was disabled since, comes no further.
            current: the present one; a wrong one counts as a wrong try. Not looked at where it must
                be changed, for then it was asked for a moment ago.
            new: another one.

        Raises:
            NotPermitted: it is not the account of who acts.
            InvalidInput: the new one cannot be used.
            WrongPin: the present one is not right, or the account was changed or disabled.
        """
        if acting().name != account.actor.name:
            raise NotPermitted("Sign in to change your PIN.", hint="Sign in first.")
        login = account.login
        check_secret(clean_secret(new), login)
        with self._uow() as work:
            mine = _unchanged(work, account)
        if not mine.must_change:
            mine = self.sign_in(login, current).account
        if self._hasher.matches(mine.hash, login, clean_secret(new)):
            raise InvalidInput("This is your current PIN or password.", hint="Choose another.")
        hashed = self._hasher.hash(login, clean_secret(new))
        with self._uow() as work:
            changed = replace(_unchanged(work, mine), hash=hashed, must_change=False)
            work.operators.update(changed)
            work.throttles.remove(key_of(login))
            work.audit.append(event_of(AuditAction.SECRET_CHANGED, changed))
            work.commit()
        return SignedIn(changed)


def _unchanged(work: UnitOfWork, account: Account) -> Account:
    """Return an account as it is now; who may not go on as who they were is recorded.

    Raises:
        WrongPin: it was removed, disabled, or has got another PIN or password meanwhile.
    """
    now = work.operators.get(account.login)
    if now is None or not now.enabled or now.hash != account.hash:
        refused = {"reason": "the account was changed meanwhile"}
        work.audit.append(AuditEvent(AuditAction.SIGN_IN_REFUSED, account.login, refused))
        work.commit()
        raise WrongPin("The account has just been changed or disabled.", hint="Sign in again.")
    return now


def _typed(login: str | None) -> str:
    """Return a login that belongs to nobody, as it is counted."""
    return (login or "").strip().lower()


def _found(work: UnitOfWork, login: str | None) -> Account | None:
    if _typed(login):
        try:
            return work.operators.get(clean_login(_typed(login)))
        except InvalidInput:
            return None
    enabled = [account for account in work.operators.all() if account.enabled]
    return enabled[0] if len(enabled) == 1 else None
