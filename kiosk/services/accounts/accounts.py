"""The accounts of those who look after the kiosk, as an administrator changes them."""

from __future__ import annotations

import secrets
import string
from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk.core.accounts.acting import Role
from kiosk.core.accounts.operators import Account, check_secret, clean_login, clean_secret
from kiosk.core.accounts.roles import Action, require, signs_in
from kiosk.core.errors import InvalidInput
from kiosk.core.keys.bound_hashes import BoundHasher, adopted_hash
from kiosk.core.people.users import clean_name
from kiosk.core.records.audit import AuditAction, AuditEvent
from kiosk.core.records.security_state import account_facts

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.core.keys.ports import KioskSecret
    from kiosk.core.ports import Clock, PinHasher, UnitOfWork, UnitOfWorkFactory

_NEW_PIN_DIGITS = 8
_KIND = "account"


class Accounts:
    """Adds, changes and removes accounts; one administrator at least is always left."""

    def __init__(
        self, uow: UnitOfWorkFactory, hasher: PinHasher, clock: Clock, secret: KioskSecret
    ) -> None:
        """Use these."""
        self._uow = uow
        self._hasher = account_hasher(hasher, secret)
        self._clock = clock

    def list(self) -> list[Account]:
        """Return every account, by login.

        Raises:
            NotPermitted: who acts may not look after accounts.
        """
        require(Action.ACCOUNTS)
        with self._uow() as work:
            return work.operators.all()

    def add(self, login: str, name: str, role: Role) -> tuple[Account, str]:
        """Make an account.

        Returns:
            The account, and a PIN for the first sign-in, at which it must be changed. Nobody can
            be told it again.

        Raises:
            NotPermitted: who acts may not look after accounts.
            InvalidInput: something cannot be used, the login is taken, or it is the first account
                and not an administrator's.
        """
        require(Action.ACCOUNTS)
        pin = new_pin()
        account = made(login, name, role, pin, self._hasher, self._clock.now())
        account = replace(account, must_change=True)
        with self._uow() as work:
            if work.operators.get(account.login) is not None:
                raise InvalidInput(
                    f"There is an account {account.login} already.", hint="Choose another login."
                )
            if role is not Role.ADMINISTRATOR and not work.operators.all():
                raise InvalidInput(
                    "The first account is an administrator's.", hint="Choose that role."
                )
            work.operators.add(account)
            work.throttles.remove(key_of(account.login))
            work.audit.append(event_of(AuditAction.ACCOUNT_ADDED, account))
            work.commit()
        return account, pin

    def reset(self, login: str) -> tuple[Account, str]:
        """Give an account another PIN, and forgive its wrong tries.

        Returns:
            The account, and a PIN for the next sign-in, at which it must be changed.

        Raises:
            NotPermitted: who acts may not look after accounts.
            InvalidInput: there is no such account.
        """
        require(Action.ACCOUNTS)
        pin = new_pin()
        hashed = self._hasher.hash(clean_login(login), pin)
        with self._uow() as work:
            changed = replace(known(work, login), hash=hashed, must_change=True)
            work.operators.update(changed)
            work.throttles.remove(key_of(changed.login))
            work.audit.append(event_of(AuditAction.SECRET_CHANGED, changed))
            work.commit()
        return changed, pin

    def set_role(self, login: str, role: Role) -> Account:
        """Make somebody operator or administrator.

        Raises:
            NotPermitted: who acts may not look after accounts.
            InvalidInput: there is no such account, accounts cannot have the role, or they are the
                last administrator.
        """
        _require_role(role)
        return self._change(login, role=role)

    def set_enabled(self, login: str, *, enabled: bool) -> Account:
        """Let somebody sign in, or no more.

        Raises:
            NotPermitted: who acts may not look after accounts.
            InvalidInput: there is no such account, or they are the last administrator.
        """
        return self._change(login, enabled=enabled)

    def remove(self, login: str) -> None:
        """Remove an account; what it has done stays in the audit records.

        Raises:
            NotPermitted: who acts may not look after accounts.
            InvalidInput: there is no such account, or they are the last administrator.
        """
        require(Action.ACCOUNTS)
        with self._uow() as work:
            account = known(work, login)
            work.operators.remove(account.login)
            work.throttles.remove(key_of(account.login))
            work.audit.append(event_of(AuditAction.ACCOUNT_REMOVED, account))
            _require_administrator(work)
            work.commit()

    def _change(
        self, login: str, *, role: Role | None = None, enabled: bool | None = None
    ) -> Account:
        require(Action.ACCOUNTS)
        with self._uow() as work:
            account = known(work, login)
            changed = replace(
                account,
                role=account.role if role is None else role,
                enabled=account.enabled if enabled is None else enabled,
            )
            work.operators.update(changed)
            # Only what was asked for: how the rest was found is nothing that anybody has decided.
            asked = {"role": role is not None, "enabled": enabled is not None}
            facts = event_of(AuditAction.ACCOUNT_CHANGED, changed).details
            details = {name: facts[name] for name, wanted in asked.items() if wanted}
            work.audit.append(AuditEvent(AuditAction.ACCOUNT_CHANGED, changed.login, details))
            _require_administrator(work)
            work.commit()
        return changed


def made(
    login: str, name: str, role: Role, secret: str, hasher: BoundHasher, at: datetime
) -> Account:
    """Return a new account that is not stored yet.

    Args:
        login: as typed.
        name: display name, may be empty.
        role: operator or administrator.
        secret: its PIN or password.
        hasher: keeps it; see :func:`account_hasher`.
        at: when it is made.

    Raises:
        InvalidInput: something cannot be used.
    """
    _require_role(role)
    cleaned, shown = clean_login(login), clean_name(name)
    check_secret(clean_secret(secret), cleaned)
    return Account(cleaned, shown, role, hasher.hash(cleaned, clean_secret(secret)), at)


def account_hasher(hasher: PinHasher, secret: KioskSecret) -> BoundHasher:
    """Return what keeps the PINs and passwords of accounts; the owner is the login."""
    return BoundHasher(hasher, secret, _KIND)


def adopted_account(secret: KioskSecret, account: Account) -> Account:
    """Return an account whose hash an earlier version has made, as it is accepted from now on."""
    return replace(account, hash=adopted_hash(secret, _KIND, account.login, account.hash))


def event_of(action: AuditAction, account: Account) -> AuditEvent:
    """Return what is recorded of something that happened to an account, and how it is then."""
    facts = account_facts(
        account.role.value,
        account.hash,
        enabled=account.enabled,
        must_change=account.must_change,
    )
    return AuditEvent(action, account.login, facts)


def new_pin() -> str:
    """Return a random PIN of eight digits that is not easy to guess."""
    while True:
        pin = "".join(secrets.choice(string.digits) for _ in range(_NEW_PIN_DIGITS))
        try:
            check_secret(pin, "")
        except InvalidInput:
            continue
        return pin


def key_of(login: str) -> str:
    """Return under what the tries of an account are counted."""
    return f"operator:{login}"


def known(work: UnitOfWork, login: str) -> Account:
    """Return an account.

    Raises:
        InvalidInput: there is none with this login.
    """
    account = work.operators.get(clean_login(login))
    if account is None:
        raise InvalidInput(
            f"There is no account {clean_login(login)}.", hint="See 'kiosk operators list'."
        )
    return account


def _require_role(role: Role) -> None:
    if not signs_in(role):
        raise InvalidInput(
            f"Nobody signs in as {role.value}.", hint="Choose operator or administrator."
        )


def _require_administrator(work: UnitOfWork) -> None:
    """Refuse what has left nobody who may look after accounts; to be called before the commit."""
    if not any(a.enabled and a.role is Role.ADMINISTRATOR for a in work.operators.all()):
        raise InvalidInput(
            "This is the last administrator.", hint="Make another account an administrator first."
        )
