"""A screen for machines without one: a private Xvfb."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kiosk.core.errors import DisplayMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

_STOP_S = 5.0
_HINT = "Start it from a graphical session, or install the system package xvfb."


def has_display() -> bool:
    """Return whether a window can be opened on this session's own screen."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@contextmanager
def virtual_display(width: int = 1280, height: int = 800) -> Iterator[str]:
    """Start an Xvfb and yield the value for ``DISPLAY``; ended on leaving.

    Raises:
        DisplayMissing: Xvfb is not installed or did not start.
    """
    program = shutil.which("Xvfb")
    if program is None:
        raise DisplayMissing("There is no display, and Xvfb is not installed.", hint=_HINT)
    read_end, write_end = os.pipe()
    command = [
        program,
        "-displayfd",
        str(write_end),
        "-screen",
        "0",
        f"{width}x{height}x24",
        "-nolisten",
        "tcp",
    ]
    server = subprocess.Popen(
        command,
        pass_fds=(write_end,),
        # Ctrl-C at a terminal reaches the whole group; the screen is ended in its turn.
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    try:
        # Xvfb writes its number when it is ready for clients, and closes the pipe when it fails.
        with os.fdopen(read_end, encoding="ascii") as ready:
            number = ready.readline().strip()
        if not number:
            raise DisplayMissing("Xvfb did not start.", hint=_HINT)
        yield f":{number}"
    finally:
        server.terminate()
        try:
            server.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
