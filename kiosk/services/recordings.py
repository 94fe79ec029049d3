"""From a sound file to speech, for the command line and whoever else has files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.speech import find_speech

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kiosk.core.audio import AudioClip
    from kiosk.core.ports import AudioFiles, SpeechDetector
    from kiosk.core.speech import Speech

LONGEST_S = 300.0
"""Recordings longer than this, in seconds, are refused: nobody says one sentence for so long."""


class Recordings:
    """Reads recordings and finds the speech in them."""

    def __init__(self, files: AudioFiles, new_detector: Callable[[], SpeechDetector]) -> None:
        """Use these."""
        self._files = files
        self._new_detector = new_detector
        self._detector: SpeechDetector | None = None

    def clip(self, path: Path) -> AudioClip:
        """Return the whole recording.

        Raises:
            BadAudio: it cannot be read, or is longer than :data:`LONGEST_S`.
        """
        return self._files.read(path, limit_seconds=LONGEST_S)

    def speech(self, path: Path) -> Speech:
        """Return the recording with its speech found. Not for several threads at once.

        Raises:
            BadAudio: it cannot be read, or is longer than :data:`LONGEST_S`.
        """
        clip = self.clip(path)
        if self._detector is None:
            self._detector = self._new_detector()
        return find_speech(clip, self._detector)
