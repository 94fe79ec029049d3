from __future__ import annotations

import numpy as np
import pytest

from kiosk.core.voice.ears import best_first
from kiosk.core.voice.normalization import Cohort, unit

GENERATOR = np.random.default_rng(3)
BUNDLED = unit(GENERATOR.normal(size=(60, 16)))
OWN = unit(GENERATOR.normal(size=(7, 16)))
VOICES = unit(GENERATOR.normal(size=(5, 16)))
TOP = 20


def by_hand(voice: np.ndarray, others: np.ndarray) -> tuple[float, float]:
    nearest = np.sort((others @ voice).astype(np.float64))[-TOP:]
    return float(nearest.mean()), float(nearest.std())


def test_the_nearest_others_count() -> None:
    found = Cohort(BUNDLED, OWN, TOP).nearest(VOICES)
    everybody = np.concatenate([BUNDLED, OWN])
    for row, voice in enumerate(VOICES):
        assert tuple(each[row] for each in found.moments()) == pytest.approx(
            by_hand(voice, everybody)
        )


def test_each_person_here_is_left_out_in_turn() -> None:
    # One of them is a near twin of the voice, so that leaving it out matters.
    own = np.concatenate([OWN, unit(VOICES[:1] + 0.01)])
    found = Cohort(BUNDLED, own, TOP).nearest(VOICES)
    for row, voice in enumerate(VOICES):
        for person in range(len(own)):
            others = np.concatenate([BUNDLED, np.delete(own, person, axis=0)])
            expected = by_hand(voice, others)
            got = tuple(each[row, person] for each in found.without(np.arange(len(own))))
            assert got == pytest.approx(expected, abs=1e-6)


def test_who_is_left_out_in_any_case_counts_nowhere() -> None:
    own = np.concatenate([OWN, VOICES[:1]])
    besides = np.array([len(OWN), -1, -1, -1, -1])
    found = Cohort(BUNDLED, own, TOP).nearest(VOICES, besides)
    expected = by_hand(VOICES[0], np.concatenate([BUNDLED, OWN]))
    assert tuple(each[0] for each in found.moments()) == pytest.approx(expected)
    expected = by_hand(VOICES[1], np.concatenate([BUNDLED, own]))
    assert tuple(each[1] for each in found.moments()) == pytest.approx(expected)


def test_one_voice_many_times_has_no_spread_to_divide_by() -> None:
    found = Cohort(np.repeat(BUNDLED[:1], 60, axis=0), OWN[:0], TOP).nearest(VOICES)
    assert (found.moments()[1] > 0).all()


def test_the_best_come_first_and_everybody_once() -> None:
    for count in (0, 1, 63, 64, 65, 500):
        scores = np.round(np.random.default_rng(count).standard_normal(count), 1)
        found = list(best_first(scores))
        assert sorted(found) == list(range(count))
        assert scores[found].tolist() == sorted(scores, reverse=True)
