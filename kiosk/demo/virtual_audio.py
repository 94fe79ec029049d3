"""A microphone made of software: a private PulseAudio server that PortAudio records from.

What is played into it travels the way of every recording, through ALSA, PortAudio and the kiosk's
own callback. Nothing of the user's sound system or home folder is touched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from kiosk.core.errors import AudioSystemMissing, MicrophoneFailed

if TYPE_CHECKING:
    from types import TracebackType

    from kiosk.core.hearing.audio import Samples

_START_SECONDS = 60.0
_STOP_SECONDS = 3.0
_POLL_SECONDS = 0.02
_PLAY_MARGIN_SECONDS = 60.0
_TOOLS = ("pulseaudio", "pactl", "pacat", "paplay")

# norewinds makes the null sink render in steps of at most 50 ms from the start. Without it, a new
# recording waits up to two seconds for the sink's next step and then gets that much in one piece.
_SERVER_SCRIPT = """\
load-module module-native-protocol-unix auth-anonymous=1 socket={socket}
load-module module-null-sink sink_name=kiosk_spk rate={rate} channels={channels} norewinds=1
load-module module-remap-source master=kiosk_spk.monitor source_name=kiosk_mic
set-default-sink kiosk_spk
set-default-source kiosk_mic
"""

# Complete as it is: the system's alsa.conf would load whatever else claims to be the default.
_ALSA_CONFIG = """\
pcm.default { type pulse hint { show on description "Virtual microphone" } }
ctl.default { type pulse }
"""

_CLIENT_CONFIG = """\
autospawn = no
enable-shm = no
cookie-file = {cookie}
"""


class VirtualMicrophone:
    """A context manager: the server runs within it.

    Set :attr:`environment` before sounddevice is imported, or refresh the device list afterwards.
    Played samples are recorded exactly as they are when the microphone is opened at this rate,
    rounded to 16 bits.
    """

    def __init__(self, folder: Path, rate: int = 16_000, channels: int = 1) -> None:
        """Start nothing yet.

        Args:
            folder: for the server's log and state; created when missing.
            rate: in Hz, of the device.
            channels: of the device; what is played with fewer is on all of them.
        """
        self._folder = folder
        self._rate = rate
        self._channels = channels
        self._runtime = Path()
        self._server: subprocess.Popen[bytes] | None = None
        self._players: list[subprocess.Popen[bytes]] = []
        self._cleanup = ExitStack()

    @property
    def rate(self) -> int:
        """Return the rate of the device in Hz."""
        return self._rate

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables with which a program records from this microphone."""
        return {
            "PULSE_SERVER": f"unix:{self._runtime / 'native'}",
            "PULSE_CLIENTCONFIG": str(self._runtime / "client.conf"),
            "PULSE_RUNTIME_PATH": str(self._runtime / "pulse"),
            "PULSE_COOKIE": str(self._runtime / "cookie"),
            "ALSA_CONFIG_PATH": str(self._runtime / "asound.conf"),
        }

    def __enter__(self) -> Self:
        """Start the server and wait until it answers.

        Raises:
            AudioSystemMissing: PulseAudio is not installed.
            MicrophoneFailed: it does not start.
        """
        missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
        if missing:
            raise AudioSystemMissing(
                f"The virtual microphone needs {', '.join(missing)}.",
                hint="Install the Debian packages pulseaudio, pulseaudio-utils and "
                "libasound2-plugins.",
            )
        with ExitStack() as stack:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Not in the given folder: the path of a socket has 107 bytes at most, and neither
            # PulseAudio nor ALSA takes any path in its variables (blanks and colons separate).
            runtime = tempfile.TemporaryDirectory(prefix="kiosk-mic-", dir="/tmp")
            self._runtime = Path(stack.enter_context(runtime))
            self._write_configuration()
            stack.callback(self.unplug)
            self.plug()
            self._cleanup = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server and whatever is being played."""
        self._cleanup.close()

    def plug(self) -> None:
        """Start the server: the microphone is there again. Does nothing when it is.

        Raises:
            MicrophoneFailed: it does not start.
        """
        if self._server is not None:
            return
        (self._runtime / "native").unlink(missing_ok=True)
        own = {
            "HOME": str(self._folder),
            "XDG_RUNTIME_DIR": str(self._runtime),
            "PULSE_RUNTIME_PATH": str(self._runtime / "pulse"),
            "PULSE_STATE_PATH": str(self._runtime / "state"),
            "PULSE_COOKIE": str(self._runtime / "cookie"),
        }
        inherited = {k: v for k, v in os.environ.items() if k not in self.environment}
        with (self._folder / "pulseaudio.log").open("ab") as log:
            self._server = subprocess.Popen(
                [
                    *("pulseaudio", "-n", "-F", str(self._runtime / "server.pa")),
                    *("--daemonize=no", "--use-pid-file=no", "--disable-shm=yes"),
                    # Ends by itself when the program that started it has crashed.
                    "--exit-idle-time=300",
                ],
                env=inherited | own,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl+C is for the program, which then stops the server
            )
        try:
            self._wait_until_it_answers(self._server)
        except MicrophoneFailed:
            self.unplug()
            raise

    def unplug(self) -> None:
        """Take the microphone away, by ending the server: PortAudio then lists no device.

        Unloading the source would not do: PulseAudio moves the recording to another one.
        """
        self.silence()
        server, self._server = self._server, None
        if server is not None:
            _end(server)

    def play(self, sound: Samples | Path, *, wait: bool = True) -> None:
        """Play into the microphone; what is played at the same time is mixed.

        Args:
            sound: float32 at the device's rate, shape ``(n,)``, or a sound file of any rate.
            wait: until it has been played, or was cancelled by :meth:`silence`.

        Raises:
            MicrophoneFailed: it could not be played to the end.
        """
        self._players = [player for player in self._players if player.poll() is None]
        if isinstance(sound, Path):
            player = self._player("paplay", "--device=kiosk_spk", str(sound))
            limit = None
        else:
            player = self._play_samples(sound)
            limit = len(sound) / self._rate + _PLAY_MARGIN_SECONDS
        self._players.append(player)
        if not wait:
            return
        try:
            status = player.wait(limit)
        except subprocess.TimeoutExpired as exc:
            _end(player)
            raise MicrophoneFailed("The virtual microphone has stopped playing.") from exc
        if status > 0:
            raise MicrophoneFailed(
                "The sound could not be played into the virtual microphone.", hint=self._complaint()
            )

    def silence(self) -> None:
        """Cancel whatever is being played."""
        players, self._players = self._players, []
        for player in players:
            _end(player)

    def _play_samples(self, samples: Samples) -> subprocess.Popen[bytes]:
        # The rounding of the 16-bit sink, done here so that it is known: 1/32768 per step.
        scaled = np.round(samples.astype(np.float64) * 32768.0)
        with tempfile.TemporaryFile(dir=self._runtime) as file:
            file.write(np.clip(scaled, -32768, 32767).astype("<i2").tobytes())
            file.seek(0)
            return self._player(
                *("pacat", "--playback", "--raw", "--format=s16le", "--channels=1"),
                *(f"--rate={self._rate}", "--device=kiosk_spk"),
                stdin=file.fileno(),
            )

    def _player(self, *command: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            env=os.environ | self.environment,
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _write_configuration(self) -> None:
        (self._runtime / "pulse").mkdir(mode=0o700)
        files = {
            "server.pa": _SERVER_SCRIPT.format(
                socket=self._runtime / "native", rate=self._rate, channels=self._channels
            ),
            "client.conf": _CLIENT_CONFIG.format(cookie=self._runtime / "cookie"),
            "asound.conf": _ALSA_CONFIG,
        }
        for name, text in files.items():
            (self._runtime / name).write_text(text, encoding="utf-8")

    def _wait_until_it_answers(self, server: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        pause = threading.Event()
        while time.monotonic() < deadline and server.poll() is None:
            sources = self._sources()
            if "kiosk_mic" in sources:
                return
            if sources:
                break  # it answers once its script is done, so that no more will come
            pause.wait(_POLL_SECONDS)
        raise MicrophoneFailed("The virtual microphone did not start.", hint=self._complaint())

    def _sources(self) -> str:
        """Return what PulseAudio says about itself and its sources; empty while it is silent."""
        if not (self._runtime / "native").exists():
            return ""
        try:
            done = subprocess.run(
                ["pactl", "list", "short"],
                env=os.environ | self.environment,
                capture_output=True,
                text=True,
                timeout=_START_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout if done.returncode == 0 else ""

    def _complaint(self) -> str:
        """Return the first error in the server's log, or else its last line."""
        text = (self._folder / "pulseaudio.log").read_text(encoding="utf-8", errors="replace")
        lines = text.strip().splitlines()[-20:]
        errors = [line for line in lines if line.startswith("E:")]
        return f"PulseAudio says: {[*errors, *lines[-1:]][0]}" if lines else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and wait for it, so that no zombie stays."""
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
