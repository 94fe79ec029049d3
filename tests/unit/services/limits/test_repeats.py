"""What is repeated is recorded the 1st, 2nd, 4th, 8th … time."""

from __future__ import annotations

import pytest

from kiosk.services.limits.repeats import Repeats


class Series:
    def __init__(self, most: int = 10_000) -> None:
        self.now = 0.0
        self.repeats = Repeats(lambda: self.now, quiet_s=60.0, most=most)

    def numbers(self, times: int, key: str = "a") -> list[int]:
        found = (self.repeats.due(key) for _ in range(times))
        return [number for number in found if number is not None]


@pytest.fixture
def series() -> Series:
    return Series()


def test_each_number_that_is_recorded_is_twice_the_last(series: Series) -> None:
    assert series.numbers(1_000) == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]


def test_series_are_counted_apart(series: Series) -> None:
    assert series.numbers(3) == [1, 2]
    assert series.numbers(1, "b") == [1]
    assert series.numbers(1) == [4]


def test_a_series_ends_when_it_is_over_or_was_quiet(series: Series) -> None:
    series.numbers(3)
    series.repeats.over("a")
    assert series.numbers(3) == [1, 2]
    series.now = 60.0
    assert series.numbers(1) == [4]
    series.now = 121.0
    assert series.numbers(1) == [1]


def test_the_memory_is_bounded_and_forgets_the_quietest() -> None:
    series = Series(most=2)
    series.numbers(3, "old")
    series.numbers(3, "busy")
    series.numbers(1, "new")
    assert series.numbers(1, "busy") == [4]
    assert series.numbers(1, "old") == [1]
