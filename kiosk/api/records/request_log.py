"""One line for each request: ``"POST /http_stream HTTP/1.1" 200 48``.

What is kept, and why:

- The method, the address, the protocol, the status and the size of the answer's body in bytes: the
  line of the seed, which other tools read.
- Of the address, the template of the route: ``/vv/verify/{external_id}``. Who was verified stands
  in the activity log, which forgets who is erased, and in the audit records. Streams are named;
  they are gone after seconds.
- No query, for that is where secrets end up by mistake, such as keys that were pasted into an
  address; no header; no address of the client; and no part of any body, ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import anyio
from anyio import to_thread

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kiosk.api.records.addresses import Addresses

_GONE = 499
"""The client left before it was answered; the number that nginx made common."""


class RequestLog(Protocol):
    """Keeps lines; :class:`kiosk.logs.FileRequestLog` does, in one file a day."""

    def write(self, line: str) -> None:
        """Append one line; never raises."""


class RequestLogging:
    """Middleware that writes the line of each request when it has been answered.

    To be the outermost, so that refusals of the other middleware are seen.

    Args:
        app: what comes next.
        log: receives the lines, in a thread of its own.
        addresses: of all routes.
    """

    def __init__(self, app: ASGIApp, log: RequestLog, addresses: Addresses) -> None:
        self._app = app
        self._log = log
        self._addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and record how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = _GONE
        size = 0

        async def counted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, counted)
        except Exception:
            status = 500 if status == _GONE else status
            raise
        finally:
            # The client has its answer. A request that was cancelled is recorded too.
            with anyio.CancelScope(shield=True):
                written = line(scope, self._addresses.shown(scope), status, size)
                await to_thread.run_sync(self._log.write, written)


def line(scope: Scope, address: str, status: int, size: int) -> str:
    """Return the line of a request.

    Args:
        scope: of an HTTP request.
        address: as it may be kept; see :class:`kiosk.api.records.addresses.Addresses`.
        status: of the answer.
        size: bytes of the answer's body.
    """
    return f'"{scope["method"]} {address} HTTP/{scope["http_version"]}" {status} {size}'
