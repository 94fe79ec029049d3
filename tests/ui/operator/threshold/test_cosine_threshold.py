"""The Threshold page of a voice model that was never calibrated: a cosine score."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from kiosk.core.accounts.acting import Role
from kiosk.core.records.audit import AuditAction, AuditQuery
from tests.fakes.samples import attempt

if TYPE_CHECKING:
    from PySide6.QtWidgets import QComboBox, QWidget

    from kiosk.ui.widgets.hearing.hint_banner import HintBanner
    from tests.ui.operator.desk import Desk


def changes(desk: Desk) -> list[tuple[str | None, object, object]]:
    """Return what was set, from what, to what; the oldest first."""
    with desk.kit.database() as work:
        found = work.audit.find(AuditQuery(actions=(AuditAction.THRESHOLD_CHANGED.value,)))
    return [(each.subject, each.details["old"], each.details["new"]) for each in reversed(found)]


def threshold(desk: Desk) -> float:
    kiosk = desk.kit.kiosk
    return kiosk.preferences.threshold(kiosk.engine.card)


def meaning(desk: Desk) -> str:
    return cast("HintBanner", desk.find("threshold.meaning")).hint


@pytest.fixture
def opened(desk: Desk) -> Desk:
    """Return a desk at the page, of a kiosk with two people and a model with 200 strangers."""
    random = np.random.default_rng(5)
    rows = np.abs(random.standard_normal((200, 8))) * 0.3
    rows[np.arange(200), np.arange(200) % 8] += 1.0
    desk.kit.shelf.strangers = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype("f4")
    desk.kit.kiosk.engine.load(desk.kit.shelf.encoder.card.model_id)  # which reads them
    desk.kit.enroll("1001", speaker=1, name="Ada")
    desk.kit.enroll("1002", speaker=2)
    return desk


def go(desk: Desk) -> None:
    desk.click("nav.threshold")
    desk.wait(lambda: desk.text("threshold.cosine_in_force"))


def test_a_threshold_is_told_by_what_it_means(opened: Desk) -> None:
    go(opened)
    assert opened.text("threshold.cosine_in_force") == "0.500 (model default)"
    assert "claims of 202 impostors" in meaning(opened)
    assert "200 supplied with the voice model, 2 people enrolled here" in meaning(opened)
    assert "With 95 % confidence it is at most 1 impostor in" in meaning(opened)
    assert not opened.enabled("threshold.set")
    line = opened.line("threshold.value")
    line.clear()
    QTest.keyClicks(line, "0.99")
    assert "0.00 % of the claims" in meaning(opened)
    assert "at most 1 impostor in 67" in meaning(opened)  # 3 / 202, the rule of three
    opened.click("threshold.set")
    opened.wait(lambda: threshold(opened) == 0.99)
    opened.wait(lambda: opened.text("threshold.cosine_in_force") == "0.990 (model default: 0.500)")
    ((subject, old, new),) = changes(opened)
    assert (str(subject).startswith("threshold:"), old, new) == (True, None, "0.99")


def test_it_is_found_by_what_it_shall_mean(opened: Desk) -> None:
    go(opened)
    box = cast("QComboBox", opened.find("threshold.bound"))

    def choose(one_in: int) -> None:
        box.setCurrentIndex(box.findData(one_in))
        box.activated.emit(box.currentIndex())

    choose(50)
    value = float(opened.line("threshold.value").text())
    test = opened.kit.kiosk.false_accepts.measure()
    at, below = test.at(value), test.at(value - 0.001)
    assert at is not None
    assert below is not None
    assert at.bound <= 1 / 50 < below.bound
    assert opened.enabled("threshold.set")
    choose(10_000)
    assert not opened.enabled("threshold.set")
    assert "202 impostors are too few to show 1 in 10,000; that takes 29,956" in meaning(opened)


def test_lowering_it_is_asked_about(opened: Desk) -> None:
    go(opened)
    line = opened.line("threshold.value")
    line.clear()
    QTest.keyClicks(line, "0,3")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert "more impostors are accepted" in _words(opened.find("threshold.confirm"))
    opened.click("threshold.confirm.cancel")
    assert threshold(opened) == 0.5
    opened.click("threshold.set")
    opened.click("threshold.confirm.confirm")
    opened.wait(lambda: threshold(opened) == 0.3)
    opened.wait(lambda: opened.enabled("threshold.default"))
    opened.click("threshold.default")
    opened.wait(lambda: threshold(opened) == 0.5)
    opened.wait(lambda: not opened.enabled("threshold.default"))


def test_turning_people_away_is_asked_about(opened: Desk) -> None:
    with opened.kit.database() as work:
        work.people.add_attempt(attempt(1, "1001", score=0.6))
        work.commit()
    go(opened)
    line = opened.line("threshold.value")
    line.clear()
    QTest.keyClicks(line, "0.7")
    QTest.keyClick(line, Qt.Key.Key_Return)
    said = _words(opened.find("threshold.confirm"))
    assert "Turn away 1 person?" in said
    assert "1 of 2 people who can be verified today" in said
    opened.click("threshold.confirm.cancel")
    assert threshold(opened) == 0.5


@pytest.mark.parametrize("typed", ["", "high", "1.0", "-0.2", "nan", "inf"])
def test_what_is_no_threshold_cannot_be_set(opened: Desk, typed: str) -> None:
    go(opened)
    line = opened.line("threshold.value")
    line.clear()
    QTest.keyClicks(line, f"{typed} ")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert not opened.enabled("threshold.set")
    assert threshold(opened) == 0.5


def test_without_anybody_enrolled_nothing_is_claimed(desk: Desk) -> None:
    desk.click("nav.threshold")
    desk.wait(lambda: "Enroll people first" in meaning(desk))


def test_operators_are_told_who_may_see_it(opened: Desk) -> None:
    opened.become(Role.OPERATOR)
    opened.click("nav.threshold")
    opened.wait(lambda: opened.shown("threshold.closed"))
    assert not opened.shown("threshold.cosine")


def _words(widget: QWidget) -> str:
    return " | ".join(label.text() for label in widget.findChildren(QLabel))
