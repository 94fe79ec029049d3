"""What operators see of scores where the voice model was calibrated."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from kiosk.core.records import events as audit_events
from kiosk.core.visit.outcomes import Basis
from kiosk.ui.operator.activity.words import why
from kiosk.ui.operator.enroll.matrix import ConsistencyMatrix
from tests.ui.site import calibrate
from tests.ui.sound import MODEL, utterance

if TYPE_CHECKING:
    from kiosk.ui.widgets.hearing.hint_banner import HintBanner
    from tests.ui.operator.desk import Desk


LINE = "Threshold: at most 1 impostor in 100 reaches it here"


@pytest.mark.parametrize(
    ("speaker", "side"), [(1, "Above the threshold"), (4, "Below the threshold")]
)
def test_the_check_step_speaks_of_the_line(desk: Desk, speaker: int, side: str) -> None:
    calibrate(desk.kit)
    desk.begin_voice()
    desk.record_takes(1, 1, 1)
    verdict = cast("HintBanner", desk.find("enroll.verdict")).hint
    assert verdict.startswith("Yes. The lowest score is ")
    assert verdict.endswith("at least 0.25 is needed.")
    matrix = desk.frame.findChildren(ConsistencyMatrix)[0]
    assert matrix.accessibleDescription().count("Takes ") == 3
    assert not desk.shown("enroll.quick_score")
    desk.click("enroll.quick_verify")
    desk.kit.microphone.feed(utterance(speaker, 3.5))
    desk.wait(lambda: desk.enroll.trial.result is not None)
    said = desk.find("enroll.quick_score").accessibleName()
    assert f"{side}. {LINE}." in said
    details = desk.text("enroll.quick_details")
    assert details.startswith("Cosine by voice model: ")
    assert details.endswith(MODEL.model_id)


def test_takes_of_two_people_stay_below_it(desk: Desk) -> None:
    calibrate(desk.kit)
    desk.begin_voice()
    desk.record_takes(1, 4, 1)
    verdict = cast("HintBanner", desk.find("enroll.verdict")).hint
    assert "at least 0.25 is needed. Take 2 differs most" in verdict
    assert not desk.shown("enroll.quick_verify")


def test_records_tell_how_a_score_came_about(desk: Desk) -> None:
    basis = Basis("site:first+second", {"first": 0.6123, "second": -0.04}, 7.25, 100)
    event = audit_events.verification(
        "anna", "verified", 0.81, 0.25, "first", (), **basis.details()
    )
    with desk.kit.database() as work:
        record = work.audit.append(event)
    assert why(record) == (
        "cosine 0.612 first, -0.040 second; threshold: at most 1 impostor in 100; "
        "log-likelihood ratio 7.25"
    )
