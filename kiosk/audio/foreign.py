"""Sound files that libsndfile does not read, decoded by :mod:`kiosk.audio.decoder`."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from kiosk.audio import decoder
from kiosk.core.errors import BadAudio

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from kiosk.core.hearing.sound_kinds import Kind

CONVERT = "Convert it to WAV, FLAC or MP3."


class ForeignSound:
    """What a decoder delivers, as :class:`soundfile.SoundFile` delivers it.

    Attributes:
        samplerate: in Hz.
        channels: how many.
    """

    def __init__(self, out: IO[bytes], said: dict[str, Any]) -> None:
        """Read on behind what the decoder said."""
        self._out = out
        self.samplerate = int(said["rate"])
        self.channels = int(said["channels"])

    def read(self, frames: int, **_: object) -> npt.NDArray[np.float32]:
        """Return the next frames, shape ``(frames, channels)``; fewer at the end."""
        size = 4 * self.channels
        data = bytearray(self._out.read(frames * size))
        del data[len(data) // size * size :]
        return np.frombuffer(data, np.float32).reshape(-1, self.channels)


@contextmanager
def decoded(file: IO[bytes], kind: Kind, name: str) -> Iterator[ForeignSound]:
    """Decode a file as long as somebody reads.

    Args:
        file: its content; one with a descriptor is read by the decoder itself.
        kind: what it is.
        name: what messages call it.

    Raises:
        BadAudio: it cannot be decoded, or takes too long.
    """
    data = file.getvalue() if isinstance(file, io.BytesIO) else None
    file.seek(0)
    with subprocess.Popen(
        [*_command(), kind.demuxer],
        stdin=file if data is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    ) as process:
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(decoder.SECONDS, give_up)
        timer.daemon = True
        timer.start()
        try:
            if process.stdin is not None and data is not None:
                with suppress(OSError), process.stdin:
                    process.stdin.write(data)
            out = process.stdout
            assert out is not None
            yield ForeignSound(out, _said(out.readline(1000), kind, name))
            if late.is_set():
                raise BadAudio(f"'{name}' takes too long to decode.", hint=CONVERT)
        finally:
            timer.cancel()
            process.kill()


def _command() -> list[str]:
    """Return how the decoder is started: by its file, with nothing of this program."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "-m", "kiosk.audio.decoder"]
    return [sys.executable, "-P", str(Path(decoder.__file__))]


def _said(line: bytes, kind: Kind, name: str) -> dict[str, Any]:
    """Return what a decoder said about the sound.

    Raises:
        BadAudio: that it cannot decode it; or it said nothing, since it was ended.
    """
    try:
        said = json.loads(line)
    except ValueError:
        said = {"problem": "damaged"}
    problem = said.get("problem")
    if problem is None:
        return dict(said)
    if problem == "missing":
        frozen = getattr(sys, "frozen", False)
        hint = CONVERT if frozen else f"{CONVERT} Or install the extra 'formats' (PyAV)."
        raise BadAudio(f"'{name}' is {kind.name}, which this program does not decode.", hint=hint)
    if problem == "no sound":
        raise BadAudio(f"'{name}' is {kind.name} without sound.", hint="Choose a recording.")
    if problem == "codec":
        coding = (
            f"sound coded as {said['codec']}" if said["codec"] else "sound in an unknown coding"
        )
        raise BadAudio(
            f"'{name}' is {kind.name} with {coding}, which cannot be decoded here.", hint=CONVERT
        )
    raise BadAudio(
        f"'{name}' begins like {kind.name}, but is not a sound file, or is damaged.", hint=CONVERT
    )
