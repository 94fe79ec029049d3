"""Every operator page can be used without seeing it and without a mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtWidgets import QWidget

from kiosk.core.accounts.acting import Role
from kiosk.core.people.retention import Preset, RetentionPolicy
from kiosk.ui.accessibility import OPERATOR_TARGET, audit
from tests.ui.sound import utterance

if TYPE_CHECKING:
    from kiosk.ui.operator.accounts.page import AccountsPage
    from tests.ui.operator.desk import Desk

LOOKS = [("light", 100), ("dark", 100), ("contrast", 100), ("light", 200)]


@pytest.fixture(params=LOOKS, ids=[f"{theme}-{scale}" for theme, scale in LOOKS])
def looks(request: pytest.FixtureRequest, desk: Desk) -> None:
    """Show everything in one of the looks."""
    theme, scale = request.param
    desk.stage.theme.set_theme(theme)
    desk.stage.theme.set_text_scale(scale)
    desk.stage.theme.settle()


def faults(desk: Desk) -> list[str]:
    return audit(desk.frame, target=OPERATOR_TARGET)


@pytest.mark.usefixtures("looks")
def test_enroll(desk: Desk) -> None:
    assert faults(desk) == []
    desk.kit.enroll("1001", speaker=1)
    desk.describe("1001")
    desk.wait(lambda: desk.shown("enroll.replace"))
    assert faults(desk) == []
    desk.click("enroll.replace")
    desk.wait(lambda: desk.state == "consent")
    assert faults(desk) == []
    desk.agree()
    assert faults(desk) == []
    desk.say(utterance(1, 1.0))
    desk.record_takes(1)
    assert faults(desk) == []
    desk.record_takes(1, 4)
    assert faults(desk) == []
    desk.click("enroll.retake.2")
    desk.record_takes(1)
    assert faults(desk) == []
    desk.click("enroll.cancel")
    # What lies below a panel is out of reach and not asked about.
    assert audit(desk.find("enroll.confirm"), target=OPERATOR_TARGET) == []
    desk.click("enroll.confirm.cancel")
    desk.click("enroll.save")
    desk.wait(lambda: desk.state == "done")
    assert faults(desk) == []


@pytest.mark.usefixtures("looks")
def test_people(desk: Desk) -> None:
    page = desk.open_people(0)
    desk.wait(lambda: desk.shown("people.empty"))
    assert faults(desk) == []
    desk.kit.enroll("1001", speaker=1, name="Ada")
    page.presenter.reload()
    desk.wait(lambda: page.rows == 1)
    page.select("1001")
    assert faults(desk) == []
    desk.click("people.show")
    desk.wait(lambda: desk.shown("people.detail"))
    assert faults(desk) == []
    desk.click("person.erase")
    assert audit(desk.find("people.erase_dialog"), target=OPERATOR_TARGET) == []


@pytest.mark.usefixtures("looks")
def test_accounts(desk: Desk) -> None:
    desk.kit.kiosk.accounts.add("bruno", "Bruno Keller", Role.OPERATOR)
    desk.click("nav.accounts")
    page = cast("AccountsPage", desk.find("page.accounts"))
    desk.wait(lambda: page.logins)
    assert faults(desk) == []
    page.select("bruno")
    assert faults(desk) == []
    desk.click("accounts.reset")
    assert audit(desk.find("accounts.reset_dialog"), target=OPERATOR_TARGET) == []
    desk.click("accounts.reset_dialog.confirm")
    desk.wait(lambda: desk.frame.findChildren(QWidget, "accounts.pin_dialog"))
    assert audit(desk.find("accounts.pin_dialog"), target=OPERATOR_TARGET) == []
    desk.click("accounts.pin_dialog.done")
    desk.click("accounts.add")
    assert audit(desk.find("accounts.new_dialog"), target=OPERATOR_TARGET) == []


@pytest.mark.usefixtures("looks")
def test_privacy(desk: Desk) -> None:
    desk.kit.enroll("1001", speaker=1)
    retention = desk.kit.kiosk.retention
    retention.set(RetentionPolicy(Preset.CUSTOM, 30))
    retention.run(date_is_right=True)
    desk.kit.clock.advance(90 * 86_400.0)
    desk.click("nav.privacy")
    desk.wait(lambda: desk.enabled("privacy.purge"))
    assert faults(desk) == []
    desk.line("privacy.days").setText("no number")
    desk.click("privacy.set")
    assert faults(desk) == []
    desk.click("privacy.period.none")
    assert faults(desk) == []
    desk.click("privacy.purge")
    assert audit(desk.find("privacy.purge_dialog"), target=OPERATOR_TARGET) == []


@pytest.mark.usefixtures("looks")
def test_microphone(desk: Desk) -> None:
    page = desk.open_microphone()
    assert faults(desk) == []
    desk.click("microphone.test")
    desk.kit.microphone.feed(utterance(1, 3.5))
    desk.wait(lambda: not page.presenter.testing)
    assert faults(desk) == []


@pytest.mark.usefixtures("looks")
def test_a_voice_that_is_known(desk: Desk) -> None:
    desk.kit.enroll("1001", speaker=1, name="Ada")
    desk.begin_voice("1002", "Eva")
    desk.record_takes(1, 1, 1)
    assert desk.shown("enroll.alike")
    assert faults(desk) == []
    desk.click("enroll.alike_different")
    assert faults(desk) == []


@pytest.mark.usefixtures("looks")
def test_help(desk: Desk) -> None:
    desk.click("nav.help")
    assert faults(desk) == []
    desk.line("help.search").setText("xylophone")
    desk.wait(lambda: desk.shown("help.note"))
    desk.frame.resize(800, 480)
    desk.wait(lambda: desk.shown("help.topic"))
    assert audit(desk.find("page.help"), target=OPERATOR_TARGET) == []


@pytest.mark.usefixtures("looks")
def test_activity(desk: Desk) -> None:
    desk.click("nav.activity")
    desk.click("activity.verify")
    desk.wait(lambda: desk.shown("activity.verdict"))
    assert faults(desk) == []
    desk.line("activity.search").setText("nothing like that")
    desk.wait(lambda: desk.shown("activity.empty"))
    assert faults(desk) == []
