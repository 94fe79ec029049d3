"""How each connection is treated: answered without delay, and closed when no request arrives.

uvicorn limits how long an open connection may be idle between requests, and nothing else: who sends
one byte of a head a minute holds a connection for ever ("Slowloris"), and a few hundred of those
keep everybody else out. So do clients that ask and never read the answer.
"""

from __future__ import annotations

import socket
from functools import partial
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from uvicorn.config import Config
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle
    from uvicorn.server import ServerState


_UNREAD_S = 30.0
"""Seconds in which a client must have taken some of what is sent to it."""


def impatient(timeout_s: float, unread_s: float = _UNREAD_S) -> Callable[..., asyncio.Protocol]:
    """Return the protocol for uvicorn's ``http`` option.

    Args:
        timeout_s: seconds within which the head of each request must have arrived.
        unread_s: seconds within which a client must take some of an answer that waits for it.
    """
    return partial(ImpatientProtocol, timeout_s, unread_s)


class ImpatientProtocol(H11Protocol):
    """uvicorn's protocol, with limits on the time that a head and that reading may take.

    Args:
        timeout_s: the limit of the head of a request.
        unread_s: the limit without progress of an answer.
        config: uvicorn's.
        server_state: uvicorn's.
        app_state: uvicorn's.
        _loop: uvicorn's.
    """

    def __init__(
        self,
        timeout_s: float,
        unread_s: float,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._timeout_s = timeout_s
        self._unread_s = unread_s
        self._deadline: asyncio.TimerHandle | None = None
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        # Whatever is not taken at once counts as unread, the small rest of an answer included.
        transport.set_write_buffer_limits(high=1)
        connection = transport.get_extra_info("socket")
        if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
            # asyncio does so only where it has opened the port itself. Head and body of an answer
            # are two segments, and the second would wait 40 ms for the client to confirm the first.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Go on waiting, unless the head is complete now."""
        super().data_received(data)
        if self._in_work():
            self._rest()
        else:
            self._wait()

    def on_response_complete(self) -> None:
        """Wait for the next head when its beginning came together with the last request."""
        super().on_response_complete()
        if self.conn.trailing_data[0] and not self._in_work():
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._rest()
        self._taken()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        super().pause_writing()
        self._await_reading()

    def resume_writing(self) -> None:
        """Wait no more: the client has read all."""
        self._taken()
        super().resume_writing()

    def _should_upgrade(self) -> bool:
        # A wish that may be ignored (RFC 9110, 7.8). uvicorn would log twice for each, and advise
        # to install what this service has no use for.
        return False

    def _await_reading(self) -> None:
        unread = self.transport.get_write_buffer_size()
        self._patience = self.loop.call_later(self._unread_s, self._look_again, unread)

    def _look_again(self, unread: int) -> None:
        if self.transport.get_write_buffer_size() < unread:
            self._await_reading()
        else:
            # To close would wait for what is unread.
            self.transport.abort()

    def _taken(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _in_work(self) -> bool:
        # uvicorn declares the cycle as if there were one from the beginning.
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _wait(self) -> None:
        # Not from the beginning with every byte, for that is what slow clients live on.
        if self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(self._timeout_s, self.transport.close)

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
