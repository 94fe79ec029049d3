"""One line for each request: ``"POST /http_stream HTTP/1.1" 200 48``.

What is kept, and why:

- The method, the path as it was sent, the protocol, the status and the size of the answer's body in
  bytes: the line of the seed, which other tools read. Paths hold people's IDs, as the activity log
  does: without them nobody could tell which request did what. Streams are named too; they are gone
  after seconds.
- No query, for that is where secrets end up by mistake, such as keys that were pasted into an
  address; no header; no address of the client; and no part of any body, ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import anyio
from anyio import to_thread

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LONGEST_PATH = 300
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
    """

    def __init__(self, app: ASGIApp, log: RequestLog) -> None:
        self._app = app
        self._log = log

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
                await to_thread.run_sync(self._log.write, line(scope, status, size))


def line(scope: Scope, status: int, size: int) -> str:
    """Return the line of a request.

    Args:
        scope: of an HTTP request.
        status: of the answer.
        size: bytes of the answer's body.
    """
    path = scope.get("raw_path") or scope["path"].encode("utf-8", "backslashreplace")
    shown = path.decode("latin-1").partition("?")[0].replace('"', "%22").replace(" ", "%20")
    if len(shown) > _LONGEST_PATH:
        shown = f"{shown[:_LONGEST_PATH]}..."
    return f'"{scope["method"]} {shown} HTTP/{scope["http_version"]}" {status} {size}'
