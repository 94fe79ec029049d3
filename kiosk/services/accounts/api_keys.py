"""The keys of programs that use the HTTP service: create, list, revoke, recognize."""

from __future__ import annotations

import hmac
import logging
import secrets
import string
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from kiosk.core.accounts.credentials import ApiKey, Right, clean_key_name, key_id_of
from kiosk.core.accounts.roles import Action, require
from kiosk.core.errors import InvalidInput, KioskError, StorageError
from kiosk.core.keys.bound_hashes import mac_text
from kiosk.core.records.audit import AuditAction, AuditEvent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kiosk.core.keys.ports import KioskSecret
    from kiosk.core.ports import ActivityLog, Clock, UnitOfWorkFactory

_ID_LETTERS = string.ascii_lowercase + string.digits
_ID_LENGTH = 12
_SECRET_LETTERS = string.digits + string.ascii_letters
_SECRET_LENGTH = 43
"""The least number of base-62 digits that hold 256 bits: 62^43 > 2^256."""
_PLAIN_DIGITS = 64
"""Of a SHA-256 in hexadecimal, as earlier versions stored it; what is bound has 43 characters."""
_USED_STEP = timedelta(minutes=10)
"""How exactly the last use is kept. Each request would be a write that waits for the disk."""

_log = logging.getLogger(__name__)


class ApiKeys:
    """Keys read ``vk_<id>_<secret>``; the ID may be shown and logged, the secret is never kept.

    What is stored is the SHA-256 of the whole key, bound to its ID and its rights by the secret of
    the kiosk: a row that somebody else has made, or whose rights were changed, opens nothing. A
    slow hash such as argon2 protects what people choose and others can guess; 256 random bits
    cannot be guessed at any speed, and the hash is computed with every request.
    """

    def __init__(
        self, uow: UnitOfWorkFactory, clock: Clock, activity: ActivityLog, secret: KioskSecret
    ) -> None:
        """Use these."""
        self._uow = uow
        self._clock = clock
        self._activity = activity
        self._secret = secret

    def create(self, name: str, rights: Iterable[Right]) -> tuple[ApiKey, str]:
        """Make a key.

        Args:
            name: what it is for.
            rights: what it permits; at least one.

        Returns:
            The key as it is stored, and its text, which nobody can be told again.

        Raises:
            InvalidInput: the name cannot be used, or there is no right.
            NotPermitted: who acts may not make keys.
        """
        require(Action.API_KEYS)
        permitted = frozenset(rights)
        if not permitted:
            raise InvalidInput("A key needs at least one right.", hint="Add a right.")
        key_id = "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))
        secret = "".join(secrets.choice(_SECRET_LETTERS) for _ in range(_SECRET_LENGTH))
        text = f"vk_{key_id}_{secret}"
        hashed = _bound(self._secret, key_id, permitted, _digest(text))
        key = ApiKey(key_id, clean_key_name(name), permitted, hashed, self._clock.now())
        with self._uow() as work:
            work.api_keys.add(key)
            rights_of = {"rights": tuple(sorted(permitted))}
            work.audit.append(AuditEvent(AuditAction.API_KEY_CREATED, key_id, rights_of))
            work.commit()
        self._activity.write(f"API key {key_id} created: {key.name} ({_listed(permitted)})")
        return key, text

    def list(self) -> list[ApiKey]:
        """Return every key, revoked ones too, the oldest first."""
        with self._uow() as work:
            return work.api_keys.all()

    def any_accepted(self) -> bool:
        """Return whether there is a key that is not revoked."""
        return any(not key.revoked for key in self.list())

    def get(self, key_id: str) -> ApiKey:
        """Return a key, revoked or not.

        Raises:
            InvalidInput: there is no such key.
        """
        with self._uow() as work:
            return _known(key_id, work.api_keys.get(key_id))

    def revoke(self, key_id: str) -> ApiKey:
        """Accept a key no more; for good. One that was revoked before stays as it is.

        Raises:
            InvalidInput: there is no such key.
            NotPermitted: who acts may not revoke keys.
        """
        require(Action.API_KEYS)
        with self._uow() as work:
            changed = work.api_keys.revoke(key_id, self._clock.now())
            key = _known(key_id, work.api_keys.get(key_id))
            if changed:
                work.audit.append(AuditEvent(AuditAction.API_KEY_REVOKED, key_id))
            work.commit()
        if changed:
            self._activity.write(f"API key {key_id} revoked: {key.name}")
        return key

    def authenticate(self, text: str) -> ApiKey | None:
        """Return the key that this is the text of; None when it is not to be accepted.

        Raises:
            StorageError: it cannot be looked up; nobody is let in then.
        """
        key_id = key_id_of(text)
        with self._uow() as work:
            stored = None if key_id is None else work.api_keys.get(key_id)
        key = self.accepted(text, stored)
        return None if key is None else self.remember_use(key)

    def accepted(self, text: str, stored: ApiKey | None) -> ApiKey | None:
        """Return the stored key when the text is the whole of it, and it is not revoked.

        How long it takes tells nothing about how much of a wrong key is right.

        Args:
            text: what a client showed.
            stored: the key with the ID that the text names; None when there is none.

        Raises:
            KeyUnavailable: the secret of the kiosk is not there; nobody is let in then.
        """
        known = ("", frozenset[Right](), "") if stored is None else _named(stored)
        shown = _bound(self._secret, known[0], known[1], _digest(text))
        matches = hmac.compare_digest(known[2].encode(), shown.encode())
        return stored if matches and stored is not None and not stored.revoked else None

    def remember_use(self, key: ApiKey) -> ApiKey:
        """Record that a key was used now, to within ten minutes; a failure is only logged.

        Returns:
            The key as it is known from now on.
        """
        now = self._clock.now()
        # A clock that was set back must not leave a use in the future for ever.
        if key.last_used_at is not None and abs(now - key.last_used_at) < _USED_STEP:
            return key
        try:
            with self._uow() as work:
                work.api_keys.used(key.key_id, now)
                work.commit()
        except StorageError as exc:
            # The request can be answered all the same.
            _log.warning("the use of API key %s was not recorded: %s", key.key_id, exc)
        return replace(key, last_used_at=now)

    def note_refusals(self, client: str, count: int) -> None:
        """Record in the activity log and the audit records that keys were refused; never the key.

        Args:
            client: address that showed them.
            count: how many there were since the address was first refused.
        """
        self._activity.write(f"API key refused from {client} (number {count})")
        try:
            with self._uow() as work:
                work.audit.append(AuditEvent(AuditAction.API_KEY_REFUSED, client, {"count": count}))
                work.commit()
        except KioskError as exc:
            _log.warning("the refusal of an API key was not recorded: %s", exc)


def adopted_hash_of(secret: KioskSecret, key: ApiKey) -> str:
    """Return the hash of a key of an earlier version, which was bound to nothing, as it is now."""
    if len(key.hash) != _PLAIN_DIGITS:
        return key.hash
    return _bound(secret, key.key_id, key.rights, key.hash)


def _bound(secret: KioskSecret, key_id: str, rights: Iterable[Right], digest: str) -> str:
    return mac_text(secret, "api-key", key_id, *sorted(rights), digest)


def _named(key: ApiKey) -> tuple[str, frozenset[Right], str]:
    return key.key_id, key.rights, key.hash


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _listed(rights: Iterable[Right]) -> str:
    return ", ".join(sorted(rights))


def _known(key_id: str, key: ApiKey | None) -> ApiKey:
    if key is None:
        raise InvalidInput(
            f"There is no API key {key_id}.", hint="See 'kiosk api-key list' for the IDs."
        )
    return key
