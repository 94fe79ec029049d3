"""A recording in the place of a microphone, for demonstrations and development."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

import numpy as np

from kiosk.audio.files import SoundFiles
from kiosk.audio.microphone import KEPT_SECONDS
from kiosk.audio.portaudio import BLOCK_SECONDS
from kiosk.audio.ring import SampleRing
from kiosk.core.errors import MicrophoneFailed, MicrophoneMissing
from kiosk.core.hearing.audio import MODEL_RATE
from kiosk.core.ports import Block, Device

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.core.hearing.audio import Samples


class WavMicrophone:
    """Plays a sound file in real time; implements :class:`kiosk.core.ports.Microphone`.

    Each opening begins at the beginning; after the end comes digital silence. A kiosk that takes
    a file for a person has no security, so this one refuses to exist outside development.
    """

    def __init__(self, path: Path, *, loop: bool = False) -> None:
        """Read the file.

        Args:
            path: any format that :class:`kiosk.audio.files.SoundFiles` reads.
            loop: begin again at the end.

        Raises:
            MicrophoneFailed: the environment variable ``KIOSK_ENV`` is not ``development``.
            BadAudio: the file cannot be read.
        """
        if os.environ.get("KIOSK_ENV") != "development":
            raise MicrophoneFailed(
                "A recording is accepted in the place of a microphone in development only.",
                hint="Set KIOSK_ENV=development if this is not a kiosk in use.",
            )
        self._samples = SoundFiles().read(path).samples
        self._loop = loop
        self._identity = Device(
            "Recording", f"Recording of {path.name}", channels=1, rate=MODEL_RATE, default=True
        )
        self._ring = SampleRing(round(KEPT_SECONDS * MODEL_RATE))
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def rate(self) -> int:
        """Return 16 000, in Hz; 0 while closed."""
        return MODEL_RATE if self._thread is not None else 0

    @property
    def position(self) -> int:
        """Return the index after the newest sample."""
        return self._ring.position

    @property
    def device(self) -> Device | None:
        """Return what is played, under a name that says that it is a recording."""
        return self._identity if self._thread is not None else None

    @property
    def overflows(self) -> int:
        """Return 0: no sample of a file is ever lost."""
        return 0

    @property
    def delivering(self) -> bool:
        """Return whether it is open."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def read_since(self, cursor: int) -> Block:
        """Return everything from an index on that is still kept."""
        return self._ring.read_since(cursor)

    def open(self, key: str | None) -> Device:
        """Begin to play.

        Raises:
            MicrophoneMissing: the key names another device.
        """
        self.close()
        if key not in {None, self._identity.key}:
            raise MicrophoneMissing(f"The microphone '{key}' is not connected.")
        former = self._ring
        self._ring = SampleRing(former.capacity, former.position)
        former.wipe()
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._play, args=(self._ring, self._stop), name="wav-microphone", daemon=True
        )
        self._thread.start()
        return self._identity

    def close(self) -> None:
        """Stop playing; does nothing when closed."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stop.set()
            thread.join()

    def _play(self, ring: SampleRing, stop: threading.Event) -> None:
        """Write block after block, each when it would have been recorded."""
        size = round(MODEL_RATE * BLOCK_SECONDS)
        begun = time.monotonic()
        written = 0
        while True:
            # From the beginning of the play, not from the last block: waits do not add up.
            due = begun + (written + size) / MODEL_RATE
            if stop.wait(max(0.0, due - time.monotonic())):
                return
            ring.write(self._block(written, size))
            written += size

    def _block(self, start: int, size: int) -> Samples:
        """Return samples from an index of the play on, ``size`` of them."""
        indices = np.arange(start, start + size)
        if self._loop:
            return np.take(self._samples, indices, mode="wrap")
        block = np.zeros(size, np.float32)
        piece = self._samples[start : start + size]
        block[: len(piece)] = piece
        return block
