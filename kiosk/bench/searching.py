"""How long it takes to find a voice among many people."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.bench.figures import Spread
from kiosk.core.voice.ears import Claims, Ear, best_first
from kiosk.core.voice.normalization import Cohort, unit

if TYPE_CHECKING:
    from kiosk.services.voice.engine import VoiceEngine


@dataclass(frozen=True)
class SearchFigures:
    """One voice against everybody, by all encoders that decide; the voices are random.

    Attributes:
        people: how many.
        search: from the embeddings to the most alike, exactly.
        megabytes: of the voices in memory.
        found: times that the right person came first.
    """

    people: int
    search: Spread
    megabytes: float
    found: int


def measure_search(engine: VoiceEngine, people: int, rounds: int = 30) -> SearchFigures:
    """Search somebody as :meth:`kiosk.core.voice.site.Site.everybody` does."""
    calibration = engine.calibrations(engine.deciding)[0]
    generator = np.random.default_rng(people)
    ears, claims = [], []
    for model_id, weight in zip(calibration.models, calibration.weights, strict=True):
        bundled = engine.cohort(model_id)
        assert bundled is not None, "calibrated encoders come with a cohort"
        voices = generator.standard_normal((people, bundled.shape[1]), np.float32)
        voices /= np.linalg.norm(voices, axis=1, keepdims=True)
        ears.append(Ear(model_id, weight, Cohort(bundled, voices[:1_000], calibration.top), {}))
        few = ears[-1].seen(["", ""], voices[:2])
        nobody = np.full(people, -1, np.intp)
        lines = (np.resize(few.slope, people), np.resize(few.offset, people))
        claims.append(Claims(voices, nobody, *lines))
    times, found = [], 0
    for turn in range(rounds + 2):
        person = int(generator.integers(people))
        probes = [unit(each.voices[[person]] + 0.02) for each in claims]
        start = time.perf_counter()
        scores = sum(
            ear.normalized(each, probe, [None])[0]
            for ear, each, probe in zip(ears, claims, probes, strict=True)
        )
        first = next(best_first(np.asarray(scores)))
        if turn >= 2:
            times.append(time.perf_counter() - start)
            found += first == person
    size = sum(each.voices.nbytes + 3 * each.slope.nbytes for each in claims) / 1e6
    return SearchFigures(people, Spread.of(times), round(size, 1), found)
