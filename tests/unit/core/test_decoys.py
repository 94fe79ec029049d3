from __future__ import annotations

import hashlib

import numpy as np
import pytest

from kiosk.core.decoys import STRANGERS_MEAN, STRANGERS_SPREAD, decoy_score
from kiosk.core.embedding import Embedding


def seed(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def probe(number: int, dim: int = 192) -> Embedding:
    return Embedding.of(np.random.default_rng(number).standard_normal(dim), "m")


@pytest.mark.parametrize("dim", [2, 192, 512])
def test_scores_are_spread_like_those_of_strangers(dim: int) -> None:
    voice = probe(1, dim)
    scores = np.array([decoy_score(seed(str(n)), voice, 0.6) for n in range(4_000)])
    assert scores.mean() == pytest.approx(STRANGERS_MEAN, abs=0.01)
    assert scores.std() == pytest.approx(STRANGERS_SPREAD, rel=0.1)
    assert scores.max() < 0.6
    assert max(decoy_score(seed(str(n)), voice, 0.4) for n in range(4_000)) < 0.4


def test_the_same_voice_gets_about_the_same_score_under_the_same_id_and_another_under_another() -> (
    None
):
    voice = probe(1)
    again = Embedding.of(voice.vector + 0.02 * probe(2).vector, "m")
    assert decoy_score(seed("bob"), voice, 0.7) == decoy_score(seed("bob"), voice, 0.7)
    assert decoy_score(seed("bob"), again, 0.7) == pytest.approx(
        decoy_score(seed("bob"), voice, 0.7), abs=0.01
    )
    assert len({round(decoy_score(seed(str(n)), voice, 0.7), 6) for n in range(20)}) == 20
