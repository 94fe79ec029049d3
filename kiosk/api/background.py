"""The service beside the window: the same people and voice model, in threads of its own."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import anyio.to_thread

from kiosk.api.app import create_app
from kiosk.api.assembly import assembled, check_streams
from kiosk.api.binding import check_binding
from kiosk.api.server import AddressUnusable, Server, listen

if TYPE_CHECKING:
    import socket

    from kiosk.api.records.request_log import RequestLog
    from kiosk.core.api_policy import ApiPolicy
    from kiosk.services.facade import Kiosk

_log = logging.getLogger(__name__)
_THREADS = 12
"""Requests in work at once: the others wait, so that the window is not starved of processor time.
More than the queue of the voice model takes, so that uploads pass it."""
_START_S = 20.0


class BackgroundService:
    """Implements :class:`kiosk.services.service_switch.BackgroundServer`.

    Requests run in threads of an event loop that is this service's alone. It starts nothing of the
    kiosk: until the window has loaded the voice model, requests that need it are refused.
    """

    def __init__(self, kiosk: Kiosk, policy: ApiPolicy, requests: RequestLog) -> None:
        """Begin stopped.

        Args:
            kiosk: shared with the window; its database is prepared when this is started.
            policy: where to listen, and what the site permits.
            requests: the request log.
        """
        self._kiosk = kiosk
        self._policy = policy
        self._requests = requests
        self._server: Server | None = None
        self._threads: list[threading.Thread] = []

    @property
    def running(self) -> bool:
        """Return whether it serves."""
        return self._server is not None and any(each.is_alive() for each in self._threads)

    def start(self) -> str:
        """Serve, and return the address.

        Raises:
            AddressUnusable: the port is taken, or the host is not this machine's.
            SettingsInvalid: the service cannot be started as it is configured.
            StorageError: the API keys cannot be read.
        """
        for warning in check_binding(self._policy, self._kiosk.api_keys):
            _log.warning("%s", warning)
        answering = threading.Event()
        address: list[str] = []

        def ready(found: str) -> None:
            address.append(found)
            answering.set()

        with ExitStack() as on_failure:
            listener = on_failure.enter_context(listen(self._policy))
            resources = on_failure.enter_context(ExitStack())
            context = resources.enter_context(assembled(self._kiosk, self._policy, self._requests))
            for warning in check_streams(context):
                _log.warning("%s", warning)
            server = _PatientServer(create_app(context), self._policy, listener, ready)
            thread = threading.Thread(
                target=_serve, args=(server, resources.pop_all(), answering), name="service"
            )
            on_failure.pop_all()  # they are the thread's from now on
            thread.start()
        self._threads = [each for each in self._threads if each.is_alive()]
        self._threads.append(thread)
        if not answering.wait(_START_S) or not address:
            server.stop()
            raise AddressUnusable(
                "The service did not start.", hint="The system log of the kiosk says why."
            )
        self._server = server
        return address[0]

    def stop(self, patience_s: float) -> bool:
        """Take no more requests, and finish those in work; see the protocol."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()
        for thread in self._threads:
            thread.join(patience_s)
        self._threads = [each for each in self._threads if each.is_alive()]
        return not self._threads


class _PatientServer(Server):
    """Works on so many requests at once and lets the others wait."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Bound the threads of this event loop, then begin to answer."""
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        await super().startup(sockets)


def _serve(server: Server, resources: ExitStack, answering: threading.Event) -> None:
    try:
        with resources:
            server.serve_until_stopped()
    except Exception:  # noqa: BLE001 - nothing is above this in its thread, and the window goes on
        _log.exception("the service ended")
    finally:
        answering.set()  # whoever waits for a start that failed
