"""How large a request may be, and how slowly it may arrive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import anyio
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from kiosk.api.accounts.auth import challenge, is_stranger
from kiosk.api.answers.problems import answer, ours, problem_of_status, shutting_down

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kiosk.api.accounts.clients import Caller
    from kiosk.api.answers.problems import Problem
    from kiosk.api.limits.arrivals import Arrivals
    from kiosk.core.api_policy import ApiPolicy

_STREAMED = re.compile(r"/(upload_stream_data|http_stream)/[^/]+")
"""Where recordings are sent as JSON; no other JSON is large."""
_MAX_JSON = 1_000_000

_SLOWEST = 50_000
"""Bytes in a second below which a body is given up, once its timeout has been used up by waiting.
Without that, one byte every few seconds would hold a place for ever."""

_MAX_HELD = 256_000_000
"""Bytes of bodies in memory at the same time, those of all connections together."""

_LINGER_S = 2.0
_LINGER_BYTES = 64_000_000


class _BodyRefused(HTTPException):
    """Ends whatever reads the body; of HTTP's own kind, so that nobody takes it for a defect."""


class SizeLimit:
    """Middleware that refuses bodies: 413 for too large, 408 for slow ones, 401 for strangers'.

    A length that is announced is judged at once, before anything is read. A body without one
    (``Transfer-Encoding: chunked``) is counted while it arrives, and no more of it than the limit
    ever reaches the application. Whoever needs a key for everything and shows none is told so
    before the body is read: frameworks read it first and ask for the key then. When the bodies of
    all connections together are too large, those that grow further are answered 503.

    Args:
        app: what comes next.
        policy: the limits.
        arrivals: where bodies are waited for.
        max_held: bytes of bodies in memory at the same time.
    """

    def __init__(
        self, app: ASGIApp, policy: ApiPolicy, arrivals: Arrivals, max_held: int = _MAX_HELD
    ) -> None:
        self._app = app
        self._policy = policy
        self._arrivals = arrivals
        self._room = _Room(max_held)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit, timeout_s = self._limit(scope["path"], headers), self._policy.body_timeout_s
        body = _Body(receive, send, limit, timeout_s, self._arrivals, self._room)
        body.refused = self._refused_unread(headers, scope["state"]["caller"], body.limit)
        if body.refused is None:
            try:
                await self._app(scope, body.receive, body.send)
            except Exception:
                if body.refused is None:
                    raise
            finally:
                body.release()
        if body.refused is not None and not body.answered:
            refusal = answer(scope["path"], body.refused)
            await refusal(scope, receive, _Lingering(receive, send))

    def _limit(self, path: str, headers: Headers) -> int:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "multipart/form-data" and ours(path):
            return self._policy.max_upload_bytes
        if _STREAMED.fullmatch(path):
            return self._policy.max_request_bytes
        return min(self._policy.max_request_bytes, _MAX_JSON)

    def _refused_unread(self, headers: Headers, caller: Caller, limit: int) -> Problem | None:
        # The server has made sure that it is a number, and that there is one or the other.
        announced = int(headers.get("content-length", "0"))
        if announced > limit:
            return _too_large(limit)
        if (announced or "transfer-encoding" in headers) and is_stranger(caller, self._policy):
            error = challenge(caller)
            closing = {**(error.headers or {}), "Connection": "close"}
            return problem_of_status(
                error.status_code, error.detail, hint=error.hint, headers=closing
            )
        return None


class _Room:
    """Counts bytes of bodies in memory; used in the event loop alone, so without a lock."""

    def __init__(self, size: int) -> None:
        self._left = size

    def take(self, size: int) -> bool:
        """Take so many bytes, if there are so many left."""
        if size > self._left:
            return False
        self._left -= size
        return True

    def give_back(self, size: int) -> None:
        """Give back what was taken."""
        self._left += size


class _Body:
    """The body of one request, and what is answered when it is refused.

    Attributes:
        limit: bytes permitted.
        refused: why it is refused; None while it is not.
        answered: the application has begun to answer.
    """

    def __init__(
        self,
        receive: Receive,
        send: Send,
        limit: int,
        timeout_s: float,
        arrivals: Arrivals,
        room: _Room,
    ) -> None:
        self._receive = receive
        self._send = send
        self._arrivals = arrivals
        self._room = room
        self._timeout_s = timeout_s
        self._waited_s = 0.0
        self._size = 0
        self._held = 0
        self._complete = False
        self.limit = limit
        self.refused: Problem | None = None
        self.answered = False

    async def receive(self) -> Message:
        """Return the next part.

        Raises:
            _BodyRefused: it is too large, does not arrive, or too slowly.
        """
        if self._complete:  # what follows tells that the client has gone; nobody is waited for
            return await self._receive()
        # Only waiting counts: how long the application takes is not the client's doing.
        left_s = self._timeout_s + self._size / _SLOWEST - self._waited_s
        began = anyio.current_time()
        try:
            with self._arrivals.within(min(self._timeout_s, left_s)):
                message = await self._receive()
        except TimeoutError:
            self.refused = shutting_down() if self._arrivals.ending else _too_slow()
            raise _BodyRefused(self.refused.status) from None
        self._waited_s += anyio.current_time() - began
        size = len(message.get("body", b""))
        self._size += size
        self._complete = not message.get("more_body", False)
        if self._size > self.limit:
            self.refused = _too_large(self.limit)
        elif self._room.take(size):
            self._held += size
        else:
            self.refused = _no_room()
        if self.refused is not None:
            raise _BodyRefused(self.refused.status)
        return message

    def release(self) -> None:
        """Count the body no more: the request has ended."""
        self._room.give_back(self._held)
        self._held = 0

    async def send(self, message: Message) -> None:
        """Send a part of the answer, unless the body was refused meanwhile.

        Frameworks turn what is raised while they read a body into answers of their own, which
        would hide the reason.
        """
        if self.refused is not None and not self.answered:
            return
        self.answered = True
        await self._send(message)


class _Lingering:
    """Sends an answer, then goes on reading a while before the connection is closed.

    Many clients read no answer before they have sent their whole body. Closed at once, the
    connection is reset under them, and they never see why.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send

    async def __call__(self, message: Message) -> None:
        last = message["type"] == "http.response.body" and not message.get("more_body", False)
        if not last:
            await self._send(message)
            return
        await self._send({**message, "more_body": True})
        with anyio.move_on_after(_LINGER_S):
            more, left = True, _LINGER_BYTES
            while more and left > 0:
                part = await self._receive()
                left -= len(part.get("body", b""))
                more = part.get("more_body", False)
        await self._send({"type": "http.response.body", "body": b""})


def _no_room() -> Problem:
    return problem_of_status(
        503,
        "The service is busy with other requests.",
        hint="Try again in a moment.",
        headers={"Retry-After": "1", "Connection": "close"},
    )


def _too_slow() -> Problem:
    return problem_of_status(
        408,
        "The body of the request did not arrive in time.",
        hint="Send it again, without pauses.",
        headers={"Connection": "close"},
    )


def _too_large(limit: int) -> Problem:
    return problem_of_status(
        413,
        f"The request is larger than {limit} bytes.",
        hint="Send less at a time.",
        headers={"Connection": "close"},
    )
