"""What a threshold means is measured on the people enrolled and on those of the voice model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.core.accounts.acting import VISITOR, Actor, Role, acting_as
from kiosk.core.errors import NotPermitted
from kiosk.core.voice.duplicates import DuplicateDecision
from kiosk.services.measuring.false_accepts import FalseAccepts
from tests.unit.services.kit import ANNA, BOB, CARLA, Kit

if TYPE_CHECKING:
    from kiosk.core.measuring.false_accepts import StrangerTest

_ANYBODY = DuplicateDecision("for this test")


@pytest.fixture
def kit() -> Kit:
    return Kit()


def measured(kit: Kit) -> StrangerTest:
    return FalseAccepts(kit.database, kit.engine).measure()


def rate(test: StrangerTest, threshold: float) -> float:
    found = test.at(threshold)
    assert found is not None
    return found.rate


def test_everybody_is_a_stranger_to_everybody_else(kit: Kit) -> None:
    # cos 1.5 = 0.07, and of 0.5 it is 0.88.
    for user_id, voice in (("anna", ANNA), ("bob", BOB), ("ben", BOB + 0.5)):
        kit.enrolling.save(user_id, "", kit.takes(voice), consent=True, decision=_ANYBODY)
    test = measured(kit)
    assert (test.of_model, test.people, test.strangers) == (0, 3, 3)
    # Bob is accepted as one of two others, and so is Ben.
    assert rate(test, 0.5) == pytest.approx((0.5 + 0.5) / 3)
    assert rate(test, 0.9) == 0.0
    assert rate(test, 0.01) == pytest.approx(2 / 3)


def test_those_who_come_with_the_model_are_strangers_to_everybody(kit: Kit) -> None:
    kit.enroll("anna", ANNA)
    kit.enroll("bob", BOB)
    angles = np.array([ANNA, ANNA, CARLA, CARLA])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    kit.shelf.cohorts["model-1"] = rows
    kit.engine.load("model-1")
    test = measured(kit)
    assert (test.of_model, test.people, test.strangers) == (4, 2, 6)
    # Two of six are accepted, as Anna and not as Bob.
    assert rate(test, 0.5) == pytest.approx((0.5 + 0.5) / 6)


def test_whoever_is_disabled_can_be_claimed_by_nobody(kit: Kit) -> None:
    kit.enroll("anna", ANNA)
    kit.enroll("bob", BOB)
    kit.people.set_enabled("bob", enabled=False)
    assert measured(kit).people == 1


def test_adaptation_is_counted_while_it_is_on(kit: Kit) -> None:
    kit.enroll("anna", ANNA)
    assert measured(kit).lift == 0.0
    kit.adapting.switch(on=True)
    assert measured(kit).lift == 0.05


def test_of_very_many_people_some_are_compared(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        takes = kit.takes(0.1 * number)
        kit.enrolling.save(f"{number}", "", takes, consent=True, decision=_ANYBODY)
    monkeypatch.setattr("kiosk.services.measuring.false_accepts._MOST", 3)
    monkeypatch.setattr("kiosk.services.measuring.false_accepts._AT_ONCE", 2)
    assert measured(kit).people == 3


def test_nobody_is_enrolled(kit: Kit) -> None:
    assert measured(kit).strangers == 0


def test_only_administrators_measure(kit: Kit) -> None:
    for actor in (VISITOR, Actor("operator:eva", Role.OPERATOR)):
        with acting_as(actor), pytest.raises(NotPermitted):
            measured(kit)
