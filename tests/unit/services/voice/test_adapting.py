"""A voiceprint follows its person after a verification beyond doubt, and only where it is on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kiosk.core.accounts.acting import VISITOR, Actor, Role, acting_as
from kiosk.core.errors import DatabaseCorrupt, NotPermitted, UnknownUser
from kiosk.core.hearing.quality import measure
from kiosk.core.limits.second_factor import Factor, FactorKind, FactorRule
from kiosk.core.policies import VerificationPolicy
from kiosk.core.records.audit import AuditAction, AuditQuery
from kiosk.core.visit.outcomes import Verified
from kiosk.core.voice.adaptation import NotLearned
from kiosk.core.voice.embedding import Embedding
from kiosk.core.voice.heard import Heard, Voice
from kiosk.services.voice.adapting import POLICY, learn
from tests.fakes.storage import InMemoryPeople
from tests.unit.services.kit import ANNA, BOB, CARLA, Kit, speech

if TYPE_CHECKING:
    from kiosk.core.visit.outcomes import VerifyOutcome

PIN = "58204"
CHANGED = 0.8
"""Anna's voice years later: score 0.70 against the enrolled takes, above threshold and margin."""
BEYOND = 1.07
"""Later still: 0.48, below the threshold."""
FAR = 1.2
"""So far that no lift helps: 0.36."""


@pytest.fixture
def kit() -> Kit:
    made = Kit(policy=VerificationPolicy(second_factor=FactorRule.OPTIONAL))
    made.enroll("anna", ANNA)
    made.trying.factors.set_pin("anna", PIN)
    made.adapting.switch(on=True)
    return made


def verify(kit: Kit, who: float, seed: int = 1, **more: Any) -> VerifyOutcome:
    shown = (Factor(PIN, FactorKind.PIN),)
    return kit.verify("anna", speech(who, seed=seed, **more), shown=shown)


def follow(kit: Kit, times: int = 3) -> None:
    for seed in range(times):
        outcome = verify(kit, CHANGED, seed)
        assert isinstance(outcome, Verified)
        assert outcome.second_factor


def learned(kit: Kit) -> int:
    return kit.adapting.counts().get("anna", 0)


def recorded(kit: Kit, action: AuditAction) -> list[dict[str, Any]]:
    with kit.database() as work:
        return [each.details for each in work.audit.find(AuditQuery(actions=(action.value,)))]


def test_a_voice_that_has_changed_is_followed(kit: Kit) -> None:
    assert verify(kit, BEYOND).name == "not_verified"
    follow(kit)
    outcome = verify(kit, BEYOND)
    assert outcome.name == "verified"
    assert outcome.score == pytest.approx(np.cos(BEYOND) + POLICY.lift, abs=0.01)
    assert verify(kit, FAR).name == "not_verified"
    assert verify(kit, ANNA).score == pytest.approx(1.0)


def test_the_last_ones_are_kept_and_enrolled_takes_stay(kit: Kit) -> None:
    with kit.database() as work:
        before = work.people.voiceprint("anna", "model-1")
    follow(kit, 5)
    assert learned(kit) == POLICY.keep
    with kit.database() as work:
        after = work.people.voiceprint("anna", "model-1")
        positions = [take.position for take in work.adapted.of("anna", "model-1")]
    assert positions == [2, 3, 4]
    assert before is not None
    assert after is not None
    assert [take.vector.tolist() for take in after.takes] == [
        take.vector.tolist() for take in before.takes
    ]


def test_whoever_was_enrolled_with_one_take_keeps_one() -> None:
    kit = Kit(policy=VerificationPolicy(second_factor=FactorRule.OPTIONAL))
    kit.enrolling.save("anna", "", kit.takes(ANNA, 1), consent=True)
    kit.trying.factors.set_pin("anna", PIN)
    kit.adapting.switch(on=True)
    follow(kit)
    assert learned(kit) == 1


def test_it_is_off_by_default(kit: Kit) -> None:
    assert not Kit().adapting.on
    kit.adapting.switch(on=False)
    follow(kit)
    assert learned(kit) == 0


def test_switched_off_what_was_learned_does_not_count_and_is_kept(kit: Kit) -> None:
    follow(kit)
    kit.adapting.switch(on=False)
    assert verify(kit, BEYOND).name == "not_verified"
    assert learned(kit) == 3
    kit.adapting.switch(on=True)
    assert verify(kit, BEYOND).name == "verified"


def test_without_the_second_factor_nothing_is_learned(kit: Kit) -> None:
    other = Kit()
    other.enroll("anna", ANNA)
    other.adapting.switch(on=True)
    assert other.verify("anna", speech(CHANGED)).name == "verified"
    assert other.adapting.counts() == {}
    wrong = kit.verify("anna", speech(CHANGED), shown=(Factor("00000", FactorKind.PIN),))
    assert wrong.name == "not_verified"
    assert learned(kit) == 0


@pytest.mark.parametrize(
    ("who", "more"),
    [(1.0, {}), (CHANGED, {"seconds": 2.5}), (CHANGED, {"background": 0.05})],
    ids=["near the threshold", "short", "noisy"],
)
def test_what_is_good_enough_to_be_verified_may_not_be_good_enough_to_be_learned(
    kit: Kit, who: float, more: dict[str, Any]
) -> None:
    assert verify(kit, who, **more).name == "verified"
    assert learned(kit) == 0


def test_a_take_like_somebody_elses_voice_is_not_learned(kit: Kit) -> None:
    kit.enroll("bob", BOB)
    assert verify(kit, CHANGED).name == "verified"
    assert learned(kit) == 0
    # Bob is suspended, and still somebody else.
    kit.people.set_enabled("bob", enabled=False)
    assert verify(kit, CHANGED).name == "verified"
    assert learned(kit) == 0
    kit.people.remove("bob")
    kit.enroll("carla", CARLA)
    follow(kit)
    assert learned(kit) == 3


def test_somebody_elses_damaged_voiceprint_turns_nobody_away(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> None:
        raise DatabaseCorrupt("The voiceprint of bob cannot be read.")

    kit.enroll("bob", BOB)
    kit.scoring.forget()
    monkeypatch.setattr(InMemoryPeople, "voiceprints", damaged)
    assert verify(kit, CHANGED).name == "verified"
    assert learned(kit) == 0


def test_an_impostor_is_let_in_no_sooner_after_fifty_tries(kit: Kit) -> None:
    """Whoever stays below the threshold moves nothing, with the right PIN in every try."""
    follow(kit)
    with kit.database() as work:
        before = [take.embedding.vector.tolist() for take in work.adapted.of("anna", "model-1")]
        voiceprint = work.people.voiceprint("anna", "model-1")
        assert voiceprint is not None
        impostor = np.arccos(0.5 - 0.051)
        for turn in range(50):
            angle = impostor + 0.3 * turn / 50
            probe = Embedding.of(np.array([np.cos(angle), np.sin(angle)]), "model-1")
            claimed = Verified("anna", 1.0, 0.5, "model-1", measure(speech()), second_factor=True)
            refused = learn(
                work,
                kit.scoring.current(work),
                claimed,
                Voice((voiceprint,)),
                Heard((probe,)),
                at=kit.clock.now(),
                readable=kit.scoring.require_readable,
            )
            assert refused is NotLearned.MARGIN
        work.commit()
    assert verify(kit, float(impostor)).name == "not_verified"
    with kit.database() as work:
        after = [take.embedding.vector.tolist() for take in work.adapted.of("anna", "model-1")]
    assert after == before


def test_a_rollback_returns_to_the_enrolled_takes(kit: Kit) -> None:
    follow(kit)
    assert kit.adapting.roll_back("anna") == 3
    assert learned(kit) == 0
    assert verify(kit, BEYOND).name == "not_verified"
    assert kit.activity.lines[-2:][0] == "Rolled back anna to the enrolled takes (3 forgotten)"
    assert kit.adapting.roll_back("anna") == 0
    with pytest.raises(UnknownUser):
        kit.adapting.roll_back("nobody")


def test_re_enrolling_forgets_what_was_learned(kit: Kit) -> None:
    follow(kit)
    kit.enroll("anna", ANNA, replacing=True)
    assert learned(kit) == 0


def test_searched_among_many_nobody_is_lifted(kit: Kit) -> None:
    follow(kit)
    (candidate,) = kit.identify(speech(BEYOND)).candidates
    assert candidate.score == pytest.approx(np.cos(BEYOND), abs=0.01)


def test_what_is_learned_and_forgotten_is_recorded(kit: Kit) -> None:
    enrolled = present_ids(kit)
    follow(kit, 1)
    (details,) = recorded(kit, AuditAction.ADAPTED)
    assert details["score"] == pytest.approx(np.cos(CHANGED), abs=0.01)
    assert (details["threshold"], details["model_id"], details["takes"]) == (0.5, "model-1", 1)
    adapted = present_ids(kit)
    assert (details["replaced"], details["voiceprint"]) == (enrolled, adapted)
    kit.adapting.roll_back("anna")
    (rolled_back,) = recorded(kit, AuditAction.ROLLED_BACK)
    assert rolled_back == {"takes": 1, "replaced": adapted, "voiceprint": present_ids(kit)}
    assert rolled_back["voiceprint"] != adapted


def present_ids(kit: Kit) -> list[str]:
    with kit.database() as work:
        return list(work.people.enrollment_ids("anna"))


def test_what_is_verified_and_learned_is_stored_together_or_not_at_all(kit: Kit) -> None:
    kit.database.commit_error = DatabaseCorrupt("It is broken.")
    with pytest.raises(DatabaseCorrupt):
        verify(kit, CHANGED)
    kit.database.commit_error = None
    assert learned(kit) == 0


def test_who_may_switch_and_roll_back(kit: Kit) -> None:
    operator = Actor("operator:eva", Role.OPERATOR)
    for actor in (VISITOR, operator):
        with acting_as(actor), pytest.raises(NotPermitted):
            kit.adapting.switch(on=False)
    with acting_as(VISITOR), pytest.raises(NotPermitted):
        kit.adapting.roll_back("anna")
    with acting_as(operator):
        kit.adapting.roll_back("anna")
    assert kit.adapting.on


def test_takes_of_another_model_are_not_learned_by_it(kit: Kit) -> None:
    kit.engine.load("model-2")
    kit.enroll("anna", ANNA)
    verify(kit, CHANGED)
    with kit.database() as work:
        assert work.adapted.of("anna", "model-1") == []
        (take,) = work.adapted.of("anna", "model-2")
        assert replace(take, position=0).embedding.model_id == "model-2"
