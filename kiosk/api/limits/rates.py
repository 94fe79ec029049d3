"""How often each client may ask: token buckets, and the middleware that looks into them."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from kiosk.api.accounts.auth import actor_of, shown_key
from kiosk.api.accounts.clients import Caller, caller_of
from kiosk.api.answers.problems import answer, problem_of, problem_of_status
from kiosk.core.accounts.acting import acting_as
from kiosk.core.errors import KioskError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from kiosk.api.accounts.auth import KeyRing
    from kiosk.api.answers.problems import Problem
    from kiosk.core.api_policy import ApiPolicy

_MAX_CLIENTS = 10_000
_REFUSALS_PER_MINUTE = 10
_REFUSALS_AT_ONCE = 10
_STRAYS_PER_MINUTE = 60
_STRAYS_AT_ONCE = 60


class Buckets:
    """A token bucket for each client: it holds ``burst`` tokens and fills at a constant rate.

    After J. S. Turner, "New directions in communications (or which way to the information age?)",
    IEEE Communications Magazine 24(10), 1986. Memory is bounded: of more clients than
    ``max_clients`` the one that was seen longest ago is forgotten. Safe from any thread.

    Args:
        per_minute: tokens that each bucket gains in a minute.
        burst: tokens that it holds.
        clock: in seconds; it only grows.
        max_clients: buckets kept.
    """

    def __init__(
        self,
        per_minute: float,
        burst: int,
        clock: Callable[[], float] = time.monotonic,
        max_clients: int = _MAX_CLIENTS,
    ) -> None:
        self._rate = per_minute / 60.0
        self._burst = float(burst)
        self._clock = clock
        self._max = max_clients
        self._lock = threading.Lock()
        self._filled: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._filled)

    def take(self, client: str) -> float:
        """Take a token.

        Returns:
            0 when there was one; else the seconds until there is.
        """
        with self._lock:
            tokens, now = self._tokens(client)
            wait = 0.0 if tokens >= 1.0 else (1.0 - tokens) / self._rate
            self._filled[client] = (tokens if wait else tokens - 1.0, now)
            self._filled.move_to_end(client)
            if len(self._filled) > self._max:
                self._filled.popitem(last=False)
        return wait

    def has_any(self, client: str) -> bool:
        """Return whether there is a token, and leave it."""
        with self._lock:
            return self._tokens(client)[0] >= 1.0

    def _tokens(self, client: str) -> tuple[float, float]:
        """Return how many tokens there are now, and the time."""
        now = self._clock()
        tokens, since = self._filled.get(client, (self._burst, now))
        return min(self._burst, tokens + (now - since) * self._rate), now


class Refusals:
    """Counts refused keys for each address; memory is bounded as with :class:`Buckets`."""

    def __init__(self, max_clients: int = _MAX_CLIENTS) -> None:
        self._max = max_clients
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, int] = OrderedDict()

    def add(self, client: str) -> int:
        """Count one more and return how many there were."""
        with self._lock:
            count = self._counts.pop(client, 0) + 1
            self._counts[client] = count
            if len(self._counts) > self._max:
                self._counts.popitem(last=False)
        return count


class RateLimiter:
    """Decides whether a client may be answered now.

    Args:
        policy: how often.
        clock: in seconds; it only grows.
        max_clients: clients remembered.
    """

    def __init__(
        self,
        policy: ApiPolicy,
        clock: Callable[[], float] = time.monotonic,
        max_clients: int = _MAX_CLIENTS,
    ) -> None:
        self._requests = Buckets(policy.rate_per_minute, policy.burst, clock, max_clients)
        self._refused = Buckets(_REFUSALS_PER_MINUTE, _REFUSALS_AT_ONCE, clock, max_clients)
        self._strays = Buckets(_STRAYS_PER_MINUTE, _STRAYS_AT_ONCE, clock, max_clients)
        self._counts = Refusals(max_clients)

    def wait_s(self, caller: Caller) -> float:
        """Count a request and return for how many seconds its client must wait; 0 for not at all.

        Whoever shows wrong keys has a second, smaller bucket. It does not stop the right keys of
        others at the same address: 256 bits are not guessed, only asked for in vain.
        """
        if caller.refused:
            wait = self._refused.take(caller.client)
            if wait > 0:
                return wait
        return self._requests.take(caller.client)

    def stray_wait_s(self, caller: Caller) -> float:
        """Count a request that was meant for no name of this service or came from another site.

        In a bucket of its own: a page must not use up what programs on this machine may ask.

        Returns:
            0 when it may be told why it is refused; else the seconds until the next may.
        """
        return self._strays.take(caller.client)

    def may_look_up(self, caller: Caller) -> bool:
        """Return whether a key that is not known may cost a look into the database.

        Not that of a client that has shown too many wrong ones.
        """
        return self._refused.has_any(caller.client)

    def refusals(self, caller: Caller) -> int:
        """Count a refused key and return how many the address has shown."""
        return self._counts.add(caller.client)


def too_many(wait_s: float) -> Problem:
    """Return what is told to who asks too often.

    Args:
        wait_s: seconds to wait.
    """
    seconds = math.ceil(wait_s)
    return problem_of_status(
        429,
        "Too many requests from this client.",
        hint=f"Try again in {seconds} {'second' if seconds == 1 else 'seconds'}.",
        headers={"Retry-After": str(seconds)},
    )


class RateLimit:
    """Middleware that learns who asks, and answers 429 with ``Retry-After`` to who asks too often.

    The :class:`~kiosk.api.accounts.clients.Caller` is left in ``request.state.caller`` for
    :func:`kiosk.api.accounts.auth.require`.

    Args:
        app: what comes next.
        policy: names the trusted proxies.
        keys: recognizes keys.
        limiter: counts.
    """

    def __init__(
        self, app: ASGIApp, policy: ApiPolicy, keys: KeyRing, limiter: RateLimiter
    ) -> None:
        self._app = app
        self._policy = policy
        self._keys = keys
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            caller = await self._identified(scope)
        except KioskError as error:
            await answer(scope["path"], problem_of(error))(scope, receive, send)
            return
        wait = self._limiter.wait_s(caller)
        if wait > 0:
            await answer(scope["path"], too_many(wait))(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        # Threads that work on the request inherit it, and nothing outside of it does.
        with acting_as(actor_of(caller, self._policy, scope["path"])):
            await self._app(scope, receive, send)

    async def _identified(self, scope: Scope) -> Caller:
        caller = caller_of(scope, self._policy)
        text = shown_key(scope)
        if text is None:
            return caller
        # The database may be read, and nothing blocks the event loop.
        look = self._limiter.may_look_up(caller)
        key = await run_in_threadpool(self._keys.recognize, text, look_again=look)
        if key is not None:
            return replace(caller, key=key)
        refused = replace(caller, refused=True)
        count = self._limiter.refusals(refused)
        # 1, 2, 4, 8 …: the log tells how many there were and cannot be flooded with them.
        if count.bit_count() == 1:
            await run_in_threadpool(self._keys.note_refusals, caller.address, count)
        return refused
