"""The command that opens the desktop: ``kiosk run``."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from kiosk.cli.libraries import screen_library
from kiosk.cli.options import options_of
from kiosk.cli.session import built, settings_of
from kiosk.core.accounts.acting import VISITOR, acting_as
from kiosk.core.errors import DisplayMissing
from kiosk.systemd import supervisor_of
from kiosk.vault.process import protect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kiosk.services.facade import Kiosk
    from kiosk.services.service_switch import BackgroundServer, ServiceSwitch
    from kiosk.settings import Settings


def run(
    ctx: typer.Context,
    full_screen: Annotated[
        bool | None,
        typer.Option("--full-screen/--window", help="By default as in the settings."),
    ] = None,
) -> None:
    """Open the kiosk on the screen."""
    supervisor = supervisor_of()
    protect()
    require_display()
    require_screen_libraries()
    options = options_of(ctx)
    settings = settings_of(options)
    wanted = settings.full_screen if full_screen is None else full_screen
    from kiosk.ui import application

    # Whoever is in front of the window is not who has started it.
    with (
        acting_as(VISITOR),
        built(settings, options) as kiosk,
        kiosk.audit.running("desktop"),
        _service_of(kiosk, settings) as service,
    ):
        code = application.run(
            kiosk,
            full_screen=wanted,
            service=service,
            operator_idle_s=settings.operators.sign_out_s,
            supervisor=supervisor,
        )
    raise typer.Exit(code)


@contextmanager
def _service_of(kiosk: Kiosk, settings: Settings) -> Iterator[ServiceSwitch]:
    """Give the window a switch for the HTTP service; nothing of it is loaded while it is off."""
    from kiosk.services.service_switch import ServiceSwitch

    def make() -> BackgroundServer:
        from kiosk.api.background import BackgroundService
        from kiosk.logs import FileRequestLog

        return BackgroundService(kiosk, settings.api_policy(), FileRequestLog(settings.logs_dir))

    service = ServiceSwitch(kiosk.preferences, make)
    try:
        yield service
    finally:
        service.close()


def require_display() -> None:
    """Check that there is a screen: without one Qt aborts the process with a core dump.

    Raises:
        DisplayMissing: there is none.
    """
    if not sys.platform.startswith("linux"):
        return
    if not any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        raise DisplayMissing("There is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set.")
    if _only_x11() and not _x11_answers():
        raise DisplayMissing(
            f"The screen {os.environ['DISPLAY']} cannot be reached.",
            hint="Check DISPLAY and that this user may use that screen (XAUTHORITY).",
        )


def require_screen_libraries() -> None:
    """Check that Qt finds its system libraries: without them, too, it aborts the process.

    Raises:
        DisplayMissing: one of them is not installed.
    """
    if not sys.platform.startswith("linux") or not _only_x11():
        return
    found = screen_library()
    if not found.ok:
        raise DisplayMissing(f"Qt cannot start: {found.detail}.", hint=found.hint)


def _only_x11() -> bool:
    wanted = os.environ.get("QT_QPA_PLATFORM", "xcb").partition(":")[0]
    wayland = bool(os.environ.get("WAYLAND_DISPLAY"))
    return wanted == "xcb" and bool(os.environ.get("DISPLAY")) and not wayland


def _x11_answers() -> bool:
    """Connect to the X server as Qt's own library does; whether it can cannot be told without."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_int)]
    for name in ("xcb_connection_has_error", "xcb_disconnect"):
        getattr(xcb, name).argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    try:
        return int(xcb.xcb_connection_has_error(connection)) == 0
    finally:
        xcb.xcb_disconnect(connection)
