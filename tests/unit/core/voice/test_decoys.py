from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.core.voice.decoys import STRANGERS_MEAN, STRANGERS_SPREAD, decoy_score
from kiosk.core.voice.embedding import Embedding

if TYPE_CHECKING:
    import numpy.typing as npt


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


def people(count: int = 400, dim: int = 192) -> npt.NDArray[np.float32]:
    """Return voices of two kinds, of which those of one kind are more alike."""
    random = np.random.default_rng(7)
    kinds = random.standard_normal((2, dim))
    kinds /= np.linalg.norm(kinds, axis=1, keepdims=True)
    rows = random.standard_normal((count, dim)) / np.sqrt(dim) + 0.6 * kinds[np.arange(count) % 2]
    made: npt.NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(
        np.float32
    )
    return made


def test_decoys_are_spread_like_the_people_that_they_are_made_of() -> None:
    others = people()
    voice = Embedding(others[0].copy(), "m")
    real = others[1:] @ voice.vector
    scores = np.array([decoy_score(seed(str(n)), voice, 2.0, others[1:]) for n in range(4_000)])
    assert scores.mean() == pytest.approx(real.mean(), abs=0.02)
    assert scores.std() == pytest.approx(real.std(), rel=0.1)
    limited = [decoy_score(seed(str(n)), voice, 0.4, others[1:]) for n in range(4_000)]
    assert max(limited) < 0.4
    assert len(set(limited)) > 3_900


def test_one_decoy_prefers_the_voices_of_one_kind_as_a_real_voiceprint_does() -> None:
    """Which random directions do not: by that a caller with many voices would tell them."""
    others = people()
    voices = [Embedding(row.copy(), "m") for row in others[200:]]
    shares = []
    for number in range(40):
        scores = np.array(
            [decoy_score(seed(str(number)), voice, 2.0, others[:200]) for voice in voices]
        )
        gap = abs(scores[::2].mean() - scores[1::2].mean())
        shares.append(gap / scores.std())
    flat = []
    for number in range(40):
        scores = np.array([decoy_score(seed(str(number)), voice, 2.0) for voice in voices])
        flat.append(abs(scores[::2].mean() - scores[1::2].mean()) / scores.std())
    assert np.median(shares) > 3 * np.median(flat)
