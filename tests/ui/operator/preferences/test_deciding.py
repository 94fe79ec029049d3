"""The Preferences page: what administrators decide, with what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtWidgets import QLabel, QWidget

from kiosk.core.accounts.acting import Role
from kiosk.core.errors import DiskFull
from kiosk.core.limits.second_factor import FactorRule
from kiosk.core.people.retention import Preset, RetentionPolicy
from kiosk.core.policies import Policies, VerificationPolicy
from kiosk.core.records.audit import AuditAction, AuditQuery
from kiosk.services.limits.second_factor import RULE
from kiosk.services.preferences import SHOW_SCORE
from kiosk.ui.accessibility import OPERATOR_TARGET, audit
from kiosk.ui.operator.preferences.factors import FactorsCard
from tests.support.patience import PATIENCE_MS
from tests.ui.support import Kit, Stage, dispose

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QRadioButton
    from pytestqt.qtbot import QtBot

    from kiosk.ui.widgets.hearing.hint_banner import HintBanner
    from tests.ui.operator.desk import Desk


def chosen(desk: Desk, name: str) -> bool:
    return cast("QRadioButton", desk.find(name)).isChecked()


def changes(desk: Desk) -> list[tuple[str | None, object, object]]:
    """Return what was set, from what, to what; the oldest first."""
    actions = (AuditAction.SETTING_CHANGED.value, AuditAction.THRESHOLD_CHANGED.value)
    with desk.kit.database() as work:
        found = work.audit.find(AuditQuery(actions=actions))
    return [(each.subject, each.details["old"], each.details["new"]) for each in reversed(found)]


def error(desk: Desk) -> str:
    return cast("HintBanner", desk.find("preferences.error")).hint


@pytest.fixture
def opened(desk: Desk) -> Desk:
    """Return a desk at the page, of a kiosk with two people."""
    desk.kit.enroll("1001", speaker=1, name="Ada")
    desk.kit.enroll("1002", speaker=2)
    return desk


def go(desk: Desk) -> None:
    desk.click("nav.preferences")
    desk.wait(lambda: desk.text("factors.note"))


def test_it_has_its_place_without_a_service_too(opened: Desk) -> None:
    go(opened)
    assert opened.shown("page.preferences")
    assert opened.frame.findChildren(QWidget, "service.wanted") == []
    assert audit(opened.frame, target=OPERATOR_TARGET) == []


def test_operators_have_no_such_page(opened: Desk) -> None:
    opened.become(Role.OPERATOR)
    assert not opened.shown("nav.preferences")
    opened.frame.go("preferences")
    assert opened.frame.findChildren(QWidget, "page.preferences") == []


# --- scores ----------------------------------------------------------------------------------


def test_which_scores_are_shown_is_chosen_and_recorded(opened: Desk) -> None:
    go(opened)
    opened.wait(lambda: chosen(opened, "scores.verified"))
    opened.click("scores.always")
    opened.wait(lambda: opened.kit.kiosk.preferences.get(SHOW_SCORE) == "always")
    assert not chosen(opened, "scores.verified")
    opened.click("scores.never")
    opened.wait(lambda: opened.kit.kiosk.preferences.get(SHOW_SCORE) == "no")
    opened.click("scores.verified")
    opened.wait(lambda: opened.kit.kiosk.preferences.get(SHOW_SCORE) is None)
    assert changes(opened) == [
        (SHOW_SCORE, None, "always"),
        (SHOW_SCORE, "always", "no"),
        (SHOW_SCORE, "no", None),
    ]


def test_what_could_not_be_stored_is_not_shown_as_chosen(opened: Desk) -> None:
    go(opened)
    opened.kit.database.commit_error = DiskFull("No space is left.")
    opened.click("scores.always")
    opened.wait(lambda: error(opened))
    opened.wait(lambda: chosen(opened, "scores.verified"))
    assert not chosen(opened, "scores.always")


# --- PIN or badge ----------------------------------------------------------------------------


def test_a_second_factor_is_asked_for_and_recorded(opened: Desk) -> None:
    opened.kit.kiosk.second_factors.set_pin("1001", "482913")
    go(opened)
    opened.wait(lambda: chosen(opened, "factors.none"))
    assert opened.text("factors.note") == "1 of 2 people have neither PIN nor badge."
    # One click turns nobody away: what follows is said, and asked.
    opened.click("factors.required")
    opened.wait(lambda: opened.frame.findChild(QWidget, "factors.confirm") is not None)
    said = " ".join(each.text() for each in opened.find("factors.confirm").findChildren(QLabel))
    assert "1 of 2 people have neither PIN nor badge" in said
    opened.click("factors.confirm.cancel")
    opened.wait(lambda: chosen(opened, "factors.none"))
    assert opened.kit.kiosk.second_factors.rule is FactorRule.NONE
    opened.click("factors.required")
    opened.wait(lambda: opened.frame.findChild(QWidget, "factors.confirm") is not None)
    opened.click("factors.confirm.confirm")
    opened.wait(lambda: opened.kit.kiosk.second_factors.rule is FactorRule.REQUIRED)
    assert changes(opened) == [(RULE, None, "required")]
    assert opened.kit.kiosk.verify.admit("1001").asks


def test_less_than_the_configuration_asks_cannot_be_chosen(
    qtbot: QtBot, qapp: object, data_dir: Path
) -> None:
    policy = VerificationPolicy(second_factor=FactorRule.OPTIONAL)
    stage = Stage(Kit(data_dir, Policies(policy)))
    stage.start(qtbot)
    card = FactorsCard(stage.ui)
    card.show()
    card.reload()
    found = {button.objectName(): button for _, button in card._buttons}
    qtbot.waitUntil(lambda: found["factors.optional"].isChecked(), timeout=PATIENCE_MS)
    assert not found["factors.none"].isEnabled()
    assert found["factors.required"].isEnabled()
    qtbot.waitUntil(lambda: "configuration file requires" in card._note.text(), timeout=PATIENCE_MS)
    stage.close()
    dispose(card)


# --- the period of keeping -------------------------------------------------------------------


def test_the_period_is_shown_and_changed_where_its_consequences_are(opened: Desk) -> None:
    opened.kit.kiosk.retention.set(RetentionPolicy(Preset.CUSTOM, 400))
    go(opened)
    opened.wait(lambda: opened.text("keeping.period") == "400 days")
    opened.click("keeping.change")
    assert opened.shown("page.privacy")
