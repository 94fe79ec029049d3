"""Processor time of one verification as the service makes it, part by part."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from kiosk.core.hearing.audio import MODEL_RATE
from kiosk.core.hearing.speech import lent

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.hearing.audio import AudioClip
    from kiosk.services.facade import Kiosk

_SECONDS = 4.0


@dataclass(frozen=True)
class VerificationFigures:
    """Processor time of all threads for a recording of 4 s, medians in milliseconds.

    Attributes:
        cpu_ms: all of it: decoding, finding the speech, judging it, encoding, comparing, storing.
        detect_ms: decoding and finding the speech.
        encode_ms: all voice models, pieces for several speakers included.
        rest_over_encode: all but the voice models, over them.
    """

    cpu_ms: float
    detect_ms: float
    encode_ms: float
    rest_over_encode: float


def measure_verification(
    kiosk: Kiosk, user_id: str, clip: AudioClip, rounds: int = 30
) -> VerificationFigures:
    """Verify a recording of somebody enrolled again and again.

    Args:
        kiosk: ready.
        user_id: who is claimed.
        clip: speech of theirs; it is repeated up to 4 s.
        rounds: how often each part is timed.
    """
    samples = np.resize(clip.samples, int(_SECONDS * MODEL_RATE))
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, MODEL_RATE, format="WAV")
    data = buffer.getvalue()

    def verify() -> None:
        speech = kiosk.recordings.speech_of_bytes(data, "recording")
        with lent(speech):
            kiosk.verify(user_id, speech)
            kiosk.engine.forget()

    def detect() -> None:
        with lent(kiosk.recordings.speech_of_bytes(data, "recording")):
            pass

    speech = kiosk.recordings.speech_of_bytes(data, "recording")

    def encode() -> None:
        kiosk.engine.hear(speech)
        kiosk.engine.forget()

    whole, found, encoded = (_cpu(each, rounds) for each in (verify, detect, encode))
    return VerificationFigures(
        round(whole, 1), round(found, 1), round(encoded, 1), round(whole / encoded - 1, 3)
    )


def _cpu(work: Callable[[], None], rounds: int) -> float:
    times = []
    for turn in range(rounds + 2):
        start = time.process_time()
        work()
        if turn >= 2:
            times.append(time.process_time() - start)
    return float(np.median(times)) * 1e3
