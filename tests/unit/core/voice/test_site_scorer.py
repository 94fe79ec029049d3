"""What must hold of scores that know the site, whatever the encoders are."""

from __future__ import annotations

import numpy as np
import pytest

from kiosk.core.errors import ReenrollmentNeeded
from kiosk.core.voice.adaptation import AdaptationPolicy
from kiosk.core.voice.heard import Heard, Voice
from kiosk.core.voice.site_scorer import LINE, SiteScorer, on_scale
from tests.unit.core.voice.world import CALIBRATIONS, MODELS, World


def scorer_of(world: World, people: dict[str, Voice], one_in: int = 100) -> SiteScorer:
    return SiteScorer(CALIBRATIONS, people, world.bundled, one_in)


@pytest.mark.parametrize("channel", [0.0, 1.0])
@pytest.mark.parametrize("count", [1, 2, 8])
def test_people_are_known_and_others_are_not(count: int, channel: float) -> None:
    world = World(channel=channel)
    people = world.people(count)
    scorer = scorer_of(world, people)
    for user_id, voice in people.items():
        assert scorer.compare(user_id, voice, world.heard(user_id)).accepted
    impostors = [world.heard(f"stranger {each}") for each in range(40)]
    scores = [scorer.compare("p00", people["p00"], each) for each in impostors]
    if channel == 0.0 or count == 8:
        assert np.mean([each.accepted for each in scores]) <= 0.05


def test_a_channel_that_all_share_is_no_likeness() -> None:
    """The same voices with and without a channel: raw cosines move a lot, the decision does not."""
    shift = []
    for channel in (0.0, 1.2):
        world = World(seed=5, channel=channel)
        people = world.people(20)
        scorer = scorer_of(world, people)
        found = [scorer.compare("p00", people["p00"], world.heard(f"s{n}")) for n in range(100)]
        cosine = np.mean([each.cosines["first"] for each in found])
        shift.append((cosine, np.mean([each.accepted for each in found])))
    assert shift[1][0] - shift[0][0] > 0.3
    assert shift[0][1] <= 0.03
    assert shift[1][1] <= 0.03


def test_the_line_is_where_the_threshold_is() -> None:
    world = World()
    scorer = scorer_of(world, world.people(8))
    assert scorer.threshold == LINE
    assert on_scale(0.0) == LINE
    assert on_scale(1e-9) > LINE > on_scale(-1e-9)
    values = [on_scale(each) for each in np.linspace(-60, 60, 301)]
    assert values == sorted(values)
    assert -1.0 <= values[0] < values[-1] <= 1.0


def test_a_stricter_policy_accepts_less() -> None:
    world = World(channel=0.5)
    people = world.people(8)
    probe = world.heard("p00", noise=2.0)
    loose, strict = (
        scorer_of(world, people, n).compare("p00", people["p00"], probe) for n in (20, 5000)
    )
    assert loose.value > strict.value
    assert loose.llr == pytest.approx(strict.llr)
    assert (loose.one_in, strict.one_in) == (20, 5000)


def test_whoever_is_claimed_is_no_impostor_to_themselves() -> None:
    """Whether they are in the cohort of the site or not makes no difference to their claim."""
    world = World()
    people = world.people(3)
    scorer = scorer_of(world, people)
    probe = world.heard("p00")
    inside = scorer.compare("p00", people["p00"], probe)
    alone = scorer_of(world, {k: v for k, v in people.items() if k != "p00"})
    outside = alone.compare("p00", people["p00"], probe)
    fused = [
        scorer.site.fused("p00", people["p00"], probe),
        alone.site.fused("p00", people["p00"], probe),
    ]
    assert fused[0] == pytest.approx(fused[1], abs=1e-9)
    assert inside.accepted
    assert outside.accepted


def test_one_comparison_and_many_at_once_are_the_same() -> None:
    world = World(channel=0.7)
    people = world.people(6)
    scorer = scorer_of(world, people)
    probes = [world.heard(f"x{each}") for each in range(5)]
    rows = {m: np.concatenate([p.by(m).vector[None] for p in probes]) for m in MODELS}  # type: ignore[union-attr]
    table = scorer.site.claims(rows)
    for row, probe in enumerate(probes):
        for column, user_id in enumerate(scorer.site.ids):
            expected = scorer.site.fused(user_id, people[user_id], probe)
            assert table[row, column] == pytest.approx(expected, abs=1e-5)


def test_somebody_whom_one_encoder_does_not_know_is_compared_by_the_other() -> None:
    world = World()
    people = world.people(4) | {"old": world.voice("old", models=("first",))}
    scorer = scorer_of(world, people)
    assert scorer.compare("old", people["old"], world.heard("old")).accepted
    assert not scorer.compare("old", people["old"], world.heard("p01")).accepted
    assert next(scorer.rank(world.heard("old")))[0] == "old"
    foreign = world.voice("new", models=("second",))
    probe = Heard(world.heard("new").embeddings[:1])
    with pytest.raises(ReenrollmentNeeded, match="second"):
        scorer.compare("new", foreign, probe)


def test_a_decoy_is_never_accepted_and_always_the_same() -> None:
    world = World(channel=1.0)
    people = world.people(3)
    scorer = scorer_of(world, people)
    for number in range(200):
        seed = number.to_bytes(16, "little")
        probe = world.heard(f"s{number}")
        first, again = scorer.decoy(seed, probe), scorer.decoy(seed, probe)
        assert not first.accepted
        assert first == again


def test_ranking_puts_the_speaker_first_and_strangers_below_the_line() -> None:
    world = World(channel=0.8)
    people = world.people(20)
    scorer = scorer_of(world, people)
    for user_id in people:
        ranked = list(scorer.rank(world.heard(user_id)))
        assert len(ranked) == len(people)
        assert ranked[0][0] == user_id
        assert ranked[0][1].accepted
        # Searched among many, a score must be higher than for one claim.
        claim = scorer.compare(user_id, people[user_id], world.heard(user_id))
        assert ranked[0][1].value < claim.value + 0.2
    found = [next(scorer.rank(world.heard(f"s{each}")))[1].accepted for each in range(100)]
    assert np.mean(found) <= 0.05


def test_takes_of_one_person_agree_and_those_of_two_do_not() -> None:
    world = World(channel=0.5)
    scorer = scorer_of(world, world.people(8))
    own = scorer.agreement([world.heard("new") for _ in range(3)])
    assert own.consistent
    mixed = scorer.agreement([world.heard("new"), world.heard("new"), world.heard("other")])
    assert not mixed.consistent
    assert mixed.weakest == 2
    assert mixed.without(2).consistent
    assert scorer.agreement([world.heard("new")]).consistent


def test_a_voice_enrolled_twice_is_found_and_another_is_not() -> None:
    world = World(channel=0.8)
    people = world.people(20)
    scorer = scorer_of(world, people)
    found = scorer.alike(world.voice("p07"), "new")
    assert [each for each, score in found if score.accepted] == ["p07"]
    assert "p07" not in [each for each, _ in scorer.alike(world.voice("p07"), "p07")]
    warned = [
        any(score.accepted for _, score in scorer.alike(world.voice(f"n{each}"), "new"))
        for each in range(40)
    ]
    assert np.mean(warned) <= 0.1


def test_what_was_learned_lifts_a_score_within_its_bound() -> None:
    world = World()
    people = world.people(5)
    policy = AdaptationPolicy()
    plain = scorer_of(world, people)
    learning = SiteScorer(CALIBRATIONS, people, world.bundled, 100, policy)
    takes = [world.heard("p00", noise=0.3) for _ in range(3)]
    assert all(learning.learnable("p00", people["p00"], each, policy) for each in takes)
    learned = {m: [each.by(m) for each in takes] for m in MODELS}
    for number in range(30):
        probe = world.heard("p00" if number % 2 else f"s{number}", noise=1.5)
        before = plain.compare("p00", people["p00"], probe).value
        after = learning.compare("p00", people["p00"], probe, learned).value  # type: ignore[arg-type]
        assert before <= after <= before + policy.lift + 1e-9


def test_with_nobody_enrolled_there_is_a_scorer_all_the_same() -> None:
    world = World()
    scorer = scorer_of(world, {})
    assert list(scorer.rank(world.heard("x"))) == []
    assert scorer.alike(world.voice("x"), "x") == []
    assert scorer.agreement([world.heard("x"), world.heard("x")]).consistent
