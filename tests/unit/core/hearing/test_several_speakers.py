"""One speaker or several, on embeddings that are made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.core.hearing.audio import MODEL_RATE
from kiosk.core.hearing.several_speakers import (
    LIMITS,
    Pieces,
    SeveralSpeakers,
    agreement,
    judged,
    pieces_of,
)
from kiosk.core.hearing.speech import Activity

if TYPE_CHECKING:
    from kiosk.core.hearing.several_speakers import Rows

DIM = 192


def activity(seconds: float, begin: int = 0) -> Activity:
    return Activity(((begin, begin + round(seconds * MODEL_RATE)),), MODEL_RATE)


def windows(pieces: Pieces, *parts: tuple[int, float], seed: int = 1) -> Rows:
    """Return embeddings of windows over who speaks until when, in seconds of net speech."""
    generator = np.random.default_rng(seed)
    voices = generator.normal(size=(3, DIM))
    rows = []
    for start in pieces.starts:
        time = np.linspace(start, start + pieces.length, 50) / MODEL_RATE
        mixed = np.zeros(DIM)
        begin = 0.0
        for who, end in parts:
            mixed += voices[who] * np.mean((time >= begin) & (time < end))
            begin = end
        rows.append(mixed + 0.6 * generator.normal(size=DIM))
    made = np.array(rows).reshape(-1, DIM)
    unit: Rows = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
    return unit


@pytest.mark.parametrize("seconds", [3.5, 4.0, 6.0, 8.0, 25.0])
@pytest.mark.parametrize("seed", range(5))
def test_two_halves_agree_less_than_one_speaker(seconds: float, seed: int) -> None:
    pieces = pieces_of(activity(seconds))
    alone = judged({"campplus": windows(pieces, (0, seconds + 1), seed=seed)}, pieces)
    both = (0, seconds / 2), (1, seconds + 1)
    mixed = judged({"campplus": windows(pieces, *both, seed=seed)}, pieces)
    assert not alone.several
    assert mixed.several
    assert alone.agreement is not None
    assert mixed.agreement is not None
    assert mixed.agreement < mixed.limit == LIMITS["campplus"] < alone.agreement
    alone.require_one()
    with pytest.raises(SeveralSpeakers):
        mixed.require_one()


@pytest.mark.parametrize(
    "parts",
    [((0, 2.0), (1, 9.0)), ((0, 4.0), (1, 9.0)), ((0, 2.0), (1, 4.0), (0, 9.0))],
    ids=["a third before", "a third after", "in the middle"],
)
def test_a_third_of_a_take_is_found(parts: tuple[tuple[int, float], ...]) -> None:
    pieces = pieces_of(activity(6.0))
    assert judged({"campplus": windows(pieces, *parts)}, pieces).several


@pytest.mark.parametrize("seconds", [0.0, 0.5, 1.5, 2.0, 2.9])
def test_too_little_speech_tells_nothing(seconds: float) -> None:
    pieces = pieces_of(activity(seconds))
    found = judged({"campplus": windows(pieces, (0, 0.7), (1, 9.0))}, pieces)
    assert found.agreement is None
    assert not found.several


def test_an_encoder_without_a_limit_finds_nobody() -> None:
    pieces = pieces_of(activity(6.0))
    assert not judged({"other": windows(pieces, (0, 3.0), (1, 9.0))}, pieces).several
    assert not judged({}, pieces).several


def test_the_better_encoder_decides() -> None:
    pieces = pieces_of(activity(6.0))
    heard = {
        "ecapa-kiosk-2": windows(pieces, (0, 3.0), (1, 9.0)),
        "campplus": windows(pieces, (0, 9.0)),
    }
    found = judged(heard, pieces)
    assert (found.model_id, found.several) == ("campplus", False)
    assert judged({"ecapa-kiosk-2": heard["ecapa-kiosk-2"]}, pieces).several


def test_rows_that_are_missing_tell_nothing() -> None:
    pieces = pieces_of(activity(6.0))
    assert agreement(np.empty((0, DIM), np.float32), pieces) is None


def test_windows_lie_in_speech_and_not_in_pauses() -> None:
    second = MODEL_RATE
    found = pieces_of(
        Activity(((second, 3 * second), (5 * second, 7 * second)), MODEL_RATE),
    )
    assert found.segments == ((0, 2 * second), (4 * second, 6 * second))
    assert found.starts[-1] + found.length <= 4 * second
    inside = found.mask(600, second // 100)
    assert inside[:200].all()
    assert not inside[200:400].any()
    assert inside[400:].all()


def test_a_long_recording_has_as_many_windows_as_can_be_compared_in_time() -> None:
    assert len(pieces_of(activity(300.0)).starts) <= 64
