"""Sound for tests of the screens: a microphone that is fed, voices that can be told apart."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.errors import BadAudio, KioskError, MicrophoneMissing, ModelMissing
from kiosk.core.hearing.audio import MODEL_RATE, AudioClip
from kiosk.core.ports import Block, Device, ModelCard
from kiosk.core.voice.embedding import Embedding
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from kiosk.core.hearing.audio import Samples
    from kiosk.core.hearing.several_speakers import Pieces, Rows
    from kiosk.core.voice.calibration import Calibration

MODEL = ModelCard(
    model_id="test-bands-1",
    title="Eight bands",
    folder=Path("models/test-bands-1"),
    dim=8,
    normalize=False,
    threshold=0.5,
    threshold_basis="made up",
    licence="Apache-2.0",
    builtin=True,
)
DESK = Device("Test", "Desk microphone", 1, MODEL_RATE, default=True)
HEADSET = Device("Test", "Headset", 1, MODEL_RATE)
_SPEECH_RMS = 0.003


def silence(seconds: float) -> Samples:
    """Return the faint noise of a quiet room, shape ``(n,)``."""
    noise = np.random.default_rng(0).standard_normal(int(seconds * MODEL_RATE))
    return (noise * 1e-4).astype(np.float32)


def voice(speaker: int, seconds: float = 3.0, level: float = 0.1) -> Samples:
    """Return uninterrupted "speech" of speaker 0 to 7, shape ``(n,)``.

    A voice is loud in the 1 kHz band of its number, and has a little of every other band.
    """
    return _voice(speaker, seconds, level).copy()  # whoever has heard it overwrites it


@cache
def _voice(speaker: int, seconds: float, level: float) -> Samples:
    at = np.arange(int(seconds * MODEL_RATE)) / MODEL_RATE
    sound = np.zeros(len(at))
    for band in range(8):
        for tone in (150.0, 430.0, 810.0):
            strength = 1.0 if band == speaker else 0.05
            sound += strength * np.sin(2 * np.pi * (band * 1000.0 + tone) * at)
    sound *= level / float(np.sqrt(np.mean(sound**2)))
    return (sound + silence(seconds)).astype(np.float32)


def utterance(speaker: int, seconds: float = 3.0, level: float = 0.1) -> Samples:
    """Return speech between silences, so long that the end-point is found."""
    return np.concatenate([silence(0.4), voice(speaker, seconds, level), silence(2.8)])


class FakeMicrophone:
    """A microphone whose sound is what the test feeds it; it can be unplugged."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples: Samples = np.empty(0, np.float32)
        self.device: Device | None = None
        self.devices = [DESK, HEADSET]
        self.overflows = 0
        self.fault: KioskError | None = None

    @property
    def rate(self) -> int:
        return MODEL_RATE if self.device is not None else 0

    @property
    def position(self) -> int:
        return len(self._samples)

    @property
    def delivering(self) -> bool:
        return self.device is not None and self.fault is None

    def read_since(self, cursor: int) -> Block:
        with self._lock:
            return Block(self._samples[cursor:].copy(), len(self._samples))

    def open(self, key: str | None) -> Device:
        if self.fault is not None:
            raise self.fault
        for device in self.devices:
            if key in {None, device.key}:
                self.device = device
                return device
        raise MicrophoneMissing(f"There is no microphone {key}.")

    def close(self) -> None:
        self.device = None

    def feed(self, samples: Samples) -> None:
        """Record this."""
        with self._lock:
            self._samples = np.concatenate([self._samples, samples])

    def unplug(self) -> None:
        """Vanish."""
        self.fault = MicrophoneMissing("There is no microphone.")

    def plug_in(self) -> None:
        """Be there again."""
        self.fault = None


class FakeCatalog:
    """The devices of a fake microphone."""

    def __init__(self, microphone: FakeMicrophone) -> None:
        self._microphone = microphone

    def devices(self, *, refresh: bool = False) -> list[Device]:
        return list(self._microphone.devices)


class PlainResampler:
    """The microphone records at the model's rate: there is nothing to do."""

    def process(self, samples: Samples) -> Samples:
        return samples


class LevelDetector:
    """Everything above the noise of the room is speech."""

    rate = MODEL_RATE
    frame = 512

    def reset(self) -> None:
        pass

    def probabilities(self, samples: Samples) -> Samples:
        rms = np.sqrt(np.mean(np.square(samples.reshape(-1, self.frame)), axis=1))
        return np.asarray(rms > _SPEECH_RMS, dtype=np.float32)


class BandEncoder:
    """Embeds the share of each 1 kHz band; voices of one speaker score near 1, others near 0."""

    def __init__(self, card: ModelCard = MODEL) -> None:
        self.card = card
        self.encoded = 0
        self.started = threading.Event()
        self.may_finish = threading.Event()
        self.may_finish.set()
        self.busy: Callable[[], None] = lambda: None

    def encode(self, clip: AudioClip) -> Embedding:
        if clip.seconds < 0.1:
            raise BadAudio("The recording is too short.")
        self.started.set()
        self.may_finish.wait(PATIENCE_S)
        self.busy()
        power = np.abs(np.fft.rfft(clip.samples)) ** 2
        bands = np.sqrt([float(np.sum(part)) for part in np.array_split(power, 8)])
        self.encoded += 1
        return Embedding.of(bands.astype(np.float32), self.card.model_id)

    def encode_with(self, clip: AudioClip, pieces: Pieces | None) -> tuple[Embedding, Rows]:
        del pieces
        return self.encode(clip), np.empty((0, 8), np.float32)


class FakeShelf:
    """One installed model, or none.

    Attributes:
        strangers: people who came with it, as it hears them.
        measured: its calibration.
    """

    def __init__(self, encoder: BandEncoder) -> None:
        self.encoder = encoder
        self.fault: KioskError | None = None
        self.strangers: npt.NDArray[np.float32] | None = None
        self.measured: tuple[Calibration, ...] = ()

    def models(self) -> list[ModelCard]:
        return [self.encoder.card]

    def card(self, model_id: str) -> ModelCard:
        if model_id != self.encoder.card.model_id:
            raise ModelMissing(f"There is no model {model_id}.")
        return self.encoder.card

    def load(self, model_id: str) -> BandEncoder:
        if self.fault is not None:
            raise self.fault
        self.card(model_id)
        return self.encoder

    def calibrations(self) -> tuple[Calibration, ...]:
        return self.measured

    def cohort(self, model_id: str) -> npt.NDArray[np.float32] | None:
        self.card(model_id)
        return self.strangers

    def install(self, source: str, progress: Callable[[str, float], None]) -> ModelCard:
        raise ModelMissing(f"There is no model {source}.")


class NoFiles:
    """Reads no recordings: the screens have none."""

    def read(
        self,
        path: Path,
        *,
        max_seconds: float | None = None,
        limit_seconds: float | None = None,
    ) -> AudioClip:
        raise BadAudio(f"{path} cannot be read.")

    def decode(self, data: bytes, name: str, *, limit_seconds: float | None = None) -> AudioClip:
        raise BadAudio(f"{name} cannot be read.")
