"""The server: an open port, and the application behind it."""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING

import uvicorn

from kiosk.api.binding import server_options
from kiosk.core.errors import OperatorFixable

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from kiosk.core.api_policy import ApiPolicy

_BACKLOG = 128


class AddressUnusable(OperatorFixable):
    """The service cannot listen where it was told to."""

    code = "NET-001"
    default_hint = "Choose another one with --host and --port."


class Server(uvicorn.Server):
    """Answers on one socket until it is told to stop; starts nothing by itself.

    :meth:`run` blocks. In the main thread it ends in order on SIGINT and SIGTERM, and passes the
    signal on afterwards; elsewhere :meth:`stop` ends it.
    """

    def __init__(
        self, app: FastAPI, policy: ApiPolicy, listener: socket.socket, ready: Callable[[str], None]
    ) -> None:
        """Prepare to serve.

        Args:
            app: made by :func:`kiosk.api.app.create_app`.
            policy: its limits, certificate and key.
            listener: made by :func:`listen`; belongs to the server from now on.
            ready: told the address, such as ``http://127.0.0.1:3000``, once it answers there.
        """
        super().__init__(
            # One way on every machine: uvicorn would take faster parsers where it finds them.
            uvicorn.Config(app, lifespan="off", loop="asyncio", **server_options(policy))
        )
        self._listener = listener
        self._ready = ready
        self._address = address_of(listener, tls=policy.tls)

    def serve_until_stopped(self) -> None:
        """Serve; the socket is closed on leaving."""
        with self._listener:
            self.run(sockets=[self._listener])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        self._ready(self._address)

    def stop(self) -> None:
        """End after the requests in work; from any thread."""
        self.should_exit = True


def listen(policy: ApiPolicy) -> socket.socket:
    """Open the port.

    Raises:
        AddressUnusable: the port is taken, or the host is no address of this machine.
    """
    where = f"{policy.host}, port {policy.port}"
    try:
        family, _, _, _, address = socket.getaddrinfo(
            policy.host, policy.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            reason = "another program uses it"
        elif isinstance(exc, socket.gaierror):
            reason = "the host is not known"
        else:
            reason = os.strerror(exc.errno or 0)
        raise AddressUnusable(f"The service cannot listen on {where}: {reason}.") from exc


def address_of(listener: socket.socket, *, tls: bool) -> str:
    """Return the address of an open port as browsers take it."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{shown}:{port}"
