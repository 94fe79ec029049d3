"""Microphones with two channels of which one spoils the other, as PortAudio hears them.

``python -m tests.integration.audio.stereo NAME FOLDER`` prints a JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from kiosk.audio.microphone import PortAudioMicrophone
from kiosk.audio.portaudio import PortAudio
from kiosk.demo.virtual_audio import VirtualMicrophone
from tests.integration.audio.scenario import until
from tests.support.signals import sine, sine_fit

RATE = 48_000
SECONDS = 6.0
RIGHT = {"inverted": -0.9, "dead": 0.0, "alike": 0.8}
"""What the right channel hears of what the left one does."""


def heard(folder: Path, right: float) -> dict[str, Any]:
    """Play a tone of amplitude 0.5 into the left channel, and return what was made of both."""
    tone = sine(RATE, SECONDS)
    file = folder / "stereo.wav"
    soundfile.write(file, np.stack([tone, right * tone], axis=1), RATE)
    with VirtualMicrophone(folder / "server", RATE, channels=2) as source:
        os.environ.update(source.environment)
        microphone = PortAudioMicrophone(PortAudio(), rate=RATE)
        microphone.open(None)
        begin = microphone.position
        source.play(file)
        until(lambda: microphone.position >= begin + round((SECONDS - 1) * RATE))
        block = microphone.read_since(begin)
        microphone.close()
    loud = int(np.flatnonzero(np.abs(block.samples) > 0.1)[0])
    amplitude, _ = sine_fit(block.samples[loud + 2 * RATE : loud + 3 * RATE], RATE, 440.0)
    return {"amplitude": amplitude, "channel": block.channel, "offset": block.offset}


if __name__ == "__main__":
    print(json.dumps(heard(Path(sys.argv[2]), RIGHT[sys.argv[1]])))
