from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.errors import DuplicateVoice, InvalidInput, ReenrollmentNeeded
from kiosk.core.voice.duplicates import (
    MAX_REASON,
    Alike,
    DuplicateDecision,
    DuplicateFound,
    clean_reason,
    mean_scores,
)
from kiosk.core.voice.embedding import Embedding, Voiceprint, score
from tests.fakes.clock import START


def voice(seed: int, takes: int, model_id: str = "m", dim: int = 16) -> Voiceprint:
    generator = np.random.default_rng(seed)
    center = generator.normal(size=dim)
    return Voiceprint(
        tuple(Embedding.of(center + generator.normal(size=dim), model_id) for _ in range(takes))
    )


def like(user_id: str = "anna", score: float = 0.8) -> Alike:
    return Alike(user_id, user_id.title(), score, 0.7, "m", START)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 5)), min_size=1, max_size=12),
    st.integers(1, 5),
)
def test_one_product_gives_what_comparing_take_by_take_does(
    enrolled: list[tuple[int, int]], takes: int
) -> None:
    voices = [voice(seed, count) for seed, count in enrolled]
    new = voice(7, takes)
    one_by_one = [sum(score(each, take) for take in new.takes) / len(new.takes) for each in voices]
    assert mean_scores(voices, new) == pytest.approx(one_by_one, abs=1e-6)


def test_with_nobody_enrolled_there_is_nobody_to_be_like() -> None:
    assert mean_scores([], voice(1, 3)).shape == (0,)


def test_scores_stay_within_the_range_of_a_cosine() -> None:
    same = Voiceprint((Embedding.of(np.full(16, 3.0), "m"),))
    opposite = Voiceprint((Embedding(-same.takes[0].vector, "m"),))
    assert mean_scores([same, opposite], same).tolist() == pytest.approx([1.0, -1.0], abs=1e-6)
    assert np.abs(mean_scores([same, opposite], same)).max() <= 1.0


@pytest.mark.parametrize("other", [voice(1, 1, "other"), voice(1, 1, dim=8)])
def test_scores_across_models_mean_nothing(other: Voiceprint) -> None:
    with pytest.raises(ReenrollmentNeeded):
        mean_scores([voice(2, 2), other], voice(3, 3))


def test_what_is_not_finite_is_like_nobody_and_everybody() -> None:
    broken = Voiceprint((Embedding(np.full(16, math.nan, np.float32), "m"),))
    with pytest.raises(ValueError, match="not finite"):
        mean_scores([voice(1, 2), broken], voice(2, 1))


def test_a_decision_covers_those_it_was_made_about() -> None:
    decided = DuplicateDecision("twins", frozenset({"anna"}))
    assert decided.covers(())
    assert decided.covers([like("anna")])
    assert not decided.covers([like("anna"), like("bob")])
    assert DuplicateDecision("imported").covers([like("anna"), like("bob")])


def test_the_error_names_nobody_but_holds_everybody() -> None:
    found = DuplicateFound([like("anna"), like("bob")])
    assert isinstance(found, DuplicateVoice)
    assert "2 people" in found.message
    assert [each.user_id for each in found.candidates] == ["anna", "bob"]
    for name in ("anna", "bob", "Anna", "0.8"):
        assert name not in str(found)
    assert "somebody" in DuplicateFound([like()]).message


def test_a_margin_is_what_is_above_the_threshold() -> None:
    assert like(score=0.9).margin == pytest.approx(0.2)
    assert replace(like(), threshold=0.95).margin < 0


def test_reasons_are_tidied() -> None:
    assert clean_reason("  twins,\n her\tsister ") == "twins, her sister"
    assert clean_reason("x" * MAX_REASON) == "x" * MAX_REASON


@pytest.mark.parametrize(
    "bad",
    [
        *("", "  \n ", "x" * (MAX_REASON + 1), "a\x00b", "\u202egnihton"),
        # What counts as printable and cannot be seen, or says nothing.
        *("\u2800", "\u3164\u3164", "\uffa0 \u115f", "...", "-"),
    ],
)
def test_reasons_that_say_nothing_or_cannot_be_stored(bad: str) -> None:
    with pytest.raises(InvalidInput):
        clean_reason(bad)
