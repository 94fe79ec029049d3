"""How long a try takes under an ID that is known, and under one that nobody has."""

from __future__ import annotations

import gc
import math
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.accounts.acting import VISITOR, acting_as
from kiosk.core.hearing.audio import MODEL_RATE, AudioClip
from kiosk.core.hearing.speech import Activity, Speech
from kiosk.core.limits.attempts import AttemptPolicy
from kiosk.core.people.users import Person
from kiosk.core.policies import VerificationPolicy
from kiosk.core.ports import ModelCard
from kiosk.core.visit.outcomes import NotVerified
from kiosk.core.voice.embedding import Embedding, Voiceprint
from kiosk.services.visit.trying import Trying
from kiosk.services.visit.verifying import VerifyUser
from kiosk.services.voice.engine import VoiceEngine
from kiosk.services.voice.scoring import Scoring
from kiosk.storage.opening import database_at
from tests.fakes.attempts import FakeUptime
from tests.fakes.clock import START, FixedClock
from tests.fakes.keys import memory_box
from tests.fakes.pins import FastPinHasher
from tests.fakes.records.activity import FakeActivityLog
from tests.fakes.records.audit import PlainSecret, chain_of_tests
from tests.unit.services.kit import FakeShelf

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from kiosk.core.hearing.several_speakers import Pieces, Rows
    from kiosk.core.ports import Database

    Seconds = npt.NDArray[np.float64]

_DIM = 192
_TAKES = 3
_PEOPLE = 100
_OTHERS = 150
_WARM_UP = 40
# Nobody is locked while it is measured: each ID is tried a few times.
_OPEN = AttemptPolicy(10**6, 30, 3_600, 10**7, 10**6, 10**6, 30)


class _Cached:
    """Implements :class:`kiosk.core.ports.SpeakerEncoder` with a voice that it knows already."""

    card = ModelCard(
        "model", "Model", Path(), _DIM, False, 0.6, "made up", "Apache-2.0", builtin=True
    )

    def __init__(self) -> None:
        self._heard = _voice(0)

    def encode(self, clip: AudioClip) -> Embedding:
        del clip
        return self._heard

    def encode_with(self, clip: AudioClip, pieces: Pieces | None) -> tuple[Embedding, Rows]:
        del pieces
        return self.encode(clip), np.empty((0, _DIM), np.float32)


@dataclass(frozen=True)
class Times:
    """Seconds of tries, in the order in which they were made.

    Attributes:
        known: under IDs of people.
        unknown: under IDs that nobody has.
    """

    known: Seconds
    unknown: Seconds

    @property
    def p(self) -> float:
        """Return how likely such a difference is if there is none."""
        return mann_whitney(self.known, self.unknown)

    def slower(self, share: float) -> Times:
        """Return the times as if IDs that nobody has took longer by a share of the median."""
        return Times(self.known, self.unknown + share * float(np.median(self.known)))


@dataclass(frozen=True)
class Measured:
    """The same tries by two clocks.

    Attributes:
        wall: what somebody outside sees, and whatever else the machine does with it.
        work: of the processor for this thread: sharper, for it knows nothing of other programs.
    """

    wall: Times
    work: Times


def measure(folder: Path, tries: int, seed: int) -> Measured:
    """Try known and unknown IDs in a random order on a real database.

    The whole way of the public side is measured: the claim, the count, the comparison and the
    record. Only the voice model is left out, which does not know whose ID was claimed.

    Args:
        folder: an empty one, for the database.
        tries: of both kinds together.
        seed: of the order.
    """
    random = np.random.default_rng(seed)
    speech = _speech()
    with _kiosk(folder) as verify, acting_as(VISITOR), _quiet():
        kinds = random.permutation(np.repeat([True, False], tries // 2))
        names = random.integers(0, _PEOPLE, len(kinds))
        # IDs of both kinds look alike, and come as often: each has been tried before.
        for number in range(_PEOPLE):
            for known in (True, False):
                _once(verify, _user_id(number, known=known), speech)
        for _ in range(_WARM_UP):
            _once(verify, _user_id(0, known=bool(random.integers(2))), speech)
        took = np.array(
            [
                _once(verify, _user_id(int(number), known=bool(known)), speech)
                for number, known in zip(names, kinds, strict=True)
            ]
        )
    wall, work = took.T
    return Measured(Times(wall[kinds], wall[~kinds]), Times(work[kinds], work[~kinds]))


def measured_in(folder: Path, tries: int, seed: int) -> Measured:
    """Measure in a fresh folder below this one; see :func:`measure`."""
    place = folder / f"run-{seed}"
    place.mkdir()
    return measure(place, tries, seed)


def differs(found: Measured) -> bool:
    """Return whether known and unknown IDs differ at p < 0.01, by either clock."""
    return min(found.wall.p, found.work.p) < 0.01


def mann_whitney(one: Seconds, other: Seconds) -> float:
    """Return the two-sided p-value of the Mann-Whitney U test, by its normal approximation.

    With ties corrected for; good from some 20 values on (Mann and Whitney 1947; Lehmann 1975).
    """
    n, m = len(one), len(other)
    values, places, counts = np.unique(
        np.concatenate([one, other]), return_inverse=True, return_counts=True
    )
    del values
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    u = float(ranks[:n].sum()) - n * (n + 1) / 2
    total = n + m
    ties = float((counts.astype(np.float64) ** 3 - counts).sum())
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    if variance <= 0:
        return 1.0
    z = (abs(u - n * m / 2) - 0.5) / math.sqrt(variance)
    return math.erfc(max(z, 0.0) / math.sqrt(2))


def _once(verify: VerifyUser, user_id: str, speech: Speech) -> tuple[float, float]:
    began, work = time.perf_counter(), time.thread_time()
    admission = verify.admit(user_id)
    outcome = verify(admission.user_id, speech, shown=admission.shown, blind=True)
    took = time.perf_counter() - began, time.thread_time() - work
    assert isinstance(outcome, NotVerified), outcome
    return took


@contextmanager
def _kiosk(folder: Path) -> Iterator[VerifyUser]:
    database = database_at(folder / "kiosk.db", memory_box(), chain_of_tests())
    database.prepare()
    _enroll(database)
    encoder = _Cached()
    shelf = FakeShelf(encoder.card)
    shelf.cohorts[encoder.card.model_id] = np.stack(
        [_voice(number).vector for number in range(_OTHERS)]
    )
    engine = VoiceEngine(shelf)
    engine.use(encoder)
    policy = VerificationPolicy(attempts=_OPEN)
    clock, activity = FixedClock(), FakeActivityLog()
    known = (FastPinHasher(), PlainSecret(), activity)
    trying = Trying.build(database, policy, clock, FakeUptime(), *known)
    try:
        scoring = Scoring(engine, database)
        yield VerifyUser(database, engine, policy, clock, activity, trying, scoring)
    finally:
        database.close()


def _enroll(database: Database) -> None:
    with database() as work:
        for number in range(_PEOPLE):
            user_id = _user_id(number, known=True)
            work.people.add(Person(user_id, "", START))
            takes = tuple(_voice(1_000 * (number + 1) + take) for take in range(_TAKES))
            work.people.save_voiceprint(user_id, Voiceprint(takes), [{}] * _TAKES, START)
        work.commit()


def _user_id(number: int, *, known: bool) -> str:
    return f"{2 * number + (not known):05d}"


def _voice(number: int) -> Embedding:
    return Embedding.of(np.random.default_rng(number).standard_normal(_DIM), "model")


def _speech() -> Speech:
    count = round(2.4 * MODEL_RATE)
    quiet = np.full(MODEL_RATE // 2, 1e-4, np.float32)
    sound = np.random.default_rng(1).normal(scale=0.1, size=count).astype(np.float32)
    samples = np.concatenate([quiet, sound, quiet])
    inside = (len(quiet), len(quiet) + count)
    return Speech(AudioClip(samples), Activity((inside,), MODEL_RATE))


@contextmanager
def _quiet() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
