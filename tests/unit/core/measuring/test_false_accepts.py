from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.measuring.false_accepts import STEPS, StrangerTest, strangers_needed, upper_bound


def binomial_tail(accepted: int, trials: int, rate: float) -> float:
    """Return the probability of at most so many accepts, term by term."""
    return sum(
        math.comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(accepted + 1)
    )


@given(st.integers(1, 300), st.data())
def test_the_bound_is_where_so_few_accepts_have_five_percent(
    trials: int, data: st.DataObject
) -> None:
    accepted = data.draw(st.integers(0, trials))
    bound = upper_bound(accepted, trials)
    if accepted == trials:
        assert bound == 1.0
    else:
        assert accepted / trials < bound < 1.0
        assert binomial_tail(accepted, trials, bound) == pytest.approx(0.05, rel=1e-6)


def test_known_bounds() -> None:
    # Clopper and Pearson, one-sided 95 %, from published tables.
    assert upper_bound(0, 100) == pytest.approx(0.02951, abs=1e-5)
    assert upper_bound(1, 100) == pytest.approx(0.04656, abs=1e-5)
    assert upper_bound(3, 400) == pytest.approx(0.01927, abs=1e-4)
    # The rule of three.
    assert upper_bound(0, 3_000) == pytest.approx(3 / 3_000, rel=0.01)
    assert upper_bound(500, 20_000) == pytest.approx(0.02691, abs=1e-4)


def test_shares_are_rounded_up() -> None:
    assert upper_bound(0.2, 400) == upper_bound(1, 400)


@pytest.mark.parametrize(("accepted", "trials"), [(0, 0), (5, 4), (-1, 4), (math.nan, 4)])
def test_no_bound_without_a_sample(accepted: float, trials: int) -> None:
    with pytest.raises(ValueError, match="trials"):
        upper_bound(accepted, trials)


def test_the_bound_holds_for_shares_too() -> None:
    """Strangers of whom each is accepted as some of the people: 5 % of samples may mislead."""
    random = np.random.default_rng(3)
    rate, strangers, misled = 0.02, 200, 0
    for _ in range(1_000):
        shares = random.beta(0.1, 0.1 * (1 - rate) / rate, size=strangers)
        misled += upper_bound(float(shares.sum()), strangers) < rate
    assert misled <= 50


@pytest.mark.parametrize("one_in", [50, 100, 1_000, 10_000])
def test_how_many_strangers_a_claim_needs(one_in: int) -> None:
    needed = strangers_needed(1 / one_in)
    assert upper_bound(0, needed) <= 1 / one_in < upper_bound(0, needed - 1)


def sample(scores: list[float], *, of_model: int, people: int, lift: float = 0.0) -> StrangerTest:
    """Return a test in which each stranger has one score against everybody."""
    accepts = np.array(
        [sum(score >= step / STEPS for score in scores) for step in range(STEPS + 1)]
    )
    return StrangerTest(accepts.astype(float), of_model, people, lift)


def test_what_a_threshold_means() -> None:
    test = sample([0.1] * 90 + [0.4] * 8 + [0.7] * 2, of_model=95, people=5)
    assert test.strangers == 100
    found = test.at(0.5)
    assert found is not None
    assert (found.rate, found.bound) == (0.02, upper_bound(2, 100))
    at_score, above = test.at(0.7), test.at(0.701)
    assert at_score is not None
    assert above is not None
    assert (at_score.rate, above.rate) == (0.02, 0.0)


def test_the_lowest_threshold_of_which_it_can_be_claimed() -> None:
    test = sample([0.1] * 90 + [0.4] * 8 + [0.7] * 2, of_model=95, people=5)
    assert test.threshold_for(0.2) == pytest.approx(0.101)
    assert test.threshold_for(0.07) == pytest.approx(0.401)
    assert test.threshold_for(0.03) == pytest.approx(0.701)
    # With a hundred strangers nobody can claim more.
    assert test.threshold_for(0.02) is None


def test_what_adaptation_adds_is_counted() -> None:
    test = sample([0.1] * 98 + [0.46] * 2, of_model=95, people=5, lift=0.05)
    at, above = test.at(0.5), test.at(0.52)
    assert at is not None
    assert above is not None
    assert (at.rate, above.rate) == (0.02, 0.0)


@pytest.mark.parametrize(("of_model", "people", "strangers"), [(0, 0, 0), (400, 0, 0), (0, 1, 0)])
def test_nothing_is_claimed_without_strangers_and_people(
    of_model: int, people: int, strangers: int
) -> None:
    test = sample([], of_model=of_model, people=people)
    assert test.strangers == strangers
    assert test.at(0.5) is None
    assert test.threshold_for(0.5) is None


def test_one_person_is_nobodys_stranger() -> None:
    assert sample([0.1] * 400, of_model=400, people=1).strangers == 400
