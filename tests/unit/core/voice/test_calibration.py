from __future__ import annotations

import pytest

from kiosk.core.voice.calibration import Tail
from tests.unit.core.voice.world import calibration

TAIL = Tail(8, (2.0, 10.0, 100.0), (0.0, 1.0, 3.0))


@pytest.mark.parametrize(("one_in", "deviations"), [(2, 0.0), (10, 1.0), (100, 3.0)])
def test_a_tail_goes_through_what_was_measured(one_in: float, deviations: float) -> None:
    assert TAIL.at(one_in) == pytest.approx(deviations)
    assert TAIL.reached(deviations) == pytest.approx(one_in)


def test_between_and_beyond_it_is_straight_in_the_logarithm() -> None:
    assert TAIL.at(10**1.5) == pytest.approx(2.0)
    assert TAIL.at(1000) == pytest.approx(5.0)
    assert TAIL.reached(5.0) == pytest.approx(1000)


def test_a_rarer_impostor_reaches_more() -> None:
    made = calibration("m")
    for people in (1, 2, 5, 8, 20, 40, 1000):
        found = [made.deviations(people, one_in) for one_in in (20, 100, 500, 1000, 10_000)]
        assert found == sorted(found)


def test_more_people_ask_for_less_beyond_the_mean() -> None:
    made = calibration("m")
    found = [made.deviations(people, 100) for people in (1, 2, 4, 8, 20, 40)]
    assert found == sorted(found, reverse=True)
    assert made.deviations(1, 100) == made.tails[0].at(100)
    assert made.deviations(4000, 100) == made.tails[-1].at(100)
