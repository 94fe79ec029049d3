"""A kiosk of fakes: everything but microphone, files, model and disk is the real thing."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.errors import BadAudio, KioskError, ModelMissing
from kiosk.core.hearing.audio import MODEL_RATE, AudioClip
from kiosk.core.hearing.speech import Activity, Speech
from kiosk.core.policies import EnrollmentPolicy, VerificationPolicy
from kiosk.core.ports import Block, Device, ModelCard
from kiosk.core.voice.embedding import Embedding
from kiosk.services.enroll.enrolling import EnrollUser
from kiosk.services.people.directory import Directory
from kiosk.services.people.erasure import Erasure
from kiosk.services.people.retention import Retention
from kiosk.services.preferences import Preferences
from kiosk.services.visit.identifying import IdentifyUser
from kiosk.services.visit.trying import Trying
from kiosk.services.visit.verifying import VerifyUser
from kiosk.services.voice.adapting import Adapting
from kiosk.services.voice.duplicates import Duplicates
from kiosk.services.voice.engine import VoiceEngine
from kiosk.services.voice.scoring import Scoring
from tests.fakes.attempts import FakeUptime
from tests.fakes.clock import FixedClock
from tests.fakes.consent import site_consents
from tests.fakes.pins import FastPinHasher
from tests.fakes.records.activity import FakeActivityLog
from tests.fakes.records.audit import PlainSecret
from tests.fakes.storage import InMemoryDatabase

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from kiosk.core.hearing.audio import Samples
    from kiosk.core.hearing.several_speakers import Pieces, Rows
    from kiosk.core.ports import Database
    from kiosk.core.visit.outcomes import TakeAccepted
    from kiosk.core.voice.calibration import Calibration

ANNA, BOB, CARLA = 0.0, 1.5, 3.0
"""Voices are angles: the score of two voices is the cosine of what lies between them."""
_OFFSET = 0.01
THRESHOLD = 0.5


def card(
    model_id: str = "model-1", *, builtin: bool = True, threshold: float = THRESHOLD
) -> ModelCard:
    return ModelCard(
        model_id=model_id,
        title=model_id.title(),
        folder=Path("models") / model_id,
        dim=2,
        normalize=False,
        threshold=threshold,
        threshold_basis="made up",
        licence="Apache-2.0",
        builtin=builtin,
    )


def voice(who: float, seconds: float = 4.0, *, rms: float = 0.1, seed: int = 1) -> Samples:
    """Return sound in which :class:`OffsetEncoder` finds the voice: its mean tells the angle."""
    noise = np.random.default_rng(seed).normal(scale=rms, size=round(seconds * MODEL_RATE))
    made: Samples = (noise - noise.mean() + who * _OFFSET).astype(np.float32)
    return made


def silence(seconds: float, rms: float = 1e-4) -> Samples:
    size = round(seconds * MODEL_RATE)
    made: Samples = np.random.default_rng(0).normal(scale=rms, size=size).astype(np.float32)
    return made


def speech(
    who: float = ANNA,
    seconds: float = 4.0,
    *,
    background: float = 1e-4,
    attempt_id: str = "",
    seed: int = 1,
) -> Speech:
    """Return a good recording of somebody, unless it is made short or noisy."""
    sound = voice(who, seconds, seed=seed)
    lead = silence(0.5, background)
    samples = np.concatenate([lead, sound, lead])
    inside = (len(lead), len(lead) + len(sound))
    return Speech(AudioClip(samples), Activity((inside,), MODEL_RATE), attempt_id)


class OffsetEncoder:
    """Implements :class:`kiosk.core.ports.SpeakerEncoder` on :func:`voice`."""

    def __init__(self, model: ModelCard) -> None:
        self.card = model
        self.clips: list[AudioClip] = []

    def encode(self, clip: AudioClip) -> Embedding:
        if len(clip) < 1600:
            raise BadAudio("The recording is too short.")
        self.clips.append(clip)
        return Embedding.of(_direction(clip.samples), self.card.model_id)

    def encode_with(self, clip: AudioClip, pieces: Pieces | None) -> tuple[Embedding, Rows]:
        if pieces is None:
            return self.encode(clip), np.empty((0, self.card.dim), np.float32)
        spoken = np.concatenate([clip.samples[start:stop] for start, stop in pieces.segments])
        rows = [_direction(spoken[start : start + pieces.length]) for start in pieces.starts]
        return self.encode(clip), np.array(rows, dtype=np.float32).reshape(-1, self.card.dim)


def _direction(samples: Samples) -> npt.NDArray[np.float64]:
    angle = float(np.mean(samples, dtype=np.float64)) / _OFFSET
    return np.array([np.cos(angle), np.sin(angle)])


class FakeShelf:
    """Implements :class:`kiosk.core.ports.ModelShelf`.

    Attributes:
        failing: what loading a model raises.
        cohorts: other people, as models hear them.
        encoders: what was loaded, in order.
        measured: what was measured about the models.
    """

    def __init__(self, *cards: ModelCard) -> None:
        self._cards = list(cards)
        self.failing: dict[str, KioskError] = {}
        self.cohorts: dict[str, npt.NDArray[np.float32]] = {}
        self.encoders: list[OffsetEncoder] = []
        self.measured: tuple[Calibration, ...] = ()

    def models(self) -> list[ModelCard]:
        return list(self._cards)

    def card(self, model_id: str) -> ModelCard:
        for each in self._cards:
            if each.model_id == model_id:
                return each
        raise ModelMissing(f"There is no model {model_id}.")

    def load(self, model_id: str) -> OffsetEncoder:
        found = self.card(model_id)
        if model_id in self.failing:
            raise self.failing[model_id]
        self.encoders.append(OffsetEncoder(found))
        return self.encoders[-1]

    def cohort(self, model_id: str) -> npt.NDArray[np.float32] | None:
        self.card(model_id)
        return self.cohorts.get(model_id)

    def calibrations(self) -> tuple[Calibration, ...]:
        return self.measured

    def install(self, source: str, progress: Callable[[str, float], None]) -> ModelCard:
        progress("copying", 1.0)
        kind = "campplus" if source == "campplus" else "ecapa"
        made = replace(card(source, builtin=False), architecture=kind)
        if made not in self._cards:
            self._cards.append(made)
        return made


@dataclass
class Kit:
    """Use-cases over a database in memory, with ``model-1`` loaded."""

    database: InMemoryDatabase = field(default_factory=InMemoryDatabase)
    clock: FixedClock = field(default_factory=FixedClock)
    activity: FakeActivityLog = field(default_factory=FakeActivityLog)
    uptime: FakeUptime = field(default_factory=FakeUptime)
    policy: VerificationPolicy = field(default_factory=VerificationPolicy)
    shelf: FakeShelf = field(
        default_factory=lambda: FakeShelf(card("model-1"), card("model-2", builtin=False))
    )

    def __post_init__(self) -> None:
        self.engine = VoiceEngine(self.shelf)
        self.engine.load("model-1")
        self.preferences = Preferences(self.database, self.clock)
        wiring = (self.clock, self.activity)
        self.trying = self.tries(self.database)
        self.scoring = Scoring(self.engine, self.database)
        self.verify = VerifyUser(
            self.database, self.engine, self.policy, *wiring, self.trying, self.scoring
        )
        self.identify = IdentifyUser(
            self.database, self.engine, self.policy, self.trying, self.scoring
        )
        self.consents = site_consents(self.database)
        self.enrolling = EnrollUser(
            self.database,
            self.engine,
            EnrollmentPolicy(),
            *wiring,
            self.consents,
            self.trying.newcomers,
            self.scoring,
        )
        self.erase = Erasure(self.database, *wiring, self.trying.attempts)
        self.people = Directory(self.database, self.activity, self.erase)
        self.retention = Retention(
            self.database, self.erase, self.clock, self.activity, self.trying.attempts
        )
        self.duplicates = Duplicates(self.database, self.preferences)
        self.adapting = Adapting(self.database, self.preferences, self.activity)

    def tries(self, database: Database) -> Trying:
        """Return who may try, as the database tells."""
        known = (FastPinHasher(), PlainSecret(), self.activity)
        return Trying.build(database, self.policy, self.clock, self.uptime, *known)

    @property
    def encoder(self) -> OffsetEncoder:
        return self.shelf.encoders[-1]

    def takes(self, who: float, count: int = 3) -> list[TakeAccepted]:
        from kiosk.core.visit.outcomes import TakeAccepted

        made = []
        for seed in range(count):
            outcome = self.enrolling.check_take(speech(who, seed=seed))
            assert isinstance(outcome, TakeAccepted)
            made.append(outcome)
        return made

    def enroll(self, user_id: str, who: float, *, replacing: bool = False) -> None:
        self.enrolling.save(user_id, "", self.takes(who), consent=True, replacing=replacing)


class LoudnessDetector:
    """Implements :class:`kiosk.core.ports.SpeechDetector`: what is loud is speech."""

    rate = MODEL_RATE
    frame = 512

    def reset(self) -> None:
        """Nothing is remembered."""

    def probabilities(self, samples: Samples) -> Samples:
        loud = np.sqrt(np.mean(np.square(samples.reshape(-1, self.frame)), axis=1)) > 0.001
        return np.where(loud, 0.9, 0.0).astype(np.float32)


class PassThrough:
    """Implements :class:`kiosk.core.ports.Resampler` for sound that has the rate already."""

    def process(self, samples: Samples) -> Samples:
        return samples


class FakeMicrophone:
    """Implements :class:`kiosk.core.ports.Microphone`: records what a test feeds it.

    Attributes:
        failure: what the next openings raise, while it is set.
        opened: the keys it was opened with.
        lost: told with the next block.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: list[Samples] = []
        self._device: Device | None = None
        self._plugged = True
        self.failure: KioskError | None = None
        self.opened: list[str | None] = []
        self.overflows = 0
        self.lost = 0

    @property
    def rate(self) -> int:
        return 0 if self._device is None else MODEL_RATE

    @property
    def position(self) -> int:
        with self._lock:
            return sum(map(len, self._kept))

    @property
    def device(self) -> Device | None:
        return self._device

    @property
    def delivering(self) -> bool:
        return self._device is not None and self._plugged

    def open(self, key: str | None) -> Device:
        if self.failure is not None:
            raise self.failure
        self.opened.append(key)
        self._plugged = True
        self._device = Device("Fake", key or "default", 1, MODEL_RATE, default=key is None)
        return self._device

    def close(self) -> None:
        self._device = None

    def unplug(self) -> None:
        self._plugged = False

    def feed(self, *pieces: Samples) -> None:
        with self._lock:
            self._kept.extend(pieces)

    def read_since(self, cursor: int) -> Block:
        with self._lock:
            sound = np.concatenate([np.empty(0, np.float32), *self._kept])
            lost, self.lost = self.lost, 0
        return Block(sound[cursor:], len(sound), lost)
