"""Error rates against the plainest possible calculation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.measuring import metrics

# Few distinct values, so that ties between genuine and impostor scores are common.
SCORES = st.lists(st.integers(-20, 20).map(lambda n: n / 20), min_size=1, max_size=30)
RATES = st.integers(0, 100).map(lambda n: n / 100)


def brute(good: list[float], bad: list[float], threshold: float) -> tuple[float, float]:
    """Return FMR and FNMR by counting."""
    return (
        sum(s >= threshold for s in bad) / len(bad),
        sum(s < threshold for s in good) / len(good),
    )


@given(SCORES, SCORES)
def test_curve_has_the_rates_at_every_score(good: list[float], bad: list[float]) -> None:
    curve = metrics.curve(good, bad)
    assert list(curve.thresholds[:-1]) == sorted({*good, *bad})
    assert curve.thresholds[-1] > max(*good, *bad)
    for threshold, fmr, fnmr in zip(curve.thresholds, curve.fmr, curve.fnmr, strict=True):
        assert (fmr, fnmr) == pytest.approx(brute(good, bad, threshold))
    assert (curve.fmr[-1], curve.fnmr[-1]) == (0.0, 1.0)


@given(SCORES, SCORES, st.floats(-1.5, 1.5))
def test_rates_at_any_threshold(good: list[float], bad: list[float], threshold: float) -> None:
    rates = metrics.at_threshold(good, bad, threshold)
    assert (rates.fmr, rates.fnmr) == pytest.approx(brute(good, bad, threshold))
    assert rates.threshold == threshold


@given(SCORES, SCORES)
def test_eer_lies_where_the_rates_cross(good: list[float], bad: list[float]) -> None:
    rate, threshold = metrics.eer(metrics.curve(good, bad))
    every = [*sorted({*good, *bad}), math.inf]
    pairs = [brute(good, bad, t) for t in every]
    after = next(i for i, (fmr, fnmr) in enumerate(pairs) if fnmr >= fmr)
    fmr, fnmr = pairs[after]
    before_fmr, before_fnmr = pairs[after - 1]
    # The rate lies on both straight lines between the neighbouring thresholds.
    assert max(before_fnmr, fmr) - 1e-12 <= rate <= min(before_fmr, fnmr) + 1e-12
    share = (before_fmr - before_fnmr) / ((before_fmr - before_fnmr) + (fnmr - fmr))
    assert rate == pytest.approx(before_fnmr + share * (fnmr - before_fnmr))
    assert rate == pytest.approx(before_fmr + share * (fmr - before_fmr))
    if after < len(every) - 1:
        assert threshold == every[after]


def test_eer_of_textbook_cases() -> None:
    apart = metrics.eer(metrics.curve([0.8, 0.9], [0.1, 0.2]))
    assert apart == (0.0, 0.8)
    assert metrics.eer(metrics.curve([0.1, 0.2], [0.8, 0.9]))[0] == 1.0
    same = np.linspace(0, 1, 101)
    assert metrics.eer(metrics.curve(same, same))[0] == pytest.approx(0.5, abs=0.01)


def test_eer_of_two_normal_distributions() -> None:
    random = np.random.default_rng(1)
    good, bad = random.normal(2, 1, 20_000), random.normal(0, 1, 20_000)
    rate, threshold = metrics.eer(metrics.curve(good, bad))
    assert rate == pytest.approx(0.158655, abs=0.01)  # the share beyond one standard deviation
    assert threshold == pytest.approx(1.0, abs=0.05)


@given(SCORES, SCORES, st.sampled_from([0.001, 0.01, 0.05, 0.5]))
def test_min_dcf(good: list[float], bad: list[float], prior: float) -> None:
    costs = []
    for threshold in [*good, *bad, math.inf]:
        fmr, fnmr = brute(good, bad, threshold)
        costs.append(fnmr * prior + fmr * (1 - prior))
    expected = min(*costs, 1 - prior) / min(prior, 1 - prior)
    found = metrics.min_dcf(metrics.curve(good, bad), p_target=prior)
    assert found == pytest.approx(expected)
    assert 0.0 <= found <= 1.0 + 1e-12


def test_min_dcf_weighs_the_costs() -> None:
    curve = metrics.curve([0.2, 0.8], [0.5])
    # Above 0.5 half of the genuine trials are missed and nobody is let in.
    assert metrics.min_dcf(curve, p_target=0.5, c_miss=1, c_fa=10) == pytest.approx(0.5)


@given(SCORES, SCORES, RATES)
def test_threshold_at_fmr_is_the_lowest_that_keeps_it(
    good: list[float], bad: list[float], wanted: float
) -> None:
    rates = metrics.threshold_at_fmr(metrics.curve(good, bad), wanted)
    assert (rates.fmr, rates.fnmr) == pytest.approx(brute(good, bad, rates.threshold))
    every = sorted({*good, *bad})
    lower = [threshold for threshold in every if threshold < rates.threshold]
    assert rates.fmr <= wanted
    assert all(brute(good, bad, threshold)[0] > wanted for threshold in lower)


def test_one_impostor_of_a_hundred_is_one_percent() -> None:
    bad = [i / 100 for i in range(100)]
    rates = metrics.threshold_at_fmr(metrics.curve([2.0], bad), 0.01)
    assert (rates.threshold, rates.fmr) == (0.99, 0.01)


@pytest.mark.parametrize(
    ("good", "bad"), [([], [0.1]), ([0.1], []), ([math.nan], [0.1]), ([0.1], [math.inf])]
)
def test_rates_need_finite_scores_of_both_kinds(good: list[float], bad: list[float]) -> None:
    with pytest.raises(ValueError):
        metrics.curve(good, bad)


def test_cllr_is_that_of_an_independent_package() -> None:
    """The figures are those of the Netherlands Forensic Institute's lir 1.3.1."""
    random = np.random.default_rng(4)
    good, bad = random.normal(2.5, 1.5, 300).round(2), random.normal(-3, 2, 700).round(2)
    assert metrics.cllr(good, bad) == pytest.approx(0.235565195, abs=1e-6)
    assert metrics.min_cllr(good, bad) == pytest.approx(0.170927082, abs=1e-6)
    # What only rises with the score changes nothing about how good the best ratios are.
    assert metrics.min_cllr(np.exp(good), np.exp(bad)) == pytest.approx(0.170927082, abs=1e-6)


def test_ratios_that_say_nothing_cost_one_bit() -> None:
    nothing = np.zeros(5)
    assert metrics.cllr(nothing, nothing) == pytest.approx(1.0)
    assert metrics.min_cllr(nothing, nothing) == pytest.approx(1.0)
    assert metrics.min_cllr(np.ones(5), nothing) == 0.0
