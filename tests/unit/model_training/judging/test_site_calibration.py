"""What is measured for the scorer: on made-up people, who stand before one microphone each site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.core.voice.normalization import unit
from kiosk.core.voice.site import agreement_at
from site_calibration.fit import Fused, estimates, fit, weights_of
from site_calibration.material import Piece
from site_calibration.sites import Arranged, Arranger

if TYPE_CHECKING:
    from kiosk.core.voice.calibration import Calibration
    from kiosk.core.voice.normalization import Vectors

MODELS = ("first", "second")
GROUPS = ("one", "two", "speechocean762")
DIM = 48
SPEAKERS, RECORDINGS = 36, 6


def _nothing() -> Vectors:
    raise AssertionError("everything is encoded already")


def _pieces() -> list[Piece]:
    return [
        Piece(group, f"{group}/{who}", f"{group}/{who}/{n}", "whole", 4.0, _nothing, Path("x"))
        for group in GROUPS
        for who in range(SPEAKERS)
        for n in range(RECORDINGS)
    ]


def _world(seed: int, noise: dict[str, float]) -> tuple[dict[str, Vectors], dict[str, Vectors]]:
    """Return vectors of all pieces and cohorts by encoder; each group has a channel of its own."""
    generator = np.random.default_rng(seed)

    def directions(count: int) -> Vectors:
        return unit(generator.normal(size=(count, DIM)).astype(np.float32))

    vectors, cohorts = {}, {}
    for model in MODELS:
        channel = np.repeat(directions(len(GROUPS)) * 0.5, SPEAKERS * RECORDINGS, axis=0)
        people = np.repeat(directions(len(GROUPS) * SPEAKERS), RECORDINGS, axis=0)
        vectors[model] = unit(people + channel + noise[model] * directions(len(people)))
        cohorts[model] = directions(400)
    return vectors, cohorts


@pytest.fixture(scope="module")
def sites() -> list[Arranged]:
    vectors, cohorts = _world(1, {"first": 1.2, "second": 0.8})
    return list(Arranger(_pieces(), vectors, cohorts).sites(2))


@pytest.fixture(scope="module")
def made(sites: list[Arranged]) -> Calibration:
    return fit(sites, MODELS, weights_of(sites, MODELS))


def test_weights_sum_to_one_and_the_better_encoder_weighs_more(sites: list[Arranged]) -> None:
    first, second = weights_of(sites, MODELS)
    assert first + second == pytest.approx(1.0, abs=1e-3)
    assert 0.0 < first < second


def test_tails_ascend_for_every_size(made: Calibration, sites: list[Arranged]) -> None:
    assert [tail.people for tail in made.tails] == sorted({site.people for site in sites})
    for tail in made.tails:
        assert list(tail.one_in) == sorted(set(tail.one_in))
        assert all(np.diff(tail.deviations) > 0)


def test_what_is_genuine_is_likelier_the_higher_it_scores(made: Calibration) -> None:
    slope, offset = made.llr
    assert slope > 0
    assert offset < 0


def test_one_impostor_in_a_hundred_gets_in_at_sites_that_were_not_seen(made: Calibration) -> None:
    """Of other people, with other channels, as the kiosk itself would set the threshold."""
    vectors, cohorts = _world(2, {"first": 1.2, "second": 0.8})
    others = list(Arranger(_pieces(), vectors, cohorts).sites(2))
    fused = Fused(others, made.models, made.weights)
    accepted: dict[bool, list[float]] = {True: [], False: []}
    for site, genuine, impostor in zip(
        estimates(fused, made), fused.genuine, fused.impostor, strict=True
    ):
        line = site.reached_by(100)
        accepted[True].append(float((genuine >= line).mean()))
        accepted[False].append(float((impostor >= line).mean()))
    assert 0.002 < np.mean(accepted[False]) < 0.02
    assert np.mean(accepted[True]) > 0.9


def test_an_intruders_take_is_found_and_those_of_one_person_agree(made: Calibration) -> None:
    vectors, cohorts = _world(3, {"first": 1.2, "second": 0.8})
    fused = Fused(list(Arranger(_pieces(), vectors, cohorts).sites(1)), made.models, made.weights)
    refused, missed = [], []
    for alike, takes, intruding in zip(
        fused.agreement, fused.between, fused.intruding, strict=True
    ):
        limit = agreement_at(made, float(alike))
        refused += (takes.min(axis=1) < limit).tolist()
        missed += (intruding.min(axis=1) >= limit).tolist()
    assert np.mean(refused) < 0.05
    assert np.mean(missed) < 0.05
