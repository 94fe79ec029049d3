"""The Enroll page when the voice is like that of that of an enrolled person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from PySide6.QtTest import QTest

from kiosk.core.records.audit import AuditAction, AuditQuery
from tests.ui.operator.enroll.test_enroll import words

if TYPE_CHECKING:
    from kiosk.ui.widgets.hearing.hint_banner import HintBanner
    from tests.ui.operator.desk import Desk


def decisions(desk: Desk) -> list[tuple[str | None, dict[str, Any]]]:
    wanted = AuditQuery(actions=(AuditAction.DUPLICATE_DECIDED.value,))
    with desk.kit.database() as work:
        return [(each.subject, each.details) for each in work.audit.find(wanted)]


def review(desk: Desk, user_id: str = "1002", speaker: int = 1) -> None:
    desk.begin_voice(user_id, "Eva")
    desk.record_takes(speaker, speaker, speaker)
    assert desk.state == "review"


def warning(desk: Desk) -> str:
    return cast("HintBanner", desk.find("enroll.alike_warning")).hint


def test_a_new_voice_is_not_warned_about(desk: Desk) -> None:
    desk.kit.enroll("1001", speaker=3, name="Ada")
    review(desk)
    assert not desk.shown("enroll.alike")
    assert desk.enabled("enroll.save")


def test_a_known_voice_is_shown_with_whom_it_is_like_and_cannot_be_saved(desk: Desk) -> None:
    desk.kit.enroll("1001", speaker=1, name="Ada")
    desk.kit.enroll("1003", speaker=3, name="Grace")
    review(desk)
    assert desk.shown("enroll.alike")
    shown = words(desk.find("enroll.alike"))
    assert "Ada" in shown
    assert "ID 1001, enrolled 2021-08-24, score 1.00 (warning threshold 0.50)" in shown
    assert "Grace" not in shown
    assert "that of an enrolled person" in warning(desk)
    assert not desk.enabled("enroll.save")
    assert desk.line("enroll.alike_reason").hasFocus()
    desk.enroll.save()
    assert desk.state == "review"
    assert desk.stored_ids() == ["1001", "1003"]


def test_another_person_is_enrolled_with_the_reason(desk: Desk) -> None:
    desk.kit.enroll("1001", speaker=1, name="Ada")
    review(desk)
    desk.click("enroll.alike_different")
    assert not desk.enabled("enroll.save")
    assert "The reason is missing." in words(desk.find("enroll.alike"))
    QTest.keyClicks(desk.line("enroll.alike_reason"), "Twins")
    desk.click("enroll.alike_different")
    assert "different person: Twins" in warning(desk)
    assert not desk.shown("enroll.alike_reason")
    desk.click("enroll.save")
    desk.wait(lambda: desk.state == "done")
    assert desk.stored_ids() == ["1001", "1002"]
    ((subject, details),) = decisions(desk)
    assert (subject, details["decision"], details["reason"]) == ("1002", "another person", "Twins")
    assert details["alike"] == ["1.000 1001"]
    # And where it was decided it can be read.
    assert desk.text("enroll.decided") == "Decided: not the same person as 1001. Reason: Twins"
    assert desk.shown("enroll.decided")


def test_for_the_same_person_nothing_is_stored_but_that(desk: Desk) -> None:
    desk.kit.enroll("1001", speaker=1, name="Ada")
    review(desk)
    vectors = [take.embedding.vector for take in desk.enroll.session.takes]
    desk.click("enroll.alike_same")
    desk.wait(lambda: desk.state == "details")
    assert not any(vector.any() for vector in vectors)
    assert desk.stored_ids() == ["1001"]
    ((subject, details),) = decisions(desk)
    assert (subject, details["decision"]) == ("1002", "same person")


def test_the_same_person_can_be_re_enrolled_at_once(desk: Desk) -> None:
    desk.kit.enroll("1001", speaker=1, name="Ada")
    review(desk)
    desk.click("enroll.alike_reenroll.0")
    desk.wait(lambda: desk.state == "details")
    assert desk.line("enroll.id").text() == "1001"
    assert desk.enroll.draft.replacing
    desk.click("enroll.next")
    desk.agree()
    desk.record_takes(1, 1, 1)
    assert not desk.shown("enroll.alike")
    desk.click("enroll.save")
    desk.wait(lambda: desk.state == "done")
    assert desk.stored_ids() == ["1001"]


def test_another_take_asks_anew(desk: Desk) -> None:
    desk.kit.enroll("1001", speaker=1, name="Ada")
    review(desk)
    QTest.keyClicks(desk.line("enroll.alike_reason"), "Twins")
    desk.click("enroll.alike_different")
    desk.click("enroll.retake.0")
    desk.record_takes(1)
    assert desk.state == "review"
    assert not desk.enabled("enroll.save")
    assert desk.line("enroll.alike_reason").text() == ""


def test_whoever_is_enrolled_meanwhile_is_asked_about(desk: Desk) -> None:
    review(desk)
    assert desk.enabled("enroll.save")
    desk.kit.enroll("1001", speaker=1, name="Ada")
    desk.click("enroll.save")
    desk.wait(lambda: desk.enroll.error is not None)
    assert desk.state == "review"
    assert "USR-010" in cast("HintBanner", desk.find("enroll.error")).hint
    assert desk.shown("enroll.alike")
    assert not desk.enabled("enroll.save")
    assert len(desk.enroll.session.takes) == 3
    QTest.keyClicks(desk.line("enroll.alike_reason"), "Twins")
    desk.click("enroll.alike_different")
    desk.click("enroll.save")
    desk.wait(lambda: desk.state == "done")
    assert desk.stored_ids() == ["1001", "1002"]


def test_takes_of_two_voices_are_told_before_whom_they_are_like(desk: Desk) -> None:
    desk.kit.enroll("1001", speaker=1, name="Ada")
    desk.begin_voice("1002", "Eva")
    desk.record_takes(1, 4, 1)
    assert not desk.shown("enroll.alike")
    desk.click("enroll.retake_weakest")
    desk.record_takes(1)
    assert desk.shown("enroll.alike")


def test_a_disabled_person_is_shown_as_such(desk: Desk) -> None:
    desk.kit.enroll("1001", speaker=1)
    desk.kit.kiosk.people.set_enabled("1001", enabled=False)
    review(desk)
    shown = words(desk.find("enroll.alike"))
    assert "disabled" in shown
    assert "1001" in shown


def test_of_many_only_the_first_are_shown(desk: Desk) -> None:
    desk.kit.kiosk.duplicates.set_threshold(desk.kit.encoder.card, 0.99999)
    for number in range(7):
        desk.kit.enroll(f"10{number}", speaker=number)
    desk.kit.kiosk.duplicates.set_threshold(desk.kit.encoder.card, 0.001)
    review(desk)
    shown = words(desk.find("enroll.alike"))
    assert "similar to those of 7 enrolled people" in shown
    assert "and 2 more" in shown
