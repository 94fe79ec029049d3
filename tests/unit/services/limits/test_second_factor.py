"""PINs and badges beside the voice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.acting import VISITOR, Actor, Role, acting_as
from kiosk.core.errors import InvalidInput, NotPermitted, UnknownUser
from kiosk.core.limits.second_factor import Factor, FactorKind, FactorRule
from kiosk.core.people.users import Person
from kiosk.core.policies import VerificationPolicy
from kiosk.core.visit.outcomes import NotVerified, Verified
from kiosk.services.limits.second_factor import RULE
from tests.fakes.pins import FastPinHasher
from tests.unit.services.kit import ANNA, BOB, CARLA, Kit, speech

if TYPE_CHECKING:
    from kiosk.core.visit.outcomes import VerifyOutcome

PIN, BADGE = FactorKind.PIN, FactorKind.BADGE
NUMBER = "04A2B3C4"


def kit_with(rule: FactorRule) -> Kit:
    made = Kit(policy=replace(VerificationPolicy(), second_factor=rule))
    for user_id, who in (("anna", ANNA), ("bob", BOB)):
        made.enroll(user_id, who)
    made.activity.lines.clear()
    return made


@pytest.fixture
def kit() -> Kit:
    return kit_with(FactorRule.OPTIONAL)


def tried(kit: Kit, *shown: Factor, who: float = ANNA, user_id: str = "anna") -> VerifyOutcome:
    return kit.verify(user_id, speech(who), shown=shown)


def test_only_hashes_are_stored(kit: Kit) -> None:
    kit.trying.factors.set_pin("anna", "482913")
    kit.trying.factors.set_badge("anna", NUMBER)
    stored = str(kit.database.state.second_factors)
    assert "482913" not in stored
    assert NUMBER not in stored
    assert kit.activity.lines == ["PIN of anna set", "Badge of anna set"]
    assert kit.trying.factors.holders() == {"anna": (BADGE, PIN)}


def test_a_verification_says_that_a_factor_was_right(kit: Kit) -> None:
    kit.trying.factors.set_pin("anna", "482913")
    kit.trying.factors.set_badge("anna", NUMBER)
    for shown in (Factor("482913", PIN), Factor("482913"), Factor(f" {NUMBER}", BADGE)):
        outcome = tried(kit, shown)
        assert isinstance(outcome, Verified)
        assert outcome.second_factor
    both = tried(kit, Factor("000999", PIN), Factor(NUMBER, BADGE))
    assert isinstance(both, Verified)


@pytest.mark.parametrize(
    "shown", [(), (Factor("999111"),), (Factor("482913", BADGE),), (Factor(""),)]
)
def test_a_wrong_one_counts_as_a_failure_like_any_other(kit: Kit, shown: tuple[Factor]) -> None:
    kit.trying.factors.set_pin("anna", "482913")
    outcome = tried(kit, *shown)
    assert isinstance(outcome, NotVerified)
    assert (outcome.factor_asked, outcome.factor_wrong, outcome.tries_left) == (True, True, 4)
    assert kit.people.attempts("anna")[0].reasons == ("second_factor",)


def test_a_right_one_does_not_replace_the_voice(kit: Kit) -> None:
    kit.trying.factors.set_pin("anna", "482913")
    outcome = tried(kit, Factor("482913"), who=BOB)
    assert isinstance(outcome, NotVerified)
    assert (outcome.factor_asked, outcome.factor_wrong) == (True, False)


def test_somebody_elses_is_not_right(kit: Kit) -> None:
    kit.trying.factors.set_pin("anna", "482913")
    kit.trying.factors.set_badge("bob", NUMBER)
    assert isinstance(tried(kit, Factor(NUMBER)), NotVerified)


@pytest.mark.parametrize(
    ("rule", "verified"),
    [(FactorRule.NONE, True), (FactorRule.OPTIONAL, True), (FactorRule.REQUIRED, False)],
)
def test_who_has_none_depends_on_the_rule(rule: FactorRule, verified: bool) -> None:
    outcome = tried(kit_with(rule))
    assert isinstance(outcome, Verified) is verified
    assert not isinstance(outcome, Verified) or not outcome.second_factor


def test_where_nothing_is_asked_nothing_is_looked_at() -> None:
    kit = kit_with(FactorRule.NONE)
    kit.trying.factors.set_pin("anna", "482913")
    outcome = tried(kit, Factor("999111"))
    assert isinstance(outcome, Verified)
    assert not outcome.second_factor
    kit.trying.factors.require_shown(())


def test_a_pin_is_hashed_for_whoever_has_none_too(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    matches = FastPinHasher.matches

    def counting(self: FastPinHasher, hashed: str, pin: str) -> bool:
        compared.append(hashed)
        return matches(self, hashed, pin)

    monkeypatch.setattr(FastPinHasher, "matches", counting)
    kit.trying.factors.set_pin("anna", "482913")
    for user_id in ("anna", "bob", "nobody"):
        kit.verify(user_id, speech(BOB), shown=(Factor("999111"),), blind=True)
    assert len(compared) == 3


def test_a_badge_has_one_owner_and_is_nobodys_id(kit: Kit) -> None:
    factors = kit.trying.factors
    factors.set_badge("anna", NUMBER)
    factors.set_badge("anna", NUMBER)
    with pytest.raises(InvalidInput, match="badge of anna"):
        factors.set_badge("bob", NUMBER)
    kit.enroll("bob-100", CARLA)
    with pytest.raises(InvalidInput, match="already an ID"):
        factors.set_badge("bob", "bob-100")


def test_removing(kit: Kit) -> None:
    factors = kit.trying.factors
    factors.set_pin("anna", "482913")
    assert factors.remove("anna", PIN)
    assert not factors.remove("anna", PIN)
    assert kit.activity.lines[-1] == "PIN of anna removed"
    with pytest.raises(UnknownUser):
        factors.remove("nobody", PIN)
    with pytest.raises(UnknownUser):
        factors.set_pin("nobody", "482913")


def test_visitors_set_nothing(kit: Kit) -> None:
    factors = kit.trying.factors
    with acting_as(VISITOR):
        for refused in (
            lambda: factors.set_pin("anna", "482913"),
            lambda: factors.set_badge("anna", NUMBER),
            lambda: factors.remove("anna", PIN),
        ):
            with pytest.raises(NotPermitted):
                refused()


# --- claims ----------------------------------------------------------------------------------


def test_a_badge_or_an_id_claims_and_an_id_comes_first(kit: Kit) -> None:
    kit.trying.factors.set_badge("anna", NUMBER)
    by_badge, by_id = kit.verify.admit(f"{NUMBER}\n"), kit.verify.admit(" bob ")
    assert (by_badge.user_id, by_badge.shown) == ("anna", (Factor(NUMBER, BADGE),))
    assert (by_id.user_id, by_id.shown) == ("bob", ())
    assert by_badge.asks
    with kit.database() as work:  # of an earlier version, which let somebody have that ID
        work.people.add(Person(NUMBER, "", kit.clock.now()))
        work.commit()
    assert kit.verify.admit(NUMBER).user_id == NUMBER


def test_what_nobody_has_is_admitted_too(kit: Kit) -> None:
    assert kit.verify.admit("nobody").user_id == "nobody"
    badge = kit.verify.admit("%B99?;1 ".strip() + "23")
    assert badge.user_id.startswith("badge:")
    with pytest.raises(InvalidInput):
        kit.verify.admit("an na")


def test_a_blind_try_does_the_same_for_whoever_cannot_be_compared(kit: Kit) -> None:
    kit.people.set_enabled("bob", enabled=False)
    for user_id in ("nobody", "bob"):
        outcome = kit.verify(user_id, speech(BOB), blind=True)
        assert isinstance(outcome, NotVerified)
        assert not outcome.compared
        assert -1 < outcome.score < outcome.threshold
        with kit.database() as work:
            pseudonym = kit.trying.attempts.pseudonym(user_id)
            (stored,) = work.people.attempts(pseudonym if user_id == "nobody" else user_id)
        # Records tell what was, and no score that nobody had.
        assert (stored.score, stored.reasons) == (None, ("nobody_to_compare",))


def test_who_acts_decides_whether_a_try_is_blind(kit: Kit) -> None:
    with pytest.raises(UnknownUser):
        kit.verify("nobody", speech(ANNA))
    with acting_as(VISITOR):
        assert isinstance(kit.verify("nobody", speech(ANNA)), NotVerified)


def test_the_stand_in_may_be_erased_at_any_time(kit: Kit) -> None:
    for _ in range(2):
        assert isinstance(kit.verify("nobody", speech(ANNA), blind=True), NotVerified)
    with kit.database() as work:
        work.people.remove_all()
        work.commit()
    for _ in range(2):
        assert isinstance(kit.verify("nobody", speech(ANNA), blind=True), NotVerified)


# --- what is asked for -------------------------------------------------------------------------


@pytest.mark.parametrize("configured", list(FactorRule))
@pytest.mark.parametrize("wanted", list(FactorRule))
def test_the_stricter_of_configuration_and_preference_holds(
    configured: FactorRule, wanted: FactorRule
) -> None:
    kit = kit_with(configured)
    kit.trying.factors.set_rule(wanted)
    rules = list(FactorRule)
    stricter = max(configured, wanted, key=rules.index)
    assert kit.trying.factors.rule is stricter
    # As another process finds it.
    elsewhere = kit.tries(kit.database).factors
    assert elsewhere.in_force() is stricter


def test_a_rule_that_was_set_elsewhere_holds_for_the_next_try() -> None:
    kit = kit_with(FactorRule.NONE)
    assert isinstance(tried(kit), Verified)
    kit.tries(kit.database).factors.set_rule(FactorRule.REQUIRED)
    assert kit.verify.admit("anna").asks
    assert isinstance(tried(kit), NotVerified)
    kit.trying.factors.set_pin("anna", "482913")
    assert isinstance(tried(kit, Factor("482913")), Verified)


def test_a_rule_that_cannot_be_read_is_the_strictest() -> None:
    kit = kit_with(FactorRule.NONE)
    kit.preferences.set(RULE, "perhaps")
    assert kit.trying.factors.in_force() is FactorRule.REQUIRED


def test_only_administrators_set_the_rule(kit: Kit) -> None:
    for actor in (VISITOR, Actor("operator:eva", Role.OPERATOR)):
        with acting_as(actor), pytest.raises(NotPermitted):
            kit.trying.factors.set_rule(FactorRule.REQUIRED)
    assert kit.trying.factors.in_force() is FactorRule.OPTIONAL
