"""Every operator page can be used without seeing it and without a mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.ui.accessibility import OPERATOR_TARGET, audit
from tests.ui.sound import utterance

if TYPE_CHECKING:
    from tests.ui.operator.desk import Desk

LOOKS = [("light", 100), ("dark", 100), ("contrast", 100), ("light", 200)]


@pytest.fixture(params=LOOKS, ids=[f"{theme}-{scale}" for theme, scale in LOOKS])
def looks(request: pytest.FixtureRequest, desk: Desk) -> None:
    """Show everything in one of the looks."""
    theme, scale = request.param
    desk.stage.theme.set_theme(theme)
    desk.stage.theme.set_text_scale(scale)


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
def test_microphone(desk: Desk) -> None:
    page = desk.open_microphone()
    assert faults(desk) == []
    desk.click("microphone.test")
    desk.kit.microphone.feed(utterance(1, 3.5))
    desk.wait(lambda: not page.presenter.testing)
    assert faults(desk) == []
