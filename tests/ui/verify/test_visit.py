"""Whole visits, from Welcome to a decision and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QElapsedTimer, Qt, QTimer

from kiosk.core.errors import DiskFull
from kiosk.services.preferences import SHOW_SCORE
from kiosk.ui.verify.presenting.countdown import Countdown
from kiosk.ui.verify.presenting.presenter import RESULT_SECONDS
from kiosk.ui.verify.speak import SpeakPage
from kiosk.ui.widgets.hearing.net_speech_ring import NetSpeechRing
from kiosk.ui.widgets.score_gauge import ScoreGauge
from tests.ui.site import calibrate
from tests.ui.sound import silence, voice
from tests.ui.support import child

if TYPE_CHECKING:
    from tests.ui.support import Kit
    from tests.ui.visitor import Visitor

ALICE, MALLORY = 2, 5


@pytest.fixture(autouse=True)
def alice(kit: Kit) -> None:
    kit.enroll("alice", ALICE, "Alice")


def test_the_right_voice_is_verified(visitor: Visitor, kit: Kit) -> None:
    assert visitor.page == "page.welcome"
    visitor.press("welcome.start")
    assert visitor.page == "page.who"
    visitor.enter("who.id", "alice")
    visitor.press("who.continue")
    visitor.when("listening")
    assert visitor.page == "page.speak"
    visitor.speak(ALICE)
    visitor.when("verified")
    assert visitor.page == "page.result"
    assert "alice" in visitor.words()
    assert not visitor.can_see("result.again")
    (attempt,) = kit.kiosk.people.attempts("alice")
    assert attempt.outcome == "verified"
    visitor.press("result.done")
    assert (visitor.state, visitor.page) == ("idle", "page.welcome")


def test_another_voice_is_not_and_each_costs_a_try(visitor: Visitor, kit: Kit) -> None:
    visitor.claim("alice")
    visitor.speak(MALLORY)
    visitor.when("not_verified")
    assert "2 tries left" in visitor.words()
    visitor.press("result.again")
    visitor.when("listening").speak(MALLORY)
    visitor.when("not_verified")
    assert "One try left" in visitor.words()
    visitor.press("result.again")
    visitor.when("listening").speak(MALLORY)
    visitor.when("not_verified")
    assert "No tries left" in visitor.words()
    assert not visitor.can_see("result.again")
    assert [a.outcome for a in kit.kiosk.people.attempts("alice")] == ["not_verified"] * 3


def test_a_poor_recording_costs_no_try_and_says_why(visitor: Visitor) -> None:
    visitor.claim("alice")
    visitor.speak(ALICE, seconds=1.0)
    visitor.when("inconclusive")
    assert "Say the whole sentence" in visitor.words()
    assert "doesn't use up a try" in visitor.words()
    visitor.press("result.again")
    visitor.when("listening").speak(MALLORY)
    visitor.when("not_verified")
    assert "2 tries left" in visitor.words()


def test_each_attempt_has_another_sentence(visitor: Visitor) -> None:
    visitor.claim("alice")
    first = _sentence(visitor)
    visitor.speak(MALLORY)
    visitor.when("not_verified").press("result.again")
    visitor.when("listening")
    assert _sentence(visitor) != first


def _sentence(visitor: Visitor) -> str:
    page = child(visitor.shell, "page.speak")
    assert isinstance(page, SpeakPage)
    assert page.sentence in visitor.words()
    return page.sentence


def test_the_ring_fills_with_speech_and_not_with_time(visitor: Visitor, kit: Kit) -> None:
    visitor.claim("alice")
    ring = visitor.shell.findChild(NetSpeechRing)
    assert ring is not None
    kit.microphone.feed(silence(3.0))
    kit.microphone.feed(voice(ALICE, 1.0))
    visitor.until(lambda: ring.share > 0.3)
    assert ring.share < 0.8
    assert not ring.enough


def test_an_id_that_cannot_be_used_is_refused_in_plain_words(visitor: Visitor) -> None:
    visitor.press("welcome.start")
    visitor.enter("who.id", "###")
    visitor.press("who.continue")
    visitor.sees("characters that are not allowed")
    assert (visitor.state, visitor.page) == ("identifying", "page.who")
    # The next ID replaces the refused one.
    visitor.keys("alice")
    visitor.key(Qt.Key.Key_Return)
    visitor.when("listening")


def test_canceled_while_encoding_nothing_comes_of_it(visitor: Visitor, kit: Kit) -> None:
    visitor.claim("alice")
    kit.encoder.started.clear()
    kit.encoder.may_finish.clear()
    visitor.speak(ALICE)
    visitor.when("analysing")
    visitor.until(kit.encoder.started.is_set)
    visitor.press("speak.cancel")
    assert (visitor.state, visitor.page) == ("idle", "page.welcome")
    kit.encoder.may_finish.set()
    # The next visit waits behind the dropped work; when it is decided, that was over long ago.
    visitor.claim("alice")
    visitor.speak(MALLORY)
    visitor.when("not_verified")
    assert [a.outcome for a in kit.kiosk.people.attempts("alice")] == ["not_verified"]


def test_a_decision_that_cannot_be_stored_is_not_accepted(visitor: Visitor, kit: Kit) -> None:
    visitor.claim("alice")
    kit.database.commit_error = DiskFull("No space is left.")
    visitor.speak(ALICE)
    visitor.when("not_verified")
    assert "DB-006" in visitor.words()
    assert "2 tries left" in visitor.words()
    assert kit.kiosk.people.attempts("alice") == []


@pytest.mark.expects_log
def test_a_defect_while_encoding_is_not_accepted(visitor: Visitor, kit: Kit) -> None:
    def fall_over() -> None:
        raise ZeroDivisionError

    visitor.claim("alice")
    kit.encoder.busy = fall_over
    visitor.speak(ALICE)
    visitor.when("not_verified")
    assert "incident" in visitor.words()


@pytest.mark.parametrize(
    ("preference", "shown"),
    [(None, True), ("yes", True), ("always", True), ("no", False), ("perhaps", False)],
)
def test_the_score_is_shown_unless_the_operator_hides_it(
    visitor: Visitor, kit: Kit, preference: str | None, shown: bool
) -> None:
    kit.kiosk.preferences.set(SHOW_SCORE, preference)
    visitor.claim("alice")
    visitor.speak(ALICE)
    visitor.when("verified")
    gauge = visitor.shell.findChild(ScoreGauge)
    assert gauge is not None
    assert gauge.isVisible() is shown
    assert not shown or gauge.accessibleName() == "score 1.00, threshold 0.50, above"


@pytest.mark.parametrize(
    ("who", "state", "side"),
    [
        ("alice", "verified", "Above"),
        ("bob", "not_verified", "Below"),
        ("nobody", "not_verified", "Below"),
    ],
)
def test_a_calibrated_score_is_told_by_the_line(
    visitor: Visitor, kit: Kit, who: str, state: str, side: str
) -> None:
    calibrate(kit)
    kit.enroll("bob", MALLORY)
    kit.kiosk.preferences.set(SHOW_SCORE, "always")
    visitor.claim(who)
    visitor.speak(ALICE)
    visitor.when(state)
    gauge = visitor.shell.findChild(ScoreGauge)
    assert gauge is not None
    assert gauge.isVisible()
    assert gauge.text == f"{side} the threshold"
    assert gauge.accessibleName().endswith("at most 1 impostor in 100 reaches it here.")


@pytest.mark.parametrize("who", ["alice", "nobody"])
@pytest.mark.parametrize(("preference", "shown"), [(None, False), ("no", False), ("always", True)])
def test_a_rejection_shows_no_score_unless_somebody_supervises(
    visitor: Visitor, kit: Kit, preference: str | None, shown: bool, who: str
) -> None:
    kit.kiosk.preferences.set(SHOW_SCORE, preference)
    visitor.claim(who)
    visitor.speak(MALLORY)
    visitor.when("not_verified")
    gauge = visitor.shell.findChild(ScoreGauge)
    assert gauge is not None
    assert gauge.isVisible() is shown


def test_a_result_goes_away_by_itself_unless_somebody_is_there(visitor: Visitor) -> None:
    visitor.claim("alice")
    visitor.speak(ALICE)
    visitor.when("verified")
    assert f"in {RESULT_SECONDS} s" in visitor.words()
    countdown = visitor.shell.findChild(Countdown)
    assert countdown is not None
    second = countdown.findChild(QTimer)
    assert second is not None
    shown: list[int] = []
    countdown.changed.connect(shown.append)
    second.setInterval(5)
    visitor.when("idle")
    assert shown[: RESULT_SECONDS - 1] == list(range(RESULT_SECONDS - 1, 0, -1))
    assert visitor.page == "page.welcome"

    second.setInterval(1000)
    visitor.claim("alice")
    visitor.speak(ALICE)
    visitor.when("verified")
    visitor.key(Qt.Key.Key_Shift)
    assert "Back to the start" not in visitor.words()
    assert not second.isActive()


def test_nothing_on_the_screen_waits_for_the_encoder(visitor: Visitor, kit: Kit) -> None:
    gaps: list[int] = []
    clock = QElapsedTimer()
    visitor.claim("alice")
    kit.encoder.may_finish.clear()
    kit.encoder.started.clear()
    visitor.speak(ALICE)
    visitor.until(kit.encoder.started.is_set)
    timer = QTimer()
    timer.timeout.connect(lambda: gaps.append(clock.restart()))
    clock.start()
    timer.start(10)
    QTimer.singleShot(300, kit.encoder.may_finish.set)
    visitor.when("verified")
    timer.stop()
    # Had the GUI thread waited, there would be one gap of 300 ms and no others.
    assert len(gaps) > 5


def test_a_badge_read_at_welcome_begins_the_visit(visitor: Visitor) -> None:
    visitor.keys("alice")
    visitor.key(Qt.Key.Key_Return)
    visitor.when("listening")


def test_by_keyboard_alone(visitor: Visitor) -> None:
    visitor.key(Qt.Key.Key_Return)
    assert visitor.page == "page.who"
    visitor.key(Qt.Key.Key_Escape)
    assert visitor.page == "page.welcome"
    visitor.key(Qt.Key.Key_Tab)
    visitor.key(Qt.Key.Key_Space)
    assert visitor.page == "page.who"
    visitor.keys("alice")
    visitor.key(Qt.Key.Key_Return)
    visitor.when("listening")
    visitor.speak(MALLORY)
    visitor.when("not_verified")
    visitor.key(Qt.Key.Key_Return)
    visitor.when("listening")
    visitor.key(Qt.Key.Key_Escape)
    assert (visitor.state, visitor.page) == ("idle", "page.welcome")


def test_other_ways_and_back(visitor: Visitor) -> None:
    visitor.press("welcome.other_ways")
    assert visitor.page == "page.other_ways"
    assert "ask at the desk" in visitor.words()
    visitor.press("other_ways.back")
    assert visitor.page == "page.welcome"
