"""The HTTP service beside the window: wanted or not, and how it is."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from kiosk.core.accounts.roles import Action, require
from kiosk.core.errors import Defect, KioskError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.services.preferences import Preferences

SERVICE = "service"
"""The preference: ``on`` when it is wanted; off when it was never set."""

_ON, _OFF = "on", "off"
_SWITCH_OFF_S = 1.0
_CLOSE_S = 15.0
"""More than the service grants to the requests that it is working on."""

_log = logging.getLogger(__name__)


class BackgroundServer(Protocol):
    """Serves in threads of its own; started and stopped any number of times."""

    @property
    def running(self) -> bool:
        """Return whether it serves."""

    def start(self) -> str:
        """Serve, and return the address such as ``http://127.0.0.1:3000``.

        Raises:
            KioskError: it cannot; nothing runs then.
        """

    def stop(self, patience_s: float) -> bool:
        """Take no more requests, and finish those in work.

        Args:
            patience_s: how long to wait for them.

        Returns:
            Whether everything has ended; if not, it will by itself.
        """


@dataclass(frozen=True)
class ServiceStatus:
    """How the service is.

    Attributes:
        wanted: whether the operator wants it.
        address: where it answers; None while it does not run.
        trouble: why it does not run although it is wanted.
    """

    wanted: bool = False
    address: str | None = None
    trouble: KioskError | None = None


class ServiceSwitch:
    """Keeps the service as the operator wants it, over restarts; safe from any thread.

    Calls may take seconds: they belong into a thread that may wait.
    """

    def __init__(self, preferences: Preferences, make: Callable[[], BackgroundServer]) -> None:
        """Begin with the service off.

        Args:
            preferences: where the wish is kept.
            make: called when the service is wanted for the first time.
        """
        self._preferences = preferences
        self._make = make
        self._server: BackgroundServer | None = None
        self._status = ServiceStatus()
        self._lock = threading.Lock()

    @property
    def status(self) -> ServiceStatus:
        """Return how it is; never waits."""
        status, server = self._status, self._server
        if status.address is not None and not (server is not None and server.running):
            return ServiceStatus(wanted=status.wanted, trouble=Defect("The service has ended."))
        return status

    def follow(self) -> ServiceStatus:
        """Start the service when it is wanted and does not run.

        Raises:
            StorageError: the preference cannot be read.
        """
        wanted = self._preferences.get(SERVICE) == _ON
        with self._lock:
            return self._become(wanted)

    def switch(self, *, on: bool) -> ServiceStatus:
        """Want it, or want it no more; what holds from now on holds after a restart too.

        Raises:
            NotPermitted: who acts may not switch it.
            StorageError: the wish cannot be stored; the service stays as it is.
        """
        require(Action.SETTINGS)
        self._preferences.set(SERVICE, _ON if on else _OFF)
        with self._lock:
            return self._become(on)

    def close(self) -> bool:
        """End the service with the program; it is wanted as before.

        Returns:
            Whether it ended in time.
        """
        with self._lock:
            self._status = ServiceStatus(self._status.wanted)
            return self._server is None or self._server.stop(_CLOSE_S)

    def _become(self, wanted: bool) -> ServiceStatus:
        if not wanted:
            if self._server is not None:
                self._server.stop(_SWITCH_OFF_S)
            self._status = ServiceStatus()
        elif self.status.address is None:
            self._status = self._started()
        return self._status

    def _started(self) -> ServiceStatus:
        try:
            if self._server is None:
                self._server = self._make()
            address = self._server.start()
        except KioskError as error:
            _log.warning("the service does not run: %s %s", error.code, error.message)
            return ServiceStatus(wanted=True, trouble=error)
        _log.info("the service listens on %s", address)
        return ServiceStatus(wanted=True, address=address)
