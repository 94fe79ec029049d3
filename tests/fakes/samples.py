"""Made-up people, voiceprints and attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.people.users import AttemptRecord, Consent, Person
from kiosk.core.voice.embedding import Embedding, Voiceprint
from tests.fakes.clock import START

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

MODEL = "ecapa-test"
DIM = 192


def person(user_id: str = "test1", *, name: str = "Ada", consent: bool = True) -> Person:
    return Person(user_id, name, START, consent=Consent("1", START) if consent else None)


def embedding(seed: int, model_id: str = MODEL, dim: int = DIM) -> Embedding:
    return Embedding.of(np.random.default_rng(seed).normal(size=dim), model_id)


def voiceprint(seed: int = 1, *, takes: int = 3, model_id: str = MODEL) -> Voiceprint:
    return Voiceprint(tuple(embedding(1000 * seed + i, model_id) for i in range(takes)))


def quality(takes: int = 3) -> list[dict[str, float]]:
    return [{"net_speech_s": 3.0 + i, "snr_db": 21.5} for i in range(takes)]


def attempt(
    number: int,
    user_id: str = "test1",
    *,
    outcome: str = "verified",
    score: float | None = 0.61,
    at: datetime = START,
    reasons: Sequence[str] = (),
) -> AttemptRecord:
    return AttemptRecord(f"{number:032x}", user_id, outcome, score, 0.35, MODEL, tuple(reasons), at)
