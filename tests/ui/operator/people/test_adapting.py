"""Voiceprints that follow their people: rolled back on People, switched on Preferences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtTest import QSignalSpy

from kiosk.core.accounts.acting import Actor, Role
from kiosk.core.errors import DiskFull, NotPermitted
from kiosk.core.voice.embedding import Embedding
from kiosk.ui.accessibility import OPERATOR_TARGET, audit
from kiosk.ui.operator.preferences.adapting import AdaptingCard
from tests.ui.support import dispose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QCheckBox

    from tests.ui.operator.desk import Desk


def learn(desk: Desk, user_id: str, takes: int) -> None:
    with desk.kit.database() as work:
        model_id = desk.kit.encoder.card.model_id
        voiceprint = work.people.voiceprint(user_id, model_id)
        assert voiceprint is not None
        for _ in range(takes):
            made = Embedding(voiceprint.takes[0].vector, model_id)
            work.adapted.add(user_id, made, desk.kit.clock.now(), 3)
        work.commit()


def test_a_person_is_rolled_back(desk: Desk) -> None:
    desk.kit.enroll("1001", speaker=1, name="Ada")
    desk.kit.enroll("1002", speaker=2)
    learn(desk, "1001", 2)
    page = desk.open_people(2)
    page.select("1002")
    assert not desk.shown("people.rollback")
    page.select("1001")
    assert desk.shown("people.rollback")
    desk.click("people.show")
    desk.wait(lambda: desk.shown("people.detail"))
    detail = page._detail
    assert detail is not None
    assert "3, and 2 added later" in detail._facts["takes"].text()
    desk.click("person.rollback")
    assert audit(desk.find("people.rollback_dialog"), target=OPERATOR_TARGET) == []
    desk.click("people.rollback_dialog.cancel")
    assert desk.kit.kiosk.adapting.counts() == {"1001": 2}
    desk.click("person.rollback")
    desk.click("people.rollback_dialog.confirm")
    desk.wait(lambda: not desk.kit.kiosk.adapting.counts())
    desk.wait(lambda: not desk.shown("person.rollback"))
    desk.wait(lambda: detail._facts["takes"].text() == "3")


@pytest.fixture
def card(desk: Desk) -> Iterator[AdaptingCard]:
    made = AdaptingCard(desk.stage.ui)
    desk.stage.theme.dress(made, "operator")
    made.show()
    yield made
    dispose(made)


def box(card: AdaptingCard) -> QCheckBox:
    return card._on.box


def test_it_is_off_until_an_administrator_switches_it_on(desk: Desk, card: AdaptingCard) -> None:
    adapting = desk.kit.kiosk.adapting
    card.reload()
    assert not box(card).isChecked()
    desk.stage.recognition.actor = Actor("operator:root", Role.ADMINISTRATOR)
    box(card).click()
    desk.wait(lambda: adapting.on)
    card.reload()
    desk.wait(lambda: box(card).isChecked())
    box(card).click()
    desk.wait(lambda: not adapting.on)


@pytest.mark.parametrize("fault", [NotPermitted, DiskFull])
def test_what_could_not_be_switched_is_shown_as_it_is(
    desk: Desk, card: AdaptingCard, fault: type[Exception]
) -> None:
    failures = QSignalSpy(card.failed)
    if fault is NotPermitted:
        desk.stage.recognition.actor = Actor("operator:eva", Role.OPERATOR)
    else:
        desk.kit.database.commit_error = DiskFull("No space is left.")
    box(card).click()
    desk.wait(lambda: failures.count() == 1)
    assert isinstance(failures.at(0)[0], fault)
    desk.wait(lambda: not box(card).isChecked())
    assert not desk.kit.kiosk.adapting.on


def test_the_card_says_what_the_bounds_are(card: AdaptingCard) -> None:
    assert audit(card, target=OPERATOR_TARGET) == []
