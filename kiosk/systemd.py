"""Talks to systemd as ``sd_notify(3)`` and ``sd_watchdog_enabled(3)`` describe it."""

from __future__ import annotations

import logging
import os
import socket
from typing import TYPE_CHECKING

from kiosk.core.supervision import Supervisor, Unsupervised

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_log = logging.getLogger(__name__)
_SOCKET = "NOTIFY_SOCKET"
_WATCHDOG = "WATCHDOG_USEC"
_WATCHED = "WATCHDOG_PID"
_SEND_S = 0.5
"""How long a message may wait for its reader: the window stands still meanwhile."""


class SystemdSupervisor:
    """Sends datagrams to the socket of a unit; implements :class:`Supervisor`.

    Args:
        address: a path, or ``@`` and a name in the abstract namespace.
        beat_s: how often systemd wants to hear that the program is alive, in seconds; None when
            the unit has no ``WatchdogSec=``.
    """

    def __init__(self, address: str, beat_s: float | None) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._failing = False
        self.beat_s = beat_s

    def ready(self, status: str) -> None:
        """Tell that the program works."""
        self._send("READY=1", f"STATUS={_one_line(status)}")

    def status(self, text: str) -> None:
        """Tell how it is; shown by ``systemctl status``."""
        self._send(f"STATUS={_one_line(text)}")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Tell that it is about to end on purpose."""
        self._send("STOPPING=1")

    def _send(self, *lines: str) -> None:
        try:
            # A socket for each message: a few a minute, and nothing to close at any end.
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                channel.settimeout(_SEND_S)
                channel.connect(self._address)
                channel.sendall("\n".join(lines).encode("utf-8", "replace"))
        except OSError as exc:
            if not self._failing:
                _log.warning("systemd does not listen: %s", exc.strerror or exc)
            self._failing = True
        else:
            self._failing = False


def supervisor_of(environment: MutableMapping[str, str] | None = None) -> Supervisor:
    """Return who watches over this process.

    What systemd has put into the environment is taken out of it, so that no child of this process
    speaks in its name.

    Args:
        environment: of the process; its own by default.

    Returns:
        systemd where a unit of type ``notify`` has started the process, else nobody.
    """
    variables = os.environ if environment is None else environment
    address = variables.pop(_SOCKET, "")
    interval, watched = variables.pop(_WATCHDOG, ""), variables.pop(_WATCHED, "")
    if address[:1] not in ("/", "@") or not hasattr(socket, "AF_UNIX"):
        return Unsupervised()
    return SystemdSupervisor(address, _beat_s(interval, watched))


def _beat_s(interval: str, watched: str) -> float | None:
    """Return half of the watchdog's time, as sd_watchdog_enabled(3) recommends it."""
    # A process that is not the unit's main one is watched only if WATCHDOG_PID was taken away.
    if watched and watched != str(os.getpid()):
        return None
    if not interval.isdecimal() or not int(interval):
        return None
    return int(interval) / 2_000_000


def _one_line(text: str) -> str:
    return " ".join(text.split())
