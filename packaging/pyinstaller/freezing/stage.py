"""Where a frozen program is tried: its place, a private screen and a private microphone.

Only Python's standard library is needed, and nothing of it where the program is installed.
"""

from __future__ import annotations

import os
import select
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOOLS = {
    "Xvfb": "xvfb",
    "pulseaudio": "pulseaudio",
    "pactl": "pulseaudio-utils",
    "pacat": "pulseaudio-utils",
    "flite": "flite",
}
"""Programs that the test needs, and the Debian packages that they are in."""

_SOUND_SERVER = """\
load-module module-native-protocol-unix auth-anonymous=1 socket={runtime}/native
load-module module-null-sink sink_name=kiosk_spk rate=16000 channels=1 norewinds=1
load-module module-remap-source master=kiosk_spk.monitor source_name=kiosk_mic
set-default-sink kiosk_spk
set-default-source kiosk_mic
"""
_ALSA = (
    "pcm.default { type pulse hint { show on description Virtual } }\nctl.default { type pulse }\n"
)


class Missing(Exception):
    """The test cannot be made here."""


@dataclass(frozen=True)
class Place:
    """Where the program runs.

    Attributes:
        program: its folder, as seen there.
        root: of the file system that it sees; None for this one.
        folder: for everything that the test writes, as seen there.
        environment: of every command.
    """

    program: Path
    root: Path | None
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def here(self, path: Path) -> Path:
        """Return a path of that place as this process sees it."""
        return path if self.root is None else self.root / path.relative_to("/")

    def command(self, *words: str | Path) -> list[str]:
        """Return a command line that runs there."""
        begin = [] if self.root is None else ["chroot", str(self.root)]
        return begin + [str(word) for word in words]

    def kiosk(self, *words: str | Path) -> list[str]:
        """Return a command line of the frozen program."""
        return self.command(self.program / "kiosk", *words)


def environment_of(folder: Path) -> dict[str, str]:
    """Return the environment of every command: nothing of whoever runs the test."""
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "KIOSK_DATA_DIR": str(folder / "data"),
        "KIOSK_SITE_CONFIG": os.devnull,
        "KIOSK_KEYS__PLACE": "file",
        "KIOSK_KEYS__FILE": str(folder / "keys" / "smoke.key"),
        # So that what Qt says can be told from what the program says.
        "QT_MESSAGE_PATTERN": "[qt-%{type}] %{category}: %{message}",
    }


def end(process: subprocess.Popen[bytes]) -> int:
    """Ask a process to end, make it end if it does not, and return its exit code."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def require_tools(place: Place) -> None:
    """Check that the program and everything that the test needs is there.

    Raises:
        Missing: something is not.
    """
    for name in ("kiosk", "voice-kiosk"):
        if not place.here(place.program / name).is_file():
            raise Missing(f"There is no {place.program / name}; build it with 'make package'.")
    if place.root is not None and os.geteuid() != 0:
        raise Missing("--chroot needs root.")
    for tool, package in TOOLS.items():
        look = place.command("/bin/sh", "-c", 'command -v "$1"', "sh", tool)
        if subprocess.run(look, env=place.environment, capture_output=True).returncode != 0:
            raise Missing(f"{tool} is not installed; it is in the Debian package {package}.")


@contextmanager
def screen(place: Place) -> Iterator[str]:
    """Run a private Xvfb and yield the value for DISPLAY.

    Raises:
        Missing: it does not start.
    """
    reader, writer = os.pipe()
    size = ("-screen", "0", "1280x800x24", "-nolisten", "tcp")
    with os.fdopen(reader, encoding="ascii") as ready:
        server = subprocess.Popen(
            place.command("Xvfb", "-displayfd", str(writer), *size),
            env=place.environment,
            pass_fds=(writer,),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        try:
            # Written when it is ready for clients; closed without a number when it fails.
            number = ready.readline().strip()
            if not number:
                raise Missing("Xvfb does not start.")
            yield f":{number}"
        finally:
            end(server)


@contextmanager
def microphone(place: Place) -> Iterator[dict[str, str]]:
    """Run a private PulseAudio and yield the variables that lead to its microphone.

    Raises:
        Missing: it does not start.
    """
    runtime = place.folder / "sound"
    here = place.here(runtime)
    (here / "pulse").mkdir(parents=True, mode=0o700)
    (here / "server.pa").write_text(_SOUND_SERVER.format(runtime=runtime))
    (here / "client.conf").write_text(f"autospawn = no\ncookie-file = {runtime}/cookie\n")
    (here / "asound.conf").write_text(_ALSA)
    variables = {
        "PULSE_SERVER": f"unix:{runtime}/native",
        "PULSE_CLIENTCONFIG": f"{runtime}/client.conf",
        "PULSE_COOKIE": f"{runtime}/cookie",
        "ALSA_CONFIG_PATH": f"{runtime}/asound.conf",
    }
    own = {"PULSE_RUNTIME_PATH": f"{runtime}/pulse", "PULSE_STATE_PATH": f"{runtime}/state"}
    flags = ("--daemonize=no", "--use-pid-file=no", "--disable-shm=yes", "--exit-idle-time=-1")
    with (here / "log").open("wb") as log:
        server = subprocess.Popen(
            place.command("pulseaudio", "-n", "-F", runtime / "server.pa", *flags),
            env=place.environment | own,
            stdout=log,
            stderr=log,
        )
    try:
        deadline = time.monotonic() + 30
        asked = place.command("pactl", "list", "short", "sources")
        while True:
            found = subprocess.run(asked, env=place.environment | variables, capture_output=True)
            if b"kiosk_mic" in found.stdout:
                break
            if server.poll() is not None or time.monotonic() > deadline:
                said = (here / "log").read_text(errors="replace").strip()[-500:]
                raise Missing(f"PulseAudio does not start: {said}")
            select.select([], [], [], 0.05)
        yield variables
    finally:
        end(server)
