from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kiosk.core.errors import ReenrollmentNeeded
from kiosk.core.voice.embedding import (
    Embedding,
    Voiceprint,
    centroid,
    consistency,
    cosine,
    score,
    weakest_take,
)

ANGLES = st.floats(0, 2 * math.pi)


def at(angle: float, model_id: str = "m") -> Embedding:
    """Return the two-dimensional direction of an angle: scores are cosines of differences."""
    return Embedding.of(np.array([math.cos(angle), math.sin(angle)]), model_id)


@given(arrays(np.float64, 8, elements=st.floats(-1e6, 1e6)))
def test_raw_output_becomes_a_unit_vector_in_its_direction(raw: npt.NDArray[np.float64]) -> None:
    norm = float(np.linalg.norm(raw))
    if norm < 1e-9:
        with pytest.raises(ValueError, match="no usable embedding"):
            Embedding.of(raw, "m")
        return
    made = Embedding.of(raw, "m")
    assert made.vector.dtype == np.float32
    assert np.allclose(made.vector, raw / norm, atol=1e-6)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_raw_output_that_is_not_finite_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="no usable embedding"):
        Embedding.of(np.array([1.0, bad]), "m")


def test_a_row_of_a_batch_is_flattened() -> None:
    assert Embedding.of(np.ones((1, 1, 4)), "m").dim == 4


def test_repr_shows_no_numbers_of_the_voice() -> None:
    assert repr(at(0.5)) == "Embedding(2 dimensions, m)"


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_not_finite_has_no_score_and_not_the_best(bad: float) -> None:
    broken = Embedding(np.array([bad, 0.0], np.float32), "m")
    with pytest.raises(ValueError, match="not finite"):
        cosine(at(0.5), broken)
    with pytest.raises(ValueError, match="not finite"):
        score(Voiceprint((at(0.5),)), broken)


@given(ANGLES, ANGLES)
def test_cosine_of_two_directions(a: float, b: float) -> None:
    value = cosine(at(a), at(b))
    assert value == pytest.approx(math.cos(a - b), abs=1e-6)
    assert -1.0 <= value <= 1.0
    assert value == cosine(at(b), at(a))


def test_embeddings_of_two_models_are_never_compared() -> None:
    with pytest.raises(ReenrollmentNeeded, match=r"made with model m; other is in use"):
        cosine(at(0.1), at(0.1, "other"))
    with pytest.raises(ReenrollmentNeeded):
        cosine(at(0.1), Embedding.of(np.ones(3), "m"))


def test_a_voiceprint_has_takes_of_one_model() -> None:
    with pytest.raises(ValueError, match="at least one take"):
        Voiceprint(())
    with pytest.raises(ReenrollmentNeeded):
        Voiceprint((at(0), at(0, "other")))
    assert Voiceprint((at(0), at(1))).model_id == "m"


@given(st.lists(ANGLES, min_size=1, max_size=5), ANGLES)
def test_score_is_the_mean_over_takes(takes: list[float], probe: float) -> None:
    voiceprint = Voiceprint(tuple(at(angle) for angle in takes))
    expected = sum(math.cos(angle - probe) for angle in takes) / len(takes)
    assert score(voiceprint, at(probe)) == pytest.approx(expected, abs=1e-6)


def test_score_does_not_grow_with_the_number_of_equal_takes() -> None:
    one, five = Voiceprint((at(0),)), Voiceprint((at(0),) * 5)
    assert score(one, at(1)) == pytest.approx(score(five, at(1)))


@given(st.lists(ANGLES, min_size=2, max_size=6))
def test_weakest_take_and_lowest_score(angles: list[float]) -> None:
    takes = tuple(at(angle) for angle in angles)
    matrix = consistency(takes)
    for i, j in combinations(range(len(takes)), 2):
        assert matrix[i][j] == matrix[j][i] == cosine(takes[i], takes[j])
    worst, lowest = weakest_take(takes)
    assert lowest == min(cosine(a, b) for a, b in combinations(takes, 2))
    sums = [sum(row) for row in matrix]
    assert sums[worst] == pytest.approx(min(sums))


def test_the_stranger_among_the_takes_is_the_weakest() -> None:
    assert weakest_take((at(0.0), at(0.1), at(2.0), at(0.2)))[0] == 2


def test_a_single_take_agrees_with_itself() -> None:
    assert weakest_take((at(1),)) == (0, 1.0)


def test_the_centroid_is_the_mean_direction() -> None:
    found = centroid(Voiceprint((at(0.2), at(0.4), at(0.9))))
    assert found.model_id == "m"
    assert np.linalg.norm(found.vector) == pytest.approx(1.0)
    mean = sum(at(angle).vector for angle in (0.2, 0.4, 0.9))
    assert cosine(found, Embedding.of(np.asarray(mean), "m")) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="no usable"):
        centroid(Voiceprint((at(0.0), at(math.pi))))
