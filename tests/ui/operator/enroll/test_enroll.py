"""The Enroll page from the form to the stored voiceprint."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from kiosk.core.errors import DiskFull
from kiosk.core.hearing.audio import AudioClip
from kiosk.core.hearing.speech import find_speech
from kiosk.core.visit.outcomes import Verified
from kiosk.services.preferences import Preferences
from kiosk.ui.widgets.labels import Text
from tests.support.patience import PATIENCE_MS
from tests.ui.sound import MODEL, LevelDetector, utterance

if TYPE_CHECKING:
    from PySide6.QtWidgets import QCheckBox, QTextBrowser, QWidget

    from kiosk.ui.widgets.hearing.hint_banner import HintBanner
    from tests.ui.operator.desk import Desk


def words(widget: QWidget) -> str:
    """Return every text that can be seen within a widget."""
    return " ".join(text.text() for text in widget.findChildren(Text) if text.isVisible())


def test_a_person_is_enrolled_and_can_verify(desk: Desk) -> None:
    desk.begin_voice("1001", "Ada Lovelace")
    desk.record_takes(1, 1, 1)
    assert desk.state == "review"
    assert desk.shown("enroll.check")
    desk.click("enroll.save")
    desk.wait(lambda: desk.state == "done")
    assert cast("Text", desk.find("enroll.summary")).text() == "Ada Lovelace (1001) is enrolled"

    person = desk.kit.database.state.people["1001"]
    assert person.name == "Ada Lovelace"
    assert person.consent is not None
    assert person.consent.text_version == "2"
    speech = find_speech(AudioClip(utterance(1, 3.2)), LevelDetector())
    assert isinstance(desk.kit.kiosk.verify("1001", speech), Verified)

    desk.click("enroll.new")
    assert desk.state == "details"
    assert desk.line("enroll.id").text() == ""


def test_nothing_is_recorded_without_consent(desk: Desk) -> None:
    desk.describe("1001", "Ada")
    desk.wait(lambda: desk.state == "consent")
    assert "Ada (1001)" in desk.find("enroll.consent").accessibleName()
    assert not desk.enabled("enroll.next")
    desk.enroll.record()
    assert desk.state == "consent"
    desk.find("enroll.next").click()  # type: ignore[attr-defined]
    assert desk.state == "consent"


def test_the_text_is_shown_in_the_language_of_the_person(desk: Desk) -> None:
    desk.describe("1001", "Ada")
    desk.wait(lambda: desk.state == "consent")
    text = cast("QTextBrowser", desk.find("enroll.consent_text"))
    assert "Your voice will be used" in text.toPlainText()
    cast("QCheckBox", desk.find("enroll.consent")).click()
    assert desk.enabled("enroll.next")
    desk.click("enroll.language.de")
    assert "Mit Ihrer Stimme wird geprüft" in text.toPlainText()
    assert not desk.enabled("enroll.next"), "who agreed to one text has not agreed to another"
    desk.click("enroll.language.de")  # stays chosen
    cast("QCheckBox", desk.find("enroll.consent")).click()
    desk.click("enroll.next")
    desk.record_takes(1, 1, 1)
    desk.click("enroll.save")
    desk.wait(lambda: desk.state == "done")
    (receipt,) = desk.kit.kiosk.consents.receipts("1001")
    shown = desk.kit.kiosk.consents.text("de")
    assert (receipt.language, receipt.text_sha256) == ("de", shown.sha256)
    assert receipt.text_version == shown.version


def test_consent_of_one_person_is_not_the_consent_of_the_next(desk: Desk) -> None:
    desk.describe("1001", "Ada")
    desk.wait(lambda: desk.state == "consent")
    box = cast("QCheckBox", desk.find("enroll.consent"))
    box.click()
    desk.click("enroll.back")
    desk.describe("1002", "Grace")
    desk.wait(lambda: desk.state == "consent")
    assert not box.isChecked()


@pytest.mark.parametrize("user_id", ["", "with space", "-"])
def test_an_unusable_id_is_refused_in_the_form(desk: Desk, user_id: str) -> None:
    desk.describe(user_id)
    desk.wait(lambda: desk.enroll.error is not None and not desk.enroll.busy)
    assert desk.state == "details"
    assert desk.line("enroll.id").property("state") == "negative"
    assert desk.line("enroll.id").accessibleDescription()
    assert not desk.shown("enroll.error")


def test_an_enrolled_id_offers_to_re_enroll(desk: Desk) -> None:
    desk.kit.enroll("1001", speaker=3, name="Ada")
    desk.describe("1001")
    desk.wait(lambda: desk.shown("enroll.replace"))
    assert desk.state == "details"
    desk.click("enroll.replace")
    desk.agree()
    desk.record_takes(1, 1, 1)
    desk.click("enroll.save")
    desk.wait(lambda: desk.state == "done")
    assert "re-enrolled" in cast("Text", desk.find("enroll.summary")).text()
    assert desk.kit.database.state.people["1001"].name == "Ada"
    speech = find_speech(AudioClip(utterance(1, 3.2)), LevelDetector())
    assert isinstance(desk.kit.kiosk.verify("1001", speech), Verified)


def test_typing_another_id_takes_the_offer_back(desk: Desk) -> None:
    desk.kit.enroll("1001", speaker=3)
    desk.describe("1001")
    desk.wait(lambda: desk.shown("enroll.replace"))
    QTest.keyClicks(desk.line("enroll.id"), "2")
    assert not desk.shown("enroll.replace")
    assert desk.line("enroll.id").text() == "10012"


def test_a_refused_take_says_why_and_keeps_the_others(desk: Desk) -> None:
    desk.begin_voice()
    desk.record_takes(1)
    kept = desk.enroll.slots[0]
    desk.say(utterance(1, 1.0))
    assert desk.state == "ready"
    assert desk.enroll.slots[0] is kept
    assert desk.enroll.slots[1] is None
    shown = words(desk.enroll_page)
    assert "Not good enough" in shown
    assert "Too little was heard. Say the whole sentence." in shown
    assert "Needed: Speech at least 2.0" in shown
    desk.record_takes(1, 1)
    assert desk.state == "review"


def test_silence_is_refused_as_silence(desk: Desk) -> None:
    desk.begin_voice()
    desk.say(np.zeros(16_000 * 9, np.float32))
    assert "No speech was heard" in words(desk.enroll_page)


def test_inconsistent_takes_cannot_be_saved_and_the_weakest_is_offered(desk: Desk) -> None:
    desk.begin_voice()
    desk.record_takes(1, 4, 1)
    assert desk.state == "review"
    assert not desk.enabled("enroll.save")
    assert "Take 2 differs most" in cast("HintBanner", desk.find("enroll.verdict")).hint
    assert not desk.shown("enroll.quick_verify")
    desk.enroll.save()
    assert desk.state == "review"

    first, stranger, third = (desk.enroll.slots[slot] for slot in range(3))
    assert stranger is not None
    desk.click("enroll.retake_weakest")
    assert desk.state == "ready"
    assert desk.enroll.slots.target == 1
    assert not stranger.embedding.vector.any()
    desk.record_takes(1)
    assert [desk.enroll.slots[0], desk.enroll.slots[2]] == [first, third]
    assert desk.enabled("enroll.save")


def test_the_threshold_in_force_decides_what_is_consistent(desk: Desk) -> None:
    Preferences(desk.kit.database, desk.kit.clock).set_threshold(MODEL, 0.95)
    desk.begin_voice()
    desk.record_takes(1, 1)
    # Half another voice: enough for the model's own threshold of 0.5, not for 0.95.
    desk.say(utterance(1, 3.5) + 0.6 * utterance(4, 3.5))
    assert desk.enroll.session.agreement.limit == 0.95  # type: ignore[union-attr]
    assert 0.5 < desk.enroll.slots.weakest()[1] < 0.95
    assert not desk.enabled("enroll.save")


def test_one_take_is_retaken(desk: Desk) -> None:
    desk.begin_voice()
    desk.record_takes(1, 1)
    second = desk.enroll.slots[1]
    desk.click("enroll.retake.0")
    assert desk.enroll.slots.target == 0
    assert desk.enroll.slots[1] is second
    desk.record_takes(1)
    assert desk.enroll.slots.target == 2
    assert desk.state == "ready"


def test_takes_of_one_person_do_not_become_those_of_another(desk: Desk) -> None:
    desk.begin_voice("1001", "Ada")
    desk.record_takes(1, 1)
    take = desk.enroll.slots[0]
    assert take is not None
    desk.click("enroll.back")
    desk.click("enroll.back")
    assert desk.shown("enroll.cancel")
    desk.begin_voice("1002", "Grace")
    assert not take.embedding.vector.any()
    assert desk.enroll.slots.target == 0
    desk.record_takes(2, 2, 2)
    assert desk.enabled("enroll.save")


def test_going_back_keeps_the_takes(desk: Desk) -> None:
    desk.begin_voice("1001", "Ada")
    desk.record_takes(1, 1)
    desk.click("enroll.back")
    desk.click("enroll.back")
    desk.describe("1001", "Ada Lovelace")
    desk.wait(lambda: desk.state == "consent")
    assert desk.enroll.slots.target == 2


def test_a_recording_is_stopped(desk: Desk) -> None:
    desk.begin_voice()
    desk.click("enroll.record")
    assert desk.state == "listening"
    assert not desk.shown("enroll.record")
    desk.click("enroll.stop")
    assert desk.state == "ready"
    desk.kit.microphone.feed(utterance(1, 3.5))
    desk.record_takes(1)
    assert len(desk.enroll.session.takes) == 1


def test_a_stopped_judgement_does_not_come_back(desk: Desk) -> None:
    desk.begin_voice()
    desk.kit.encoder.may_finish.clear()
    desk.click("enroll.record")
    desk.kit.microphone.feed(utterance(1, 3.5))
    desk.wait(lambda: desk.state == "checking")
    desk.click("enroll.stop")
    desk.kit.encoder.may_finish.set()
    desk.record_takes(2)
    assert len(desk.enroll.session.takes) == 1


def test_quick_verify_shows_the_score_and_stores_nothing(desk: Desk) -> None:
    desk.begin_voice()
    desk.record_takes(1, 1, 1)
    commits = desk.kit.database.commits
    for speaker, expected in ((1, "above"), (5, "below")):
        desk.click("enroll.quick_verify")
        desk.kit.microphone.feed(utterance(speaker, 3.5))
        desk.wait(lambda: desk.enroll.trial.result is not None)
        assert expected in desk.find("enroll.quick_score").accessibleName()
    assert desk.kit.database.commits == commits
    assert desk.kit.database.state.attempts == {}
    assert desk.state == "review"


def test_quick_verify_of_a_poor_recording_gives_advice(desk: Desk) -> None:
    desk.begin_voice()
    desk.record_takes(1, 1, 1)
    desk.click("enroll.quick_verify")
    desk.kit.microphone.feed(utterance(1, 0.8))
    desk.wait(lambda: desk.enroll.trial.result is not None)
    assert "Too little was heard" in words(desk.find("enroll.check"))
    assert "no score" in desk.find("enroll.quick_score").accessibleName()


def test_takes_are_kept_when_saving_fails(desk: Desk) -> None:
    desk.begin_voice()
    desk.record_takes(1, 1, 1)
    desk.kit.database.commit_error = DiskFull("No space is left.")
    desk.click("enroll.save")
    desk.wait(lambda: desk.enroll.error is not None)
    assert desk.state == "review"
    assert len(desk.enroll.session.takes) == 3
    hint = cast("HintBanner", desk.find("enroll.error")).hint
    assert "The disk is full" in hint
    assert "DB-006" in hint
    assert desk.stored_ids() == []
    desk.kit.database.commit_error = None
    desk.click("enroll.save")
    desk.wait(lambda: desk.state == "done")
    assert desk.stored_ids() == ["1001"]
    assert not desk.shown("enroll.error")


def test_nothing_of_the_voice_stays_after_saving(desk: Desk) -> None:
    desk.begin_voice()
    desk.record_takes(1, 1, 1)
    vectors = [take.embedding.vector for take in desk.enroll.session.takes]
    desk.click("enroll.save")
    desk.wait(lambda: desk.state == "done")
    assert not any(vector.any() for vector in vectors)
    exported = json.dumps(desk.kit.kiosk.people.export("1001"))
    assert "vector" not in exported


@pytest.mark.expects_log
def test_a_lost_microphone_ends_the_take_and_keeps_the_others(desk: Desk) -> None:
    desk.begin_voice()
    desk.record_takes(1)
    desk.click("enroll.record")
    # Heard means that the listener is at it; only then is unplugging an interruption.
    with desk.qtbot.waitSignal(desk.stage.bridge.progress, timeout=PATIENCE_MS):
        desk.kit.microphone.feed(utterance(1, 1.0)[:16_000])
    desk.kit.microphone.unplug()
    desk.wait(lambda: desk.state == "ready")
    assert "MIC-002" in cast("HintBanner", desk.find("enroll.error")).hint
    assert len(desk.enroll.session.takes) == 1
    with desk.qtbot.waitSignal(desk.stage.bridge.microphone, timeout=PATIENCE_MS):
        desk.kit.microphone.plug_in()
    desk.record_takes(1)
    assert len(desk.enroll.session.takes) == 2


def test_enrolling_by_keyboard_alone(desk: Desk) -> None:
    def key(code: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        focused = desk.frame.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, code, modifier)

    control = Qt.KeyboardModifier.ControlModifier
    assert desk.line("enroll.id").hasFocus()
    QTest.keyClicks(desk.line("enroll.id"), "1001")
    key(Qt.Key.Key_Return)
    assert desk.line("enroll.name").hasFocus()
    QTest.keyClicks(desk.line("enroll.name"), "Ada")
    key(Qt.Key.Key_Return)
    desk.wait(lambda: desk.state == "consent")
    assert desk.find("enroll.consent").hasFocus()
    key(Qt.Key.Key_Space)
    key(Qt.Key.Key_Return, control)
    assert desk.state == "ready"
    assert desk.find("enroll.record").hasFocus()
    for _ in range(3):
        key(Qt.Key.Key_Return)
        assert desk.state == "listening"
        assert desk.find("enroll.stop").hasFocus()
        desk.kit.microphone.feed(utterance(1, 3.5))
        desk.wait(lambda: desk.state in ("ready", "review"))
    assert desk.find("enroll.quick_verify").hasFocus()
    key(Qt.Key.Key_Return, control)
    desk.wait(lambda: desk.state == "done")
    assert desk.find("enroll.new").hasFocus()
    assert desk.stored_ids() == ["1001"]
