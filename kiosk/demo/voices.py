"""Synthetic voices that sound different enough to be told apart: Festival Lite's ``flite``."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

from kiosk.core.errors import AudioSystemMissing, BadAudio
from kiosk.core.hearing.audio import MODEL_RATE, AudioClip

VOICES = ("awb", "rms", "slt")
"""A Scottish man, an American man and an American woman (CMU ARCTIC speakers)."""

SENTENCES = (
    "The harbor was quiet this morning, and a thin layer of fog covered the water until the sun "
    "came over the hills.",
    "Please open the second door on the left, walk past the library, and wait for me near the "
    "large window.",
    "My grandmother planted seven apple trees behind the house, and every autumn we pick more "
    "fruit than we can eat.",
    "A good recording needs a calm room, a steady voice, and a little patience from everybody who "
    "takes part in it.",
    "The train to the coast leaves at half past nine, so we should buy some bread and cheese "
    "before we go to the station.",
    "In the evening the children sat around the fire and listened to an old story about a fox "
    "and a clever bird.",
    "She wrote the number on a piece of yellow paper, folded it twice, and put it into the pocket "
    "of her winter coat.",
    "When the rain finally stopped, the whole village came out to look at the bridge that the "
    "river had carried away.",
)
"""Each takes these voices more than 4 seconds of net speech; no two share a phrase."""

_SPEAK_SECONDS = 60.0


def available() -> bool:
    """Return whether the synthesizer is installed."""
    return shutil.which("flite") is not None


def speak(voice: str, text: str) -> AudioClip:
    """Return a text in a synthetic voice; always the same samples for the same arguments.

    Args:
        voice: one of :data:`VOICES`.
        text: English.

    Returns:
        Mono at :data:`kiosk.core.hearing.audio.MODEL_RATE`.

    Raises:
        AudioSystemMissing: flite is not installed.
        BadAudio: it did not speak.
        ValueError: there is no such voice.
    """
    if voice not in VOICES:  # flite would silently take another one
        raise ValueError(f"no voice '{voice}'; there are {', '.join(VOICES)}")
    if not available():
        raise AudioSystemMissing(
            "The synthetic voices need flite.", hint="Install the Debian package flite."
        )
    with tempfile.TemporaryDirectory(prefix="kiosk-voice-") as folder:
        path = Path(folder) / "speech.wav"
        command = ["flite", "-voice", voice, "-t", text, "-o", str(path)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_SPEAK_SECONDS)
            with wave.open(str(path), "rb") as file:
                rate = file.getframerate()
                pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        except (OSError, EOFError, wave.Error, subprocess.SubprocessError) as exc:
            raise BadAudio("The synthetic voice did not speak.", hint="Try another text.") from exc
    if rate != MODEL_RATE or not len(pcm):
        raise BadAudio(f"The synthetic voice '{voice}' spoke {len(pcm)} samples at {rate} Hz.")
    return AudioClip(pcm.astype(np.float32) / np.float32(32768), source_rate=rate)
