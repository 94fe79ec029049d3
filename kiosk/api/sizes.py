"""How large a request may be, and how slowly it may arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from kiosk.api.auth import challenge, is_stranger
from kiosk.api.problems import answer, problem_of_status

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kiosk.api.clients import Caller
    from kiosk.api.problems import Problem
    from kiosk.core.api_policy import ApiPolicy

_LINGER_S = 2.0
_LINGER_BYTES = 64_000_000


class _BodyRefused(HTTPException):
    """Ends whatever reads the body; of HTTP's own kind, so that nobody takes it for a defect."""


class SizeLimit:
    """Middleware that refuses bodies: 413 for too large, 408 for stalled, 401 for strangers'.

    A length that is announced is judged at once, before anything is read. A body without one
    (``Transfer-Encoding: chunked``) is counted while it arrives, and no more of it than the limit
    ever reaches the application. Whoever needs a key for everything and shows none is told so
    before the body is read: frameworks read it first and ask for the key then.

    Args:
        app: what comes next.
        policy: the limits.
    """

    def __init__(self, app: ASGIApp, policy: ApiPolicy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        body = _Body(receive, send, self._limit(headers), self._policy.body_timeout_s)
        body.refused = self._refused_unread(headers, scope["state"]["caller"], body.limit)
        if body.refused is None:
            try:
                await self._app(scope, body.receive, body.send)
            except Exception:
                if body.refused is None:
                    raise
        if body.refused is not None and not body.answered:
            refusal = answer(scope["path"], body.refused)
            await refusal(scope, receive, _Lingering(receive, send))

    def _limit(self, headers: Headers) -> int:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "multipart/form-data":
            return self._policy.max_upload_bytes
        return self._policy.max_request_bytes

    def _refused_unread(self, headers: Headers, caller: Caller, limit: int) -> Problem | None:
        # The server has made sure that it is a number, and that there is one or the other.
        announced = int(headers.get("content-length", "0"))
        if announced > limit:
            return _too_large(limit)
        if (announced or "transfer-encoding" in headers) and is_stranger(caller, self._policy):
            error = challenge(caller)
            closing = {**(error.headers or {}), "Connection": "close"}
            return problem_of_status(error.status_code, error.detail, headers=closing)
        return None


class _Body:
    """The body of one request, and what is answered when it is refused.

    Attributes:
        limit: bytes permitted.
        refused: why it is refused; None while it is not.
        answered: the application has begun to answer.
    """

    def __init__(self, receive: Receive, send: Send, limit: int, timeout_s: float) -> None:
        self._receive = receive
        self._send = send
        self._timeout_s = timeout_s
        self._size = 0
        self._complete = False
        self.limit = limit
        self.refused: Problem | None = None
        self.answered = False

    async def receive(self) -> Message:
        """Return the next part.

        Raises:
            _BodyRefused: it is too large, or does not arrive.
        """
        if self._complete:  # what follows tells that the client has gone; nobody is waited for
            return await self._receive()
        try:
            with anyio.fail_after(self._timeout_s):
                message = await self._receive()
        except TimeoutError:
            self.refused = problem_of_status(
                408,
                "The body of the request did not arrive in time.",
                hint="Send it again, without pauses.",
                headers={"Connection": "close"},
            )
            raise _BodyRefused(self.refused.status) from None
        self._size += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._size > self.limit:
            self.refused = _too_large(self.limit)
            raise _BodyRefused(self.refused.status)
        return message

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


def _too_large(limit: int) -> Problem:
    return problem_of_status(
        413,
        f"The request is larger than {limit} bytes.",
        hint="Send less at a time.",
        headers={"Connection": "close"},
    )
