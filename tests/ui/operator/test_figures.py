"""What operators read about a recording follows from its gates."""

from __future__ import annotations

from dataclasses import replace

from kiosk.core.hearing.quality import QualityReport, Reason, judge
from kiosk.core.policies import ENROLL_QUALITY, VERIFY_QUALITY
from kiosk.ui.operator.figures import figures

POOR = QualityReport(
    duration_s=5.0,
    net_speech_s=2.44,
    speech_ratio=0.5,
    snr_db=-3.4,
    clipping=0.0125,
    level_dbfs=-20.0,
    bandwidth_hz=3400.0,
    overflows=0,
)


def test_each_figure_has_its_unit_its_digits_and_its_limit() -> None:
    shown = figures(POOR, ENROLL_QUALITY, ())[:5]
    assert [f"{each.title}: {each.value}, {each.limit}" for each in shown] == [
        "Speech: 2.4\u00a0s, at least 2.0\u00a0s",
        "SNR: −3\u00a0dB, at least 8\u00a0dB",
        "Level: −20\u00a0dBFS, at least −50\u00a0dBFS",
        "Clipping: 1.2\u00a0%, below 1\u00a0%",
        "Bandwidth: 3.4\u00a0kHz, at least 5.0\u00a0kHz",
    ]
    assert not any(each.failed for each in shown)


def test_what_failed_is_marked_and_pauses_are_marked_at_the_speech() -> None:
    reasons = judge(POOR, ENROLL_QUALITY)
    failed = [each.title for each in figures(POOR, ENROLL_QUALITY, reasons)[:5] if each.failed]
    assert failed == ["Speech", "SNR", "Clipping", "Bandwidth"]
    marked = figures(POOR, ENROLL_QUALITY, (Reason.NO_SPEECH,))
    assert [each.title for each in marked if each.failed] == ["Speech"]


def test_a_check_that_is_off_shows_no_limit_and_one_of_zero_does() -> None:
    shown = {
        each.title: each for each in figures(POOR, replace(VERIFY_QUALITY, min_snr_db=0.0), ())
    }
    assert shown["Bandwidth"].limit == ""
    assert shown["SNR"].limit == "at least 0\u00a0dB"
