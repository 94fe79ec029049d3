"""An enrollment that is given up leaves nothing of the voice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.ui.navigation import Route

if TYPE_CHECKING:
    from tests.ui.operator.desk import Desk


def test_cancel_asks_and_wipes_everything(desk: Desk) -> None:
    desk.begin_voice()
    desk.record_takes(1, 1)
    vectors = [take.embedding.vector for take in desk.enroll.session.takes]
    assert all(vector.any() for vector in vectors)
    desk.click("enroll.cancel")
    desk.click("enroll.confirm.cancel")
    assert desk.state == "ready"
    assert all(vector.any() for vector in vectors)
    desk.click("enroll.cancel")
    desk.click("enroll.confirm.confirm")
    assert desk.state == "details"
    assert desk.enroll.session.takes == []
    assert not any(vector.any() for vector in vectors)
    assert desk.line("enroll.id").text() == ""
    assert desk.stored_ids() == []


def test_cancel_without_takes_does_not_ask(desk: Desk) -> None:
    desk.begin_voice()
    desk.click("enroll.cancel")
    assert desk.state == "details"


def test_leaving_asks_when_recordings_would_be_lost(desk: Desk) -> None:
    desk.begin_voice()
    desk.record_takes(1)
    vector = desk.enroll.session.takes[0].embedding.vector
    desk.click("nav.people")
    assert desk.shown("page.enroll")
    desk.click("enroll.confirm.cancel")
    desk.click("nav.leave")
    assert desk.stage.routes == []
    desk.click("enroll.confirm.confirm")
    assert desk.stage.routes == [Route.VERIFY]
    desk.frame.left()
    assert not vector.any()


def test_signing_out_by_itself_wipes_without_asking(desk: Desk) -> None:
    desk.begin_voice()
    desk.record_takes(1)
    desk.click("enroll.cancel")
    vector = desk.enroll.session.takes[0].embedding.vector
    desk.frame.left()
    assert desk.state == "details"
    assert not vector.any()
