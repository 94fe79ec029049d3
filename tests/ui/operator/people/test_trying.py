"""Unlocking a person, and their PIN or badge, on the People page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.core.accounts.acting import VISITOR, acting_as
from kiosk.core.hearing.audio import AudioClip
from kiosk.core.hearing.speech import find_speech
from kiosk.core.limits.second_factor import FactorKind
from kiosk.core.visit.outcomes import NotVerified
from kiosk.ui.operator.people.model import Column
from tests.ui.operator.people.test_people import cell
from tests.ui.sound import LevelDetector, utterance

if TYPE_CHECKING:
    from kiosk.ui.operator.people.page import PeoplePage
    from tests.ui.operator.desk import Desk

ALICE, MALLORY = 2, 5


@pytest.fixture
def page(desk: Desk) -> PeoplePage:
    desk.kit.enroll("alice", ALICE, "Alice")
    return desk.open_people(1)


def fail(desk: Desk, times: int) -> None:
    kit = desk.kit
    for _ in range(times):
        speech = find_speech(AudioClip(utterance(MALLORY, 3.0)), LevelDetector())
        with acting_as(VISITOR):
            assert isinstance(kit.kiosk.verify("alice", speech, blind=True), NotVerified)
        if times > 5:
            kit.uptime.advance(3_600)


def locked(desk: Desk, page: PeoplePage, failures: int) -> None:
    fail(desk, failures)
    page.presenter.reload()
    desk.wait(lambda: cell(desk, 0, Column.STATE) == "Locked")
    page.select("alice")
    desk.click("people.unlock")


def test_who_is_not_locked_cannot_be_unlocked(desk: Desk, page: PeoplePage) -> None:
    page.select("alice")
    assert not desk.shown("people.unlock")


def test_a_wait_is_ended_without_anything_being_checked(desk: Desk, page: PeoplePage) -> None:
    locked(desk, page, 5)
    desk.click("people.unlock_dialog.confirm")
    desk.wait(lambda: cell(desk, 0, Column.STATE) == "Ready")
    assert desk.kit.activity.lines[-1] == "Unlocked alice (wait ended)"


def test_after_fifty_failures_another_factor_must_be_named(desk: Desk, page: PeoplePage) -> None:
    locked(desk, page, 50)
    assert not desk.enabled("people.unlock_dialog.confirm")
    desk.line("people.unlock_checked").setText("passport")
    desk.click("people.unlock_dialog.confirm")
    desk.wait(lambda: cell(desk, 0, Column.STATE) == "Ready")
    assert desk.kit.activity.lines[-1] == "Unlocked alice (checked: passport)"


def kinds(desk: Desk) -> tuple[FactorKind, ...]:
    return desk.kit.kiosk.second_factors.kinds("alice")


def test_a_pin_is_set_and_removed(desk: Desk, page: PeoplePage) -> None:
    page.select("alice")
    desk.click("people.factor")
    desk.line("people.new_pin").setText("1234")
    desk.click("people.factor_dialog.confirm")
    assert kinds(desk) == ()
    desk.line("people.new_pin").setText("482913")
    desk.click("people.factor_dialog.confirm")
    desk.wait(lambda: kinds(desk) == (FactorKind.PIN,))
    row = page.selected()
    assert row is not None
    desk.wait(lambda: page.selected() is not None and page.selected().factors)  # type: ignore[union-attr]
    desk.click("people.factor")
    desk.click("people.factor_dialog.remove_pin")
    desk.wait(lambda: kinds(desk) == ())


def test_a_badge_is_read_into_its_field(desk: Desk, page: PeoplePage) -> None:
    page.select("alice")
    desk.click("people.factor")
    desk.line("people.new_badge").setText("04A2B3C4")
    desk.click("people.factor_dialog.confirm")
    desk.wait(lambda: kinds(desk) == (FactorKind.BADGE,))
