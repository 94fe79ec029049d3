"""A voiceprint follows its person, and nobody else can lead it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.errors import ReenrollmentNeeded
from kiosk.core.voice.adaptation import AdaptationPolicy, adapted_score, learns
from kiosk.core.voice.embedding import Embedding, Voiceprint, score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Vector = npt.NDArray[np.float64]

DIM = 192
THRESHOLD = 0.55
POLICY = AdaptationPolicy()
TRIES = 50
_ROUNDING = 1e-6


def unit(vector: Vector) -> Vector:
    made: Vector = vector / np.linalg.norm(vector)
    return made


def embedding(vector: Vector, model_id: str = "m") -> Embedding:
    return Embedding.of(vector, model_id)


def anchors_of(seed: int = 1, takes: int = 3, spread: float = 0.5) -> Voiceprint:
    """Return takes of one voice; two of them score about 0.8, as of real ones."""
    generator = np.random.default_rng(seed)
    center = unit(generator.normal(size=DIM))
    return Voiceprint(
        tuple(embedding(center + spread * unit(generator.normal(size=DIM))) for _ in range(takes))
    )


def mean_of(anchors: Voiceprint) -> Vector:
    made: Vector = np.mean([take.vector.astype(np.float64) for take in anchors.takes], axis=0)
    return made


def at_score(anchors: Voiceprint, wanted: float, towards: Vector) -> Vector:
    """Return the unit vector of this score that is nearest to a direction.

    Of all unit vectors ``x`` with ``<mean, x> = wanted`` it has the greatest product with
    ``towards``: its part across the mean points where that of the direction does.
    """
    mean = mean_of(anchors)
    length = float(np.linalg.norm(mean))
    axis = mean / length
    across = towards - (towards @ axis) * axis
    along = wanted / length
    made: Vector = along * axis + np.sqrt(1.0 - along**2) * unit(across)
    return made


class Template:
    """A voiceprint to which every take is offered as verified, with the right second factor."""

    def __init__(self, anchors: Voiceprint, policy: AdaptationPolicy = POLICY) -> None:
        self.anchors = anchors
        self.policy = policy
        self.adapted: list[Embedding] = []

    def score(self, probe: Embedding) -> float:
        return adapted_score(self.anchors, self.adapted, probe, THRESHOLD, self.policy)

    def offer(self, take: Embedding) -> bool:
        learned = learns(self.anchors, take, THRESHOLD, self.policy)
        if learned:
            self.adapted = [*self.adapted, take][-self.policy.room(self.anchors) :]
        return learned


# --- the bounds ------------------------------------------------------------------------------


@given(
    seed=st.integers(0, 10_000),
    takes=st.integers(1, 5),
    learned=st.integers(0, 6),
    keep=st.integers(1, 5),
    lift=st.floats(0.01, 0.3),
    toward=st.floats(-1.0, 1.0),
)
def test_what_was_learned_adds_at_most_the_lift_and_takes_nothing_away(
    seed: int, takes: int, learned: int, keep: int, lift: float, toward: float
) -> None:
    policy = AdaptationPolicy(keep=keep, margin=0.3, lift=lift)
    generator = np.random.default_rng(seed)
    anchors = anchors_of(seed, takes)
    direction = generator.normal(size=DIM)
    adapted = [
        embedding(at_score(anchors, value, direction))
        for value in generator.uniform(0.0, 0.9 * np.linalg.norm(mean_of(anchors)), learned)
    ]
    probe = embedding(toward * unit(mean_of(anchors)) + unit(direction))
    by_anchors = score(anchors, probe)
    value = adapted_score(anchors, adapted, probe, 0.2, policy)
    assert by_anchors - _ROUNDING <= value <= min(1.0, by_anchors + lift) + _ROUNDING


@given(seed=st.integers(0, 10_000), takes=st.integers(1, 5), keep=st.integers(1, 8))
def test_anchors_keep_at_least_half_of_the_weight(seed: int, takes: int, keep: int) -> None:
    anchors = anchors_of(seed, takes)
    policy = AdaptationPolicy(keep=keep)
    assert policy.room(anchors) <= takes
    template = Template(anchors, policy)
    for _ in range(2 * takes + keep):
        assert template.offer(embedding(mean_of(anchors)))
    assert len(template.adapted) == policy.room(anchors)


def test_without_anything_learned_the_score_is_that_of_the_enrolled_takes() -> None:
    anchors, probe = anchors_of(), embedding(np.random.default_rng(5).normal(size=DIM))
    assert adapted_score(anchors, [], probe, THRESHOLD, POLICY) == score(anchors, probe)


def test_of_too_many_the_last_ones_count() -> None:
    anchors = anchors_of()
    generator = np.random.default_rng(3)
    wide = AdaptationPolicy(margin=0.1, lift=0.1)
    adapted = [embedding(at_score(anchors, 0.7, generator.normal(size=DIM))) for _ in range(7)]
    probe = embedding(at_score(anchors, 0.5, adapted[-1].vector.astype(np.float64)))
    all_of_them = adapted_score(anchors, adapted, probe, THRESHOLD, wide)
    assert all_of_them == adapted_score(anchors, adapted[-3:], probe, THRESHOLD, wide)
    assert all_of_them != adapted_score(anchors, adapted[:3], probe, THRESHOLD, wide)


def test_when_the_threshold_is_raised_what_was_learned_below_it_no_longer_counts() -> None:
    anchors = anchors_of()
    direction = np.random.default_rng(9).normal(size=DIM)
    learned = embedding(at_score(anchors, THRESHOLD + POLICY.margin + 0.01, direction))
    probe = embedding(at_score(anchors, 0.5, direction))
    assert adapted_score(anchors, [learned], probe, THRESHOLD, POLICY) > score(anchors, probe)
    raised = THRESHOLD + 0.02
    assert adapted_score(anchors, [learned], probe, raised, POLICY) == score(anchors, probe)


def test_takes_of_another_model_are_not_compared() -> None:
    anchors, other = anchors_of(), embedding(np.ones(DIM), "other")
    probe = embedding(np.ones(DIM))
    with pytest.raises(ReenrollmentNeeded):
        learns(anchors, other, THRESHOLD, POLICY)
    with pytest.raises(ReenrollmentNeeded):
        adapted_score(anchors, [other], probe, THRESHOLD, POLICY)


@pytest.mark.parametrize(
    "figures",
    [{"keep": 0}, {"lift": 0.0}, {"lift": 0.11}, {"margin": 1.0}, {"margin": float("nan")}],
    ids=str,
)
def test_a_policy_without_bounds_is_refused(figures: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        AdaptationPolicy(**figures)  # type: ignore[arg-type]


# --- attacks ---------------------------------------------------------------------------------


def _the_same(anchors: Voiceprint, impostor: Vector, wanted: float) -> Iterator[Vector]:
    """Say the same again and again."""
    yield from (impostor for _ in range(TRIES))


def _noise(anchors: Voiceprint, impostor: Vector, wanted: float) -> Iterator[Vector]:
    """Vary the voice at random, as recordings do, within what the impostor can reach."""
    generator = np.random.default_rng(11)
    for _ in range(TRIES):
        moved = unit(impostor + 0.5 * unit(generator.normal(size=DIM)))
        reached = min(wanted, float(mean_of(anchors) @ moved))
        yield at_score(anchors, reached, moved)


def _climb(anchors: Voiceprint, impostor: Vector, wanted: float) -> Iterator[Vector]:
    """Follow the gradient of the score as far as the impostor's voice allows."""
    probe = impostor
    for _ in range(TRIES):
        probe = unit(probe + 0.2 * mean_of(anchors))
        if mean_of(anchors) @ probe > wanted:
            probe = at_score(anchors, wanted, probe)
        yield probe


ATTACKS = [_the_same, _noise, _climb]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__.strip("_"))
@pytest.mark.parametrize("below", [1e-4, 0.01, 0.05, 0.2])
def test_an_impostor_below_the_threshold_moves_nothing_in_fifty_tries(
    attack: Callable[[Voiceprint, Vector, float], Iterator[Vector]], below: float
) -> None:
    anchors = anchors_of()
    wanted = THRESHOLD - below
    impostor = at_score(anchors, wanted, np.random.default_rng(2).normal(size=DIM))
    template = Template(anchors)
    tried = 0
    for probe in attack(anchors, impostor, wanted):
        take = embedding(probe)
        assert not template.offer(take)
        assert template.score(take) < THRESHOLD
        tried += 1
    assert tried == TRIES
    assert template.adapted == []
    assert template.score(embedding(impostor)) == score(anchors, embedding(impostor)) < THRESHOLD


@pytest.mark.parametrize("below", [0.051, 0.08, 0.15])
@pytest.mark.parametrize("takes", [1, 3, 5])
def test_not_even_takes_made_for_an_impostor_let_one_pass_who_is_farther_than_the_lift(
    below: float, takes: int
) -> None:
    """The attacker makes any embedding that is learned: the worst that fifty tries can do."""
    anchors = anchors_of(takes=takes)
    impostor = at_score(anchors, THRESHOLD - below, np.random.default_rng(2).normal(size=DIM))
    poison = at_score(anchors, THRESHOLD + POLICY.margin + 1e-6, impostor)
    # The best that can be chosen: whatever else is learned is farther from the impostor.
    generator = np.random.default_rng(4)
    for _ in range(200):
        other = at_score(
            anchors,
            float(generator.uniform(THRESHOLD + POLICY.margin, 0.75)),
            impostor + 0.3 * unit(generator.normal(size=DIM)),
        )
        assert other @ impostor <= poison @ impostor + 1e-4
    template = Template(anchors)
    for _ in range(TRIES):
        assert template.offer(embedding(poison))
        assert template.score(embedding(impostor)) < THRESHOLD
    # And that is what the cap on the lift is for.
    plain = Voiceprint((*anchors.takes, *template.adapted))
    assert score(plain, embedding(impostor)) > THRESHOLD


def test_what_is_learned_does_not_make_learning_easier() -> None:
    """No chain of small steps: each take is judged by the anchors alone."""
    anchors = anchors_of()
    direction = np.random.default_rng(6).normal(size=DIM)
    template = Template(anchors)
    for wanted in np.linspace(0.85, 0.0, TRIES):
        reachable = min(float(wanted), 0.9 * float(np.linalg.norm(mean_of(anchors))))
        take = embedding(at_score(anchors, reachable, direction))
        assert template.offer(take) == (score(anchors, take) >= THRESHOLD + POLICY.margin)


# --- the person ------------------------------------------------------------------------------


def test_a_voice_that_drifts_is_followed() -> None:
    """Over the years a voice turns away; it is let in long after the enrolled takes refuse it."""
    anchors = anchors_of()
    generator = np.random.default_rng(8)
    direction = generator.normal(size=DIM)

    def heard(wanted: float) -> Embedding:
        voice = at_score(anchors, wanted, direction)
        return embedding(voice + 0.15 * unit(generator.normal(size=DIM)))

    template = Template(anchors)
    for wanted in np.linspace(0.80, THRESHOLD + 0.01, 60):
        template.offer(heard(float(wanted)))
    assert len(template.adapted) == 3
    late = [heard(THRESHOLD - 0.02) for _ in range(100)]
    by_anchors = sum(score(anchors, take) >= THRESHOLD for take in late)
    followed = sum(template.score(take) >= THRESHOLD for take in late)
    assert by_anchors < 20
    assert followed > 90
    # A rollback is to forget what was learned.
    template.adapted = []
    assert [template.score(take) for take in late] == [score(anchors, take) for take in late]


def test_strangers_gain_nothing_from_what_somebody_else_was_learned_of() -> None:
    anchors = anchors_of()
    generator = np.random.default_rng(12)
    template = Template(anchors)
    for _ in range(10):
        template.offer(embedding(at_score(anchors, 0.7, generator.normal(size=DIM))))
    strangers = [embedding(generator.normal(size=DIM)) for _ in range(500)]
    before = np.array([score(anchors, each) for each in strangers])
    after = np.array([template.score(each) for each in strangers])
    assert after.max() < THRESHOLD / 2
    assert float(np.mean(after - before)) < 0.01
