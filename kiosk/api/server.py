"""The server: an open port, and the application behind it."""

from __future__ import annotations

import asyncio
import errno
import math
import os
import socket
import time
from typing import TYPE_CHECKING

import uvicorn

from kiosk.api.binding import server_options
from kiosk.api.quiet import repeats_thinned
from kiosk.core.errors import OperatorFixable
from kiosk.core.supervision import Supervisor, Unsupervised

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from kiosk.api.limits.arrivals import Arrivals
    from kiosk.core.api_policy import ApiPolicy

_BACKLOG = 128
_BODY_GRACE_S = 2.0
"""For bodies that still arrive when the service ends; those who send them read on as long again."""
_LAST_WORDS_S = 1.0
"""For requests that were given up to say so."""


class AddressUnusable(OperatorFixable):
    """The service cannot listen where it was told to."""

    code = "NET-001"
    default_hint = (
        "Perhaps 'kiosk serve' runs already. Else set host and port in the section [api] of "
        "kiosk.toml, or with --host and --port of 'kiosk serve'; then switch the service off and "
        "on again."
    )


class Server(uvicorn.Server):
    """Answers on one socket until it is told to stop; starts nothing by itself.

    :meth:`run` blocks. In the main thread it ends in order on SIGINT and SIGTERM, and passes the
    signal on afterwards; elsewhere :meth:`stop` ends it.
    """

    def __init__(
        self,
        app: FastAPI,
        policy: ApiPolicy,
        listener: socket.socket,
        ready: Callable[[str], None],
        supervisor: Supervisor | None = None,
    ) -> None:
        """Prepare to serve.

        Args:
            app: made by :func:`kiosk.api.app.create_app`.
            policy: its limits, certificate and key.
            listener: made by :func:`listen`; belongs to the server from now on.
            ready: told the address, such as ``http://127.0.0.1:3000``, once it answers there.
            supervisor: hears from the event loop that it turns, and when it is to end.
        """
        self._supervisor = supervisor or Unsupervised()
        self._last_beat = -math.inf
        super().__init__(
            # One way on every machine: uvicorn would take faster parsers where it finds them.
            uvicorn.Config(app, lifespan="off", loop="asyncio", **server_options(policy))
        )
        self._arrivals: Arrivals = app.state.context.arrivals
        self._listener = listener
        self._ready = ready
        self._address = address_of(listener, tls=policy.tls)

    def serve_until_stopped(self) -> None:
        """Serve; the socket is closed on leaving."""
        with self._listener, repeats_thinned():
            self.run(sockets=[self._listener])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        self._ready(self._address)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is in work, and give up what does not arrive or takes too long."""
        self._supervisor.stopping()
        self._arrivals.end_within(_BODY_GRACE_S)
        await super().shutdown(sockets)
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_LAST_WORDS_S)

    async def on_tick(self, counter: int) -> bool:
        """Tell that the event loop turns; called by itself ten times a second.

        uvicorn's own ``callback_notify`` goes by a clock that can be set back, and is silent then.
        """
        beat_s, now = self._supervisor.beat_s, time.monotonic()
        if beat_s is not None and now - self._last_beat >= beat_s:
            self._last_beat = now
            self._supervisor.alive()
        return await super().on_tick(counter)

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


def documentation_at(address: str) -> str:
    """Return where a browser on this machine finds the documentation.

    Args:
        address: that the service announces; one that stands for all of the machine's own, such as
            ``0.0.0.0``, is none to ask for.
    """
    usable = address.replace("://0.0.0.0:", "://127.0.0.1:").replace("://[::]:", "://[::1]:")
    return f"{usable}/swagger/"


def address_of(listener: socket.socket, *, tls: bool) -> str:
    """Return the address of an open port as browsers take it."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{shown}:{port}"
