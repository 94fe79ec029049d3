"""Starts the appliance's session in a root without systemd, and listens in systemd's place.

    python packaging/linux/try_session.py ROOT x11|wayland OUT

A screen that exists only in memory stands in for the real one: Xvfb for the X server, and the
headless back end of cage's library. Looks whether the window says that it is there and alive,
whether it falls silent when it hangs, and whether it ends in order when it is told to.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

_RUNTIME = "/run/voice-kiosk"
_APPLIANCE = "/usr/libexec/voice-kiosk/appliance"
_BEAT_S = 1.0
_READY_S = 90.0
_SCREENS = {
    "x11": {"VOICE_KIOSK_X_SERVER": "/usr/bin/Xvfb", "VOICE_KIOSK_X_DISPLAY": ":77"},
    "wayland": {
        "WLR_BACKENDS": "headless",
        "WLR_RENDERER": "pixman",
        "WLR_LIBINPUT_NO_DEVICES": "1",
    },
}


class Wrong(Exception):
    """The session did not do what it should."""


def main() -> None:
    """Try one kind of session."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("kind", choices=sorted(_SCREENS))
    parser.add_argument("out", type=Path)
    chosen = parser.parse_args()
    try:
        _try(chosen.root, chosen.kind, chosen.out)
    except Wrong as exc:
        sys.exit(f"WRONG: {chosen.kind}: {exc}")


def _try(root: Path, kind: str, out: Path) -> None:
    user = _user(root)
    runtime = root / _RUNTIME.lstrip("/")
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chown(runtime, *user)
    address = runtime / "notify"
    address.unlink(missing_ok=True)
    log = out / f"session-{kind}.log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd, log.open("wb") as said:
        systemd.bind(str(address))
        os.chown(address, *user)
        begun = time.monotonic()
        session = subprocess.Popen(
            _inside(root, kind, "session"), stdout=said, stderr=said, start_new_session=True
        )
        try:
            _heard(systemd, "READY=1", _READY_S)
            print(f"ok     {kind}: the window is there after {time.monotonic() - begun:.1f} s")
            _heard(systemd, "WATCHDOG=1", 10 * _BEAT_S)
            print(f"ok     {kind}: it says that it is alive")
            os.kill(session.pid, signal.SIGSTOP)
            if _silent(systemd):
                print(f"ok     {kind}: it is silent when it hangs")
            os.kill(session.pid, signal.SIGCONT)
            _heard(systemd, "WATCHDOG=1", 10 * _BEAT_S)
            session.terminate()
            _heard(systemd, "STOPPING=1", 10.0)
            session.wait(30)
            print(f"ok     {kind}: it ends in order, with exit code {session.returncode}")
            _closed(session.pid)
            print(f"ok     {kind}: and so does its screen")
        except subprocess.SubprocessError as exc:
            raise Wrong(str(exc)) from exc
        finally:
            with suppress(ProcessLookupError):
                os.killpg(session.pid, signal.SIGKILL)
            session.wait()
    complaints = [
        line
        for line in log.read_text(errors="replace").splitlines()
        if "Traceback" in line or "cannot open shared object" in line
    ]
    if complaints:
        raise Wrong(complaints[0])


def _inside(root: Path, kind: str, what: str) -> list[str]:
    """Return a command in the root, as the unit would start it."""
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/var/lib/voice-kiosk",
        "LANG": "C.UTF-8",
        "RUNTIME_DIRECTORY": _RUNTIME,
        "KIOSK_DATA_DIR": "/var/lib/voice-kiosk/data",
        "KIOSK_LOG_DIR": "/var/log/voice-kiosk",
        "VOICE_KIOSK_SESSION": kind,
        "NOTIFY_SOCKET": f"{_RUNTIME}/notify",
        "WATCHDOG_USEC": str(round(2 * _BEAT_S * 1_000_000)),
        **_SCREENS[kind],
    }
    variables = [f"{name}={value}" for name, value in environment.items()]
    return [
        *("chroot", "--userspec=kiosk:kiosk", str(root), "env", "-i", *variables),
        *(_APPLIANCE, what),
    ]


def _heard(systemd: socket.socket, wanted: str, patience_s: float) -> None:
    """Wait until a message holds this line."""
    deadline = time.monotonic() + patience_s
    while (left := deadline - time.monotonic()) > 0:
        systemd.settimeout(left)
        try:
            lines = systemd.recv(4096).decode().splitlines()
        except TimeoutError:
            break
        for line in lines:
            if line.startswith("STATUS="):
                print(f"       {line.removeprefix('STATUS=')}")
        if wanted in lines:
            return
    raise Wrong(f"{wanted} was not heard within {patience_s:.0f} s")


def _closed(group: int) -> None:
    """Wait until no process of the session is left."""
    deadline = time.monotonic() + 15.0
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        select.select([], [], [], 0.1)
    raise Wrong("the screen stays open although the window has ended")


def _silent(systemd: socket.socket) -> bool:
    """Return whether nothing is heard for three beats, once what was sent before was read."""
    systemd.setblocking(False)
    try:
        while systemd.recv(4096):
            pass
    except BlockingIOError:
        pass
    systemd.settimeout(3 * _BEAT_S)
    try:
        heard = systemd.recv(4096)
    except TimeoutError:
        return True
    raise Wrong(f"it says {heard!r} although it was stopped")


def _user(root: Path) -> tuple[int, int]:
    for line in (root / "etc/passwd").read_text().splitlines():
        name, _, uid, gid, *_ = line.split(":")
        if name == "kiosk":
            return int(uid), int(gid)
    raise Wrong("there is no user kiosk")


if __name__ == "__main__":
    main()
