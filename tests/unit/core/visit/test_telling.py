"""Who is told which score, for every kind of decision and everybody who may ask."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.core.accounts.acting import SYSTEM, VISITOR, Actor, Role
from kiosk.core.accounts.credentials import Right
from kiosk.core.accounts.roles import carried_by, program
from kiosk.core.hearing.quality import QualityReport, Reason
from kiosk.core.limits.attempts import Lock, LockReason
from kiosk.core.visit.outcomes import (
    Basis,
    Candidate,
    Identification,
    Inconclusive,
    Locked,
    NotVerified,
    Verified,
)
from kiosk.core.visit.telling import ScoreDisplay, candidates_visible_to, visible_to

QUALITY = QualityReport(4.0, 3.0, 0.9, 30.0, 0.0, -20.0, 3400.0, 0)
BASIS = Basis("site:one", {"one": 0.5}, 1.5, 1000)
VERIFIED = Verified("anna", 0.5, 0.25, "one", QUALITY, basis=BASIS)
REJECTED = NotVerified("anna", 0.1, 0.25, "one", QUALITY, basis=BASIS)
WITH_FACTOR = replace(REJECTED, factor_asked=True)
WRONG_FACTOR = replace(WITH_FACTOR, factor_wrong=True)
OF_NOBODY = replace(REJECTED, compared=False)

CONSOLE = Actor("console:root", Role.ADMINISTRATOR)
OPERATOR = Actor("operator:olga", Role.OPERATOR)
DOOR = program("door", carried_by([Right.VERIFY]), [Right.VERIFY])
DESK = program("desk", carried_by([Right.ADMIN]), [Right.ADMIN])
NEVER, ALWAYS = ScoreDisplay.NEVER, ScoreDisplay.ALWAYS


@pytest.mark.parametrize(
    ("outcome", "seen_by"),
    [
        (VERIFIED, "console operator system door desk visitor always"),
        (REJECTED, "console operator system desk always"),
        (WITH_FACTOR, "console operator system"),
        (WRONG_FACTOR, "console operator system"),
        (OF_NOBODY, "desk always"),
    ],
    ids=["verified", "rejected", "with_factor", "wrong_factor", "of_nobody"],
)
def test_who_sees_the_score(outcome: Verified | NotVerified, seen_by: str) -> None:
    told = {
        "console": visible_to(outcome, CONSOLE),
        "operator": visible_to(outcome, OPERATOR),
        "system": visible_to(outcome, SYSTEM),
        "door": visible_to(outcome, DOOR),
        "desk": visible_to(outcome, DESK),
        "visitor": visible_to(outcome, VISITOR),
        "never": visible_to(outcome, VISITOR, NEVER),
        "always": visible_to(outcome, VISITOR, ALWAYS),
    }
    assert {who for who, each in told.items() if each.score is not None} == set(seen_by.split())
    for each in told.values():
        assert each.score in (None, outcome.score)
        assert each.basis == (None if each.score is None else BASIS)
        assert (each.outcome, each.threshold, each.quality) == (outcome.name, 0.25, QUALITY)


def test_only_operators_and_records_learn_that_the_second_factor_was_wrong() -> None:
    assert visible_to(WRONG_FACTOR, OPERATOR).reasons == ("second_factor",)
    assert visible_to(WRONG_FACTOR, SYSTEM).reasons == ("second_factor",)
    for actor in (VISITOR, DOOR, DESK):
        assert visible_to(WRONG_FACTOR, actor, ALWAYS) == visible_to(WITH_FACTOR, actor, ALWAYS)


@pytest.mark.parametrize("actor", [VISITOR, DOOR, DESK, OPERATOR, SYSTEM])
def test_everybody_learns_what_to_do_next(actor: Actor) -> None:
    lock = Lock(LockReason.FAILURES, 29.2)
    refused = (Reason.TOO_SHORT, Reason.NOISY)
    unclear = visible_to(Inconclusive("anna", refused, 0.25, "one", QUALITY, lock=lock), actor)
    assert unclear.reasons == ("too_short", "noisy")
    assert (unclear.refused, unclear.score, unclear.retry_after_s) == (refused, None, 30)
    locked = visible_to(Locked("anna", lock, "one"), actor)
    assert (locked.reasons, locked.retry_after_s) == ((lock.reason.value,), 30)
    assert (locked.threshold, locked.measured, locked.notices) == (None, None, [])
    assert visible_to(replace(REJECTED, lock=lock), actor).retry_after_s == 30
    assert visible_to(VERIFIED, actor).notices == ["narrow_band"]


def test_candidates_are_for_who_may_list_people_and_never_half_of_two_factors() -> None:
    people = (Candidate("anna", "Anna", 0.5), Candidate("bob", "Bob", 0.1))
    found = Identification(people, 0.4, 0.25, "one", QUALITY, identified=True)
    half = replace(found, identified=False, factor_asked=True, factor_wrong=True)
    for actor in (OPERATOR, CONSOLE, SYSTEM):
        assert candidates_visible_to(found, actor) == found
        assert candidates_visible_to(half, actor) == half
    assert candidates_visible_to(found, DESK) == found
    assert candidates_visible_to(half, DESK) == half.outcome_only()
    for actor in (DOOR, VISITOR):
        assert candidates_visible_to(found, actor) == found.outcome_only()
