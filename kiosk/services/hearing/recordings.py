"""From recordings to speech, for the command line, the service and whoever else has any."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from kiosk.core.hearing.speech import find_speech

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kiosk.core.hearing.audio import AudioClip
    from kiosk.core.hearing.speech import Speech
    from kiosk.core.ports import AudioFiles, SpeechDetector

LONGEST_S = 300.0
"""Recordings longer than this, in seconds, are refused: nobody says one sentence for so long."""


class Recordings:
    """Reads recordings and finds the speech in them; safe from any thread."""

    def __init__(self, files: AudioFiles, new_detector: Callable[[], SpeechDetector]) -> None:
        """Use these."""
        self._files = files
        self._new_detector = new_detector
        self._detector: SpeechDetector | None = None
        self._detecting = threading.Lock()

    def clip(self, path: Path) -> AudioClip:
        """Return the whole recording.

        Raises:
            BadAudio: it cannot be read, is longer than :data:`LONGEST_S`, or has more samples than
                48 kHz in stereo makes in that time.
        """
        return self._files.read(path, limit_seconds=LONGEST_S)

    def clip_of_bytes(self, data: bytes, name: str) -> AudioClip:
        """Return a recording that was uploaded; it is never written to disk.

        Args:
            data: content of a sound file of any kind that :meth:`clip` reads.
            name: what messages call it.

        Raises:
            BadAudio: it cannot be read, or is longer than :data:`LONGEST_S`.
        """
        return self._files.decode(data, name, limit_seconds=LONGEST_S)

    def speech(self, path: Path) -> Speech:
        """Return the recording with its speech found.

        Raises:
            BadAudio: it cannot be read, or is longer than :data:`LONGEST_S`.
        """
        return self.speech_of(self.clip(path))

    def speech_of_bytes(self, data: bytes, name: str) -> Speech:
        """Return an uploaded recording with its speech found; see :meth:`clip_of_bytes`.

        Raises:
            BadAudio: it cannot be read, or is longer than :data:`LONGEST_S`.
        """
        return self.speech_of(self.clip_of_bytes(data, name))

    def speech_of(self, clip: AudioClip) -> Speech:
        """Return a clip with its speech found.

        Args:
            clip: at :data:`kiosk.core.hearing.audio.MODEL_RATE`.
        """
        # A detector remembers what it has heard, so that two recordings must not mix in it.
        with self._detecting:
            if self._detector is None:
                self._detector = self._new_detector()
            return find_speech(clip, self._detector)
