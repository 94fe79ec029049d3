"""Which key a request shows, and whether that suffices for what it asks.

==========================  ==========================  =======================================
the service listens on      client                      needs a key for
==========================  ==========================  =======================================
loopback                    this machine                raw voiceprints only
loopback, ``seed_compat``   this machine                raw voiceprints under ``/v1`` only
anything                    everybody else              everything but what asks for no right
==========================  ==========================  =======================================

A key that is shown counts in any case: a wrong one is refused, and no more than its rights is
permitted, so that a client finds out before it moves to another machine.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Annotated

from fastapi import Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request  # noqa: TC002 - FastAPI reads annotations

from kiosk.api.accounts.clients import Caller  # noqa: TC001 - FastAPI reads annotations
from kiosk.api.answers.problems import Refusal
from kiosk.core.accounts.credentials import Right, key_id_of
from kiosk.core.accounts.roles import carried_by, program

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Scope

    from kiosk.core.accounts.acting import Actor
    from kiosk.core.accounts.credentials import ApiKey
    from kiosk.core.api_policy import ApiPolicy
    from kiosk.services.accounts.api_keys import ApiKeys

HEADER = "X-API-Key"
_OURS = "/v1"
_FRESH_S = 1.0
_bearer = HTTPBearer(auto_error=False, scheme_name="Bearer", description="A key of this kiosk.")
_header = APIKeyHeader(
    name=HEADER, auto_error=False, scheme_name="API key", description="The same, without 'Bearer'."
)


class KeyRing:
    """Recognizes keys; safe from any thread.

    The keys are read at most once a second, however many requests there are: a key that another
    process revokes is refused after a second at the latest.

    Args:
        keys: the stored keys.
        clock: in seconds; it only grows.
    """

    def __init__(self, keys: ApiKeys, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys = keys
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, ApiKey] = {}
        self._read_at = float("-inf")

    def recognize(self, text: str, *, look_again: bool = True) -> ApiKey | None:
        """Return the key that this is the text of; None when it is not to be accepted.

        Args:
            text: what was shown.
            look_again: read the keys at once when this one is not known, for it may be new.

        Raises:
            StorageError: the keys cannot be read; nobody is let in then.
        """
        key_id = key_id_of(text)
        if key_id is None:
            return None
        with self._lock:
            missing = look_again and key_id not in self._known
            if missing or self._clock() - self._read_at >= _FRESH_S:
                self._known = {key.key_id: key for key in self._keys.list()}
                self._read_at = self._clock()
            stored = self._known.get(key_id)
        key = self._keys.accepted(text, stored)
        if key is None:
            return None
        used = self._keys.remember_use(key)
        if used is not key:
            # Or else every request until the keys are read again would be recorded as the first.
            with self._lock:
                self._known[used.key_id] = used
        return used

    def note_refusals(self, address: str, count: int) -> None:
        """Record in the activity log that keys were refused."""
        self._keys.note_refusals(address, count)


def shown_key(scope: Scope) -> str | None:
    """Return the key that a request shows in ``Authorization: Bearer`` or ``X-API-Key``.

    Another kind of authorization is none of ours and counts as no key. An empty one is a key, and
    a wrong one: a client whose key was lost on the way must learn of it.
    """
    headers = Headers(scope=scope)
    kind, _, text = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return text.strip()
    shown = headers.get(HEADER)
    return None if shown is None else shown.strip()


def require(right: Right | None) -> Callable[..., Awaitable[Caller]]:
    """Return a dependency that lets in whoever has a right: ``Depends(require(Right.VERIFY))``.

    Args:
        right: what the route asks for; None for what everybody may know, such as health.

    Returns:
        A dependency that returns what :func:`admitted` returns and raises.
    """

    # Asynchronous, for it only compares: others are given a thread each time.
    async def check(
        request: Request,
        _bearer_key: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
        _header_key: Annotated[str | None, Security(_header)],
    ) -> Caller:
        return admitted(request, right)

    return check


def admitted(request: Request, right: Right | None) -> Caller:
    """Return who sends a request, if they may.

    Args:
        request: has passed :class:`kiosk.api.limits.rates.RateLimit`, which looks at the key.
        right: what is asked for; None for what everybody may know.

    Raises:
        Refusal: 401 (no key, or a wrong one) or 403 (without the right).
    """
    caller, policy = _caller(request), _policy(request)
    if caller.refused:
        raise challenge(caller)
    if right is None:
        return caller
    if caller.key is not None:
        if not caller.key.permits(right):
            raise Refusal(
                403,
                f"The API key lacks the right '{right}'.",
                hint=f"Create one with 'kiosk api-key create NAME --right {right}'.",
            )
        return caller
    if not _free(right, caller, policy, request.url.path):
        raise challenge(caller, right)
    return caller


async def only_here(request: Request) -> None:
    """Refuse other machines, unless the policy opens the SpeechEngine routes to them.

    A dependency. The seed kept that service within its private network, so strangers outside do
    not even learn that it is there; who shows a key is told why it is closed.

    Raises:
        HTTPException: 404, without a key.
        Refusal: 401 (a wrong key) or 403.
    """
    caller = _caller(request)
    if caller.local or _policy(request).seed_engine_open:
        return
    if caller.refused:
        raise challenge(caller)
    if caller.key is None:
        raise HTTPException(404)
    raise Refusal(
        403,
        "The routes of SpeechEngine are closed to other machines.",
        hint="Ask an administrator to switch on the setting api.seed_engine_open.",
    )


def challenge(caller: Caller, right: Right | None = None) -> Refusal:
    """Return the error 401 for a caller without a key, or with a wrong one.

    Args:
        caller: who asked.
        right: what was asked for, where that is known yet.
    """
    if caller.refused:
        message, hint = (
            "The API key is not accepted.",
            "Use a key that 'kiosk api-key list' shows as valid.",
        )
    else:
        command = "kiosk api-key create NAME" + (f" --right {right}" if right else "")
        message = "An API key is needed."
        hint = (
            f"Show it as 'Authorization: Bearer KEY' or '{HEADER}: KEY'; "
            f"create one with '{command}'."
        )
    headers = {"WWW-Authenticate": 'Bearer realm="voice-kiosk"'}
    return Refusal(401, message, hint=hint, headers=headers)


def actor_of(caller: Caller, policy: ApiPolicy, path: str) -> Actor:
    """Return who sends a request as somebody who acts: with the rights that it has, no role's.

    Args:
        caller: who asked.
        policy: what the site permits.
        path: where to; raw voiceprints need a key in one place and not in another.
    """
    if caller.refused:
        return program("unknown", frozenset())
    if caller.key is not None:
        rights = caller.key.rights
        return program(caller.key.key_id, carried_by(rights), rights)
    free = [right for right in Right if _free(right, caller, policy, path)]
    return program("loopback" if free else "unknown", carried_by(free), free)


def is_stranger(caller: Caller, policy: ApiPolicy) -> bool:
    """Return whether a key is needed for everything, and none that is accepted was shown."""
    return caller.refused or (caller.key is None and not _at_home(caller, policy))


def _at_home(caller: Caller, policy: ApiPolicy) -> bool:
    return caller.local and policy.on_loopback


def _free(right: Right, caller: Caller, policy: ApiPolicy, path: str) -> bool:
    if not _at_home(caller, policy):
        return False
    if right is not Right.VOICEPRINTS:
        return True
    return policy.seed_compat and path != _OURS and not path.startswith(f"{_OURS}/")


def _caller(request: Request) -> Caller:
    # Without the middleware there is none, and the request ends as a defect: nobody is let in.
    caller: Caller = request.state.caller
    return caller


def _policy(request: Request) -> ApiPolicy:
    policy: ApiPolicy = request.app.state.context.policy
    return policy
