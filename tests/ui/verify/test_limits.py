"""Too many tries, IDs that nobody has, second factors, and the way without the voice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLineEdit

from kiosk.core.limits.attempts import Lock, LockReason
from kiosk.core.limits.second_factor import FactorKind, FactorRule
from kiosk.core.people.users import fold_id
from kiosk.core.policies import Policies, VerificationPolicy
from kiosk.core.voice.embedding import Embedding, Voiceprint
from kiosk.ui.verify.lock_words import lock_words
from kiosk.ui.verify.presenting.countdown import Countdown
from kiosk.ui.widgets.score_gauge import ScoreGauge
from tests.ui.support import Kit, child

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.ui.visitor import Visitor

ALICE, MALLORY = 2, 5
PIN, BADGE = "482913", "04A2B3C4"


@pytest.fixture
def rule() -> FactorRule:
    return FactorRule.NONE


@pytest.fixture
def kit(data_dir: Path, rule: FactorRule) -> Kit:
    made = Kit(data_dir, Policies(VerificationPolicy(second_factor=rule)))
    made.enroll("alice", ALICE, "Alice")
    return made


def attempts(kit: Kit, user_id: str = "alice") -> list[tuple[str, tuple[str, ...]]]:
    with kit.database() as work:
        known = work.people.get(user_id) is not None
        recorded = kit.kiosk.attempts.keys(user_id).recorded(known=known)
        return [(each.outcome, each.reasons) for each in work.people.attempts(recorded)]


def rejected(visitor: Visitor, user_id: str, times: int) -> None:
    """Fail some times, in visits of at most three tries."""
    for number in range(times):
        if number % 3 == 0:
            if number:
                visitor.press("result.done")
            visitor.claim(user_id)
        else:
            visitor.press("result.again")
            visitor.when("listening")
        visitor.speak(MALLORY)
        visitor.when("not_verified")


# --- locked ----------------------------------------------------------------------------------


@pytest.mark.parametrize("user_id", ["alice", "nobody"])
def test_the_fifth_failure_locks_an_id_whether_anybody_has_it_or_not(
    visitor: Visitor, kit: Kit, user_id: str
) -> None:
    rejected(visitor, user_id, 4)
    assert "One try left" in visitor.words()
    visitor.press("result.again")
    visitor.when("listening").speak(MALLORY)
    visitor.when("not_verified")
    assert "Too many tries with this ID. Try again in 30 seconds" in visitor.words()
    assert not visitor.can_see("result.again")
    visitor.press("result.done")
    visitor.press("welcome.start")
    visitor.enter("who.id", user_id)
    visitor.press("who.continue")
    visitor.when("locked")
    assert visitor.page == "page.result"
    assert "Locked" in visitor.words()
    assert "Try again in 30 seconds, or ask at the desk" in visitor.words()
    assert len(attempts(kit, user_id)) == 5
    visitor.press("result.other_ways")
    assert (visitor.state, visitor.page) == ("idle", "page.other_ways")
    kit.uptime.advance(30)
    visitor.press("other_ways.back")
    visitor.claim(user_id)


def test_the_wait_is_counted_down_while_somebody_reads(visitor: Visitor, kit: Kit) -> None:
    rejected(visitor, "alice", 5)
    visitor.press("result.done")
    visitor.press("welcome.start")
    visitor.enter("who.id", "alice")
    visitor.press("who.continue")
    visitor.when("locked")
    page = child(visitor.shell, "page.result")
    wait = page.findChild(Countdown)
    assert wait is not None
    second = wait.findChild(QTimer)
    assert second is not None
    visitor.key(Qt.Key.Key_Shift)  # somebody is still here
    second.setInterval(1)
    seen: list[str] = []
    wait.changed.connect(lambda _: seen.append(visitor.words()))
    visitor.sees("You can try again now")
    assert any("in 29 seconds" in words for words in seen)
    assert any("in 1 second," in words for words in seen)
    assert (visitor.state, second.isActive()) == ("locked", False)
    second.setInterval(1000)
    visitor.press("result.done")
    assert not second.isActive()


def test_a_longer_wait_is_told_by_the_clock(visitor: Visitor, kit: Kit) -> None:
    for _ in range(8):
        rejected(visitor, "alice", 1)
        visitor.press("result.done")
        kit.uptime.advance(3_600)
    rejected(visitor, "alice", 1)
    assert "Try again at " in visitor.words()


def test_an_id_that_was_disabled_after_failures_is_for_the_desk(visitor: Visitor, kit: Kit) -> None:
    for _ in range(49):
        kit.kiosk.verify("alice", _poor(kit), blind=True)
        kit.uptime.advance(3_600)
    rejected(visitor, "alice", 1)
    assert "Our staff can unlock it at the desk" in visitor.words()


def _poor(kit: Kit):  # type: ignore[no-untyped-def]  # noqa: ANN202
    from kiosk.core.hearing.audio import AudioClip
    from kiosk.core.hearing.speech import find_speech
    from tests.ui.sound import LevelDetector, utterance

    return find_speech(AudioClip(utterance(MALLORY, 3.0)), LevelDetector())


def test_only_what_our_staff_can_end_is_for_the_desk() -> None:
    until = datetime.now(UTC)
    at_desk = {
        reason: "at the desk" in lock_words(Lock(reason, seconds, until))
        for reason in LockReason
        for seconds in (1.0, 30.0, 3_600.0)
    }
    assert [reason for reason, said in at_desk.items() if not said] == [LockReason.PLACE]
    here = lock_words(Lock(LockReason.PLACE, 30.0, until))
    assert here == "Too many tries at this kiosk. Try again in 30 seconds."


# --- nobody ----------------------------------------------------------------------------------


def test_an_id_that_nobody_has_goes_the_same_way(visitor: Visitor, kit: Kit) -> None:
    visitor.claim("nobody")
    visitor.speak(ALICE)
    visitor.when("not_verified")
    assert "The voice did not match closely enough. 2 tries left." in visitor.words()
    gauge = visitor.shell.findChild(ScoreGauge)
    assert gauge is not None
    assert not gauge.isVisible()
    assert attempts(kit, "nobody") == [("not_verified", ("nobody_to_compare",))]


@pytest.mark.parametrize("what", ["disabled", "no voiceprint", "one of another model"])
def test_who_cannot_be_compared_goes_the_same_way(visitor: Visitor, kit: Kit, what: str) -> None:
    if what == "disabled":
        kit.kiosk.people.set_enabled("alice", enabled=False)
    else:
        with kit.database() as work:
            model_id = kit.kiosk.engine.card.model_id
            own = work.people.voiceprint("alice", model_id)
            work.people.remove_voiceprint("alice", model_id)
            if what == "one of another model":
                assert own is not None
                takes = tuple(Embedding(each.vector.copy(), "another") for each in own.takes)
                now = kit.clock.now()
                work.people.save_voiceprint("alice", Voiceprint(takes), [{}] * len(takes), now)
            work.commit()
    visitor.claim("alice")
    visitor.speak(ALICE)
    visitor.when("not_verified")
    assert "The voice did not match closely enough. 2 tries left." in visitor.words()


# --- second factors --------------------------------------------------------------------------

ASKED = pytest.mark.parametrize("rule", [FactorRule.OPTIONAL, FactorRule.REQUIRED])


def asked(visitor: Visitor, claim: str) -> None:
    visitor.press("welcome.start")
    visitor.enter("who.id", claim)
    visitor.press("who.continue")
    visitor.when("confirming")
    assert visitor.page == "page.confirm"


def shows(visitor: Visitor, text: str) -> None:
    if not text and visitor.kit.kiosk.second_factors.rule is FactorRule.REQUIRED:
        # Nobody is sent on who is turned away for it: whether somebody has one is not told.
        assert "choose “Other ways to identify”" in visitor.words()
        assert not child(visitor.shell, "confirm.continue").isEnabled()
        text = "000000"
    elif not text:
        assert "If you have neither, just continue." in visitor.words()
    if text:
        visitor.enter("confirm.factor", text)
    visitor.press("confirm.continue")
    visitor.when("listening")


@ASKED
def test_the_pin_is_asked_before_the_voice_and_both_must_be_right(
    visitor: Visitor, kit: Kit
) -> None:
    kit.kiosk.second_factors.set_pin("alice", PIN)
    asked(visitor, "alice")
    shows(visitor, PIN)
    visitor.speak(ALICE)
    visitor.when("verified")
    assert attempts(kit) == [("verified", ())]


@ASKED
@pytest.mark.parametrize(("pin", "speaker"), [("999111", ALICE), ("", ALICE), (PIN, MALLORY)])
def test_nobody_learns_which_of_the_two_was_wrong(
    visitor: Visitor, kit: Kit, pin: str, speaker: int
) -> None:
    kit.kiosk.second_factors.set_pin("alice", PIN)
    asked(visitor, "alice")
    shows(visitor, pin)
    visitor.speak(speaker)
    visitor.when("not_verified")
    assert "Your voice or your PIN or badge didn't match. 2 tries left." in visitor.words()
    gauge = visitor.shell.findChild(ScoreGauge)
    assert gauge is None or not gauge.isVisible()
    reasons = () if pin == PIN else ("second_factor",)
    assert attempts(kit) == [("not_verified", reasons)]
    # The same again: the PIN is asked for anew, and what was typed is gone.
    visitor.press("result.again")
    visitor.when("confirming")
    field = child(visitor.shell, "confirm.factor")
    assert isinstance(field, QLineEdit)
    assert field.text() == ""
    shows(visitor, PIN)
    visitor.speak(ALICE)
    visitor.when("verified")


@ASKED
def test_everybody_is_asked_and_nobody_is_told_that_they_have_none(visitor: Visitor) -> None:
    asked(visitor, "nobody")
    shows(visitor, "")
    visitor.speak(ALICE)
    visitor.when("not_verified")
    assert "Your voice or your PIN or badge didn't match." in visitor.words()


@pytest.mark.parametrize(
    ("rule", "state"), [(FactorRule.OPTIONAL, "verified"), (FactorRule.REQUIRED, "not_verified")]
)
def test_who_has_none_needs_none_where_it_is_optional(visitor: Visitor, state: str) -> None:
    asked(visitor, "alice")
    shows(visitor, "")
    visitor.speak(ALICE)
    visitor.when(state)


@ASKED
def test_a_pin_is_kept_while_a_recording_was_too_poor(visitor: Visitor, kit: Kit) -> None:
    kit.kiosk.second_factors.set_pin("alice", PIN)
    asked(visitor, "alice")
    shows(visitor, PIN)
    visitor.speak(ALICE, seconds=1.0)
    visitor.when("inconclusive").press("result.again")
    visitor.when("listening").speak(ALICE)
    visitor.when("verified")


@ASKED
def test_a_badge_claims_the_id_and_is_the_second_factor(visitor: Visitor, kit: Kit) -> None:
    kit.kiosk.second_factors.set_badge("alice", BADGE)
    visitor.keys(BADGE)
    visitor.key(Qt.Key.Key_Return)
    visitor.when("confirming")
    visitor.key(Qt.Key.Key_Return)
    visitor.when("listening").speak(ALICE)
    visitor.when("verified")
    assert "alice" in visitor.words()


@ASKED
def test_a_badge_held_to_the_reader_where_a_pin_is_asked_for(visitor: Visitor, kit: Kit) -> None:
    kit.kiosk.second_factors.set_badge("alice", BADGE)
    asked(visitor, "alice")
    visitor.keys(BADGE)
    visitor.key(Qt.Key.Key_Return)
    visitor.when("listening").speak(ALICE)
    visitor.when("verified")


def test_a_badge_claims_the_id_where_no_factor_is_asked_for(visitor: Visitor, kit: Kit) -> None:
    kit.kiosk.second_factors.set_badge("alice", "%B1234^X?;12=3?")
    visitor.press("welcome.start")
    visitor.keys("%B1234^X?;12=3?")
    visitor.key(Qt.Key.Key_Return)
    visitor.when("listening").speak(ALICE)
    visitor.when("verified")


def test_a_badge_of_nobody_goes_the_same_way_and_its_number_is_not_kept(
    visitor: Visitor, kit: Kit
) -> None:
    visitor.press("welcome.start")
    visitor.keys("%B9999^X?;12=3?")
    visitor.key(Qt.Key.Key_Return)
    visitor.when("listening").speak(ALICE)
    visitor.when("not_verified")
    assert "9999" not in str(kit.database.state.attempts)
    assert not any("9999" in line for line in kit.activity.lines)


def test_removing_the_badge_ends_its_claim(kit: Kit) -> None:
    kit.kiosk.second_factors.set_badge("alice", BADGE)
    assert kit.kiosk.verify.admit(BADGE).user_id == "alice"
    kit.kiosk.second_factors.remove("alice", FactorKind.BADGE)
    assert kit.kiosk.verify.admit(BADGE).user_id == fold_id(BADGE)


# --- without the voice -----------------------------------------------------------------------


@pytest.mark.parametrize("rule", [FactorRule.OPTIONAL])
@pytest.mark.parametrize(
    "state", ["idle", "identifying", "confirming", "listening", "not_verified", "inconclusive"]
)
def test_other_ways_are_offered_in_every_state(visitor: Visitor, state: str) -> None:

    def claim() -> None:
        visitor.enter("who.id", "bob")
        visitor.press("who.continue")

    steps: list[tuple[str, Callable[[], object]]] = [
        ("idle", lambda: None),
        ("identifying", lambda: visitor.press("welcome.start")),
        ("confirming", claim),
        ("listening", lambda: visitor.press("confirm.continue")),
        (state, lambda: visitor.speak(MALLORY, seconds=1.0 if state == "inconclusive" else 3.0)),
    ]
    for reached, step in steps:
        step()
        visitor.when(reached)
        if reached == state:
            break
    place = {
        "idle": "welcome",
        "identifying": "who",
        "confirming": "confirm",
        "listening": "speak",
    }.get(state, "result")
    visitor.press(f"{place}.other_ways")
    assert (visitor.state, visitor.page) == ("idle", "page.other_ways")
    assert "You never have to speak" in visitor.words()
    visitor.press("other_ways.back")
    assert visitor.page == "page.welcome"
