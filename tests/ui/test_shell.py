"""The window: who may close it, what is out of service, what happens when nobody is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kiosk.core.accounts.acting import Role
from kiosk.core.errors import Defect, KioskError, ModelMissing, NotPermitted
from kiosk.core.records.audit import AuditAction
from kiosk.services.preferences import TEXT_SCALE, THEME
from kiosk.ui.accounts.session_watch import SessionWatch
from kiosk.ui.navigation import Route
from tests.ui.support import LOGIN, PIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ui.support import Kit
    from tests.ui.visitor import Visitor

    Launch = Callable[..., Visitor]


NOT_PERMITTED = AuditAction.NOT_PERMITTED.value


# --- in and out of service --------------------------------------------------------------------


def test_the_window_is_there_before_anything_is_ready(launch: Launch, kit: Kit) -> None:
    kit.encoder.may_finish.clear()
    visitor = launch()
    assert visitor.shell.isVisible()
    assert (visitor.state, visitor.page) == ("getting_ready", "page.welcome")
    assert not kit.kiosk.engine.ready
    with pytest.raises(AssertionError, match="disabled"):
        visitor.press("welcome.start")
    visitor.when("idle").press("welcome.start")
    assert visitor.page == "page.who"


@pytest.mark.expects_log
def test_a_failed_startup_is_shown_and_tried_again(launch: Launch, kit: Kit) -> None:
    kit.shelf.fault = ModelMissing("There is no voice model.")
    visitor = launch(retry_ms=20).when("out_of_service")
    assert visitor.page == "page.out_of_service"
    assert "The voice model is missing" in visitor.words()
    assert "MDL-001" in visitor.words()
    visitor.press("out_of_service.other_ways")
    assert visitor.page == "page.out_of_service.other_ways"
    visitor.press("out_of_service.other_ways.back")
    assert visitor.page == "page.out_of_service"
    kit.shelf.fault = None
    visitor.when("idle")
    assert visitor.page == "page.welcome"


@pytest.mark.expects_log
def test_without_a_microphone_it_waits_for_one(visitor: Visitor, kit: Kit) -> None:
    kit.enroll("alice", 2)
    visitor.claim("alice")
    kit.microphone.unplug()
    visitor.when("out_of_service").at(Route.OUT_OF_SERVICE)
    visitor.sees("MIC-00")
    kit.microphone.plug_in()
    visitor.when("idle")
    assert visitor.page == "page.welcome"
    # Whoever was there before is forgotten.
    visitor.claim("alice")
    visitor.speak(2)
    visitor.when("verified")


@pytest.mark.expects_log
def test_an_operator_is_not_thrown_out(visitor: Visitor, kit: Kit) -> None:
    visitor.press("welcome.operator")
    visitor.sees("Enter the operator PIN or password")
    visitor.enter("signin.pin", PIN)
    visitor.press("signin.submit")
    visitor.at(Route.OPERATOR)
    kit.microphone.unplug()
    visitor.when("out_of_service")
    assert visitor.is_at(Route.OPERATOR)
    visitor.shell.go(Route.VERIFY)
    assert visitor.is_at(Route.OUT_OF_SERVICE)


@pytest.mark.expects_log
def test_out_of_service_leads_to_the_operator(visitor: Visitor, kit: Kit) -> None:
    kit.microphone.unplug()
    visitor.at(Route.OUT_OF_SERVICE)
    visitor.press("out_of_service.operator")
    assert visitor.is_at(Route.SIGN_IN)


def test_after_a_defect_it_recovers(launch: Launch) -> None:
    visitor = launch(retry_ms=20).when("idle")
    visitor.application.monitor.fail(Defect("Something went wrong (incident 1a2b)."))
    assert visitor.state == "out_of_service"
    assert "incident 1a2b" in visitor.words()
    visitor.when("idle")


# --- closing ----------------------------------------------------------------------------------


def test_a_visitor_cannot_close_the_kiosk(launch: Launch) -> None:
    visitor = launch(full_screen=True).when("idle")
    assert visitor.shell.isFullScreen()
    assert not visitor.shell.close()
    visitor.key(Qt.Key.Key_Escape)
    QTest.keyClick(visitor.shell, Qt.Key.Key_F4, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(visitor.shell, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(visitor.shell, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    # As a session manager, or Quit in a system's own menu, asks for it.
    QApplication.instance().quit()  # type: ignore[union-attr]
    assert visitor.shell.isVisible()
    visitor.shell.terminate()
    assert not visitor.shell.isVisible()


@pytest.mark.parametrize("state", [Qt.WindowState.WindowNoState, Qt.WindowState.WindowMaximized])
def test_a_visitor_cannot_leave_full_screen(launch: Launch, state: Qt.WindowState) -> None:
    visitor = launch(full_screen=True).when("idle")
    visitor.shell.setWindowState(state)
    visitor.until(visitor.shell.isFullScreen)
    visitor.shell.showNormal()
    visitor.until(visitor.shell.isFullScreen)


def test_an_operator_may_leave_full_screen(launch: Launch) -> None:
    visitor = launch(full_screen=True, start_operator=True).at(Route.SIGN_IN)
    visitor.sees("Enter the operator PIN or password")
    visitor.enter("signin.pin", PIN)
    visitor.press("signin.submit")
    visitor.at(Route.OPERATOR)
    visitor.shell.showNormal()
    assert not visitor.shell.isFullScreen()


def test_an_operator_can(launch: Launch) -> None:
    visitor = launch(full_screen=True, start_operator=True).at(Route.SIGN_IN)
    visitor.sees("Enter the operator PIN or password")
    assert not visitor.shell.close()
    visitor.enter("signin.pin", PIN)
    visitor.press("signin.submit")
    visitor.at(Route.OPERATOR)
    assert visitor.shell.close()


def test_in_a_window_anybody_can(visitor: Visitor) -> None:
    assert visitor.shell.close()


def test_an_operator_closes_it_by_touch(launch: Launch) -> None:
    visitor = launch(full_screen=True, start_operator=True).at(Route.SIGN_IN)
    visitor.sees("Enter the operator PIN or password")
    visitor.enter("signin.pin", PIN)
    visitor.press("signin.submit")
    visitor.at(Route.OPERATOR)
    visitor.press("nav.close")
    visitor.press("nav.close_dialog.cancel")
    assert visitor.shell.isVisible()
    visitor.press("nav.close")
    visitor.press("nav.close_dialog.confirm")
    assert not visitor.shell.isVisible()


def test_in_a_window_its_frame_closes_it(launch: Launch) -> None:
    visitor = signed_in(launch())
    assert not visitor.can_see("nav.close")


# --- whose account is changed meanwhile --------------------------------------------------------


def signed_in(visitor: Visitor) -> Visitor:
    visitor.when("idle").press("welcome.operator")
    visitor.until(lambda: "Enter " in visitor.words())
    if visitor.can_see("signin.login"):
        visitor.enter("signin.login", LOGIN)
    visitor.enter("signin.pin", PIN)
    visitor.press("signin.submit")
    return visitor.at(Route.OPERATOR)


@pytest.fixture
def second(kit: Kit) -> None:
    """Make another administrator: the last one cannot be disabled."""
    _, pin = kit.kiosk.accounts.add("anna", "", Role.ADMINISTRATOR)
    kit.sign_in_once("anna", pin, "lantern-94-xylophone")


@pytest.mark.usefixtures("second")
@pytest.mark.parametrize("change", ["disabled", "removed", "demoted", "reset"])
def test_whose_account_is_changed_is_signed_out_at_once(
    launch: Launch, kit: Kit, change: str
) -> None:
    visitor = signed_in(launch())
    accounts = kit.kiosk.accounts
    if change == "disabled":
        accounts.set_enabled(LOGIN, enabled=False)
    elif change == "removed":
        accounts.remove(LOGIN)
    elif change == "demoted":
        accounts.set_role(LOGIN, Role.OPERATOR)
    else:
        accounts.reset(LOGIN)
    visitor.at(Route.VERIFY)
    assert not visitor.signed_in()
    # Nobody has asked for anything.
    assert NOT_PERMITTED not in [each.action for each in kit.database.state.audit]


@pytest.mark.usefixtures("second")
def test_whose_account_is_disabled_does_nothing_more(launch: Launch, kit: Kit) -> None:
    visitor = signed_in(launch())
    kit.enroll("1001", 1)
    visitor.press("nav.people")
    kit.kiosk.accounts.set_enabled(LOGIN, enabled=False)
    done: list[object] = []
    errors: list[KioskError] = []
    people = kit.kiosk.people
    visitor.application.recognition.submit(
        lambda _: people.rename("1001", "Mallory"), done.append, errors.append
    )
    visitor.until(lambda: bool(errors))
    assert isinstance(errors[0], NotPermitted)
    assert done == []
    assert [row.person.name for row in people.everybody()] == [""]
    visitor.at(Route.VERIFY)
    # The page may have asked for its people meanwhile: that is refused likewise.
    found = [each for each in kit.database.state.audit if each.action == NOT_PERMITTED]
    assert {(each.actor, each.subject) for each in found} == {(f"operator:{LOGIN}",) * 2}
    assert "disabled" in str(found[0].details["refused"])


@pytest.mark.usefixtures("second")
def test_nobody_looks_any_more_after_the_sign_out(launch: Launch, kit: Kit) -> None:
    visitor = signed_in(launch())
    watch = visitor.shell.findChild(SessionWatch)
    assert watch is not None
    timer = watch.findChild(QTimer)
    assert timer is not None
    assert timer.isActive()
    visitor.shell.go(Route.VERIFY)
    assert not timer.isActive()
    assert not visitor.signed_in()


# --- nobody there -----------------------------------------------------------------------------


def test_an_abandoned_visit_ends(launch: Launch, kit: Kit) -> None:
    kit.enroll("alice", 2)
    visitor = launch(self_service_idle_s=0.3).when("idle")
    visitor.press("welcome.start")
    visitor.when("idle")
    assert visitor.page == "page.welcome"
    visitor.press("welcome.other_ways")
    visitor.until(lambda: visitor.page == "page.welcome")


def test_whoever_is_being_heard_is_not_sent_away(launch: Launch, kit: Kit) -> None:
    kit.enroll("alice", 2)
    visitor = launch().when("idle")
    visitor.claim("alice")
    idle: list[None] = []
    visitor.shell.went_idle.connect(lambda: idle.append(None))
    kit.encoder.may_finish.clear()
    kit.encoder.started.clear()
    visitor.speak(2)
    visitor.until(kit.encoder.started.is_set)
    visitor.when("analysing")
    visitor.shell._on_idle()  # a minute has passed
    assert visitor.state == "analysing"
    assert not idle
    kit.encoder.may_finish.set()
    visitor.when("verified")


def test_an_operator_who_left_is_signed_out(launch: Launch) -> None:
    visitor = launch(operator_idle_s=60).when("idle")
    visitor.press("welcome.operator")
    visitor.sees("Enter the operator PIN or password")
    visitor.enter("signin.pin", PIN)
    visitor.press("signin.submit")
    visitor.at(Route.OPERATOR)
    assert visitor.shell._idle.remainingTime() > 0
    visitor.shell._idle.setInterval(1)  # a minute has passed
    visitor.at(Route.VERIFY)
    assert not visitor.signed_in()
    assert visitor.page == "page.welcome"


def test_a_visitors_looks_do_not_outlast_the_visit(launch: Launch, kit: Kit) -> None:
    kit.kiosk.preferences.set(THEME, "dark")
    kit.kiosk.preferences.set(TEXT_SCALE, "125")
    visitor = launch().when("idle")
    theme = visitor.application.theme
    visitor.until(lambda: (theme.theme.name, theme.text_scale) == ("dark", 125))
    visitor.press("welcome.theme")
    visitor.press("welcome.text_size")
    assert (theme.theme.name, theme.text_scale) == ("contrast", 150)
    visitor.shell._on_idle()
    visitor.until(lambda: (theme.theme.name, theme.text_scale) == ("dark", 125))
