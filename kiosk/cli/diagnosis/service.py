"""What of the kiosk runs on this machine at the moment."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from typing import TYPE_CHECKING

from kiosk.core.errors import KioskError
from kiosk.services.service_switch import SERVICE

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.services.facade import Kiosk
    from kiosk.settings import Settings

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "*": "127.0.0.1"}  # noqa: S104 - looked up
_PATIENCE_S = 1.0
_SYSTEMD_PATIENCE_S = 5.0


def facts(kiosk: Kiosk, settings: Settings) -> list[tuple[str, str]]:
    """Return whether window, HTTP service and the system's units of both run.

    Args:
        kiosk: asked whether the service beside the window is wanted.
        settings: where the service would listen.
    """
    address = f"{settings.api.host}:{settings.api.port}"
    return [
        ("window", _window(settings.data_dir / "kiosk.lock")),
        ("HTTP service beside the window", _wanted(kiosk)),
        (f"at {address}", answering(settings.api.host, settings.api.port)),
        *units(),
    ]


def answering(host: str, port: int) -> str:
    """Return whether something listens at an address.

    Args:
        host: where the service would bind.
        port: 0 for any, which cannot be asked for.
    """
    if port == 0:
        return "any free port: not told"
    try:
        with socket.create_connection((_EVERYWHERE.get(host, host), port), _PATIENCE_S):
            return "something listens"
    except OSError:
        return "nothing listens"


def units() -> list[tuple[str, str]]:
    """Return the kiosk's units of systemd with their states; none where there is no systemd."""
    systemctl = shutil.which("systemctl")
    if systemctl is None:
        return []
    command = [systemctl, "list-units", "--all", "--plain", "--no-legend", "--no-pager"]
    try:
        done = subprocess.run(
            [*command, "voice-kiosk*", "kiosk*"],
            capture_output=True,
            text=True,
            timeout=_SYSTEMD_PATIENCE_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [line.split(maxsplit=4) for line in done.stdout.splitlines()]
    return [(f"unit {row[0]}", f"{row[2]} ({row[3]})") for row in rows if len(row) >= 4]


def _window(lock: Path) -> str:
    """Return whether a desktop holds the data folder; Qt's lock file begins with its process."""
    try:
        process = int(lock.read_text(encoding="utf-8", errors="replace").splitlines()[0])
    except (OSError, ValueError, IndexError):
        return "does not run on this data folder"
    if os.name != "posix":  # there, asking after a process would end it
        return f"process {process} has locked the data folder"
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return "does not run on this data folder; the last one did not end in order"
    except OSError:
        pass  # another user's
    return f"runs as process {process}"


def _wanted(kiosk: Kiosk) -> str:
    try:
        return kiosk.preferences.get(SERVICE) or "off"
    except KioskError as error:
        return f"not told: {error.code}"
