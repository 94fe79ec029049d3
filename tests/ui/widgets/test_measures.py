"""Ring, gauge and meter: numbers that are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QAccessible

from kiosk.ui.widgets.hearing.level_meter import FLOOR, LevelMeter
from kiosk.ui.widgets.hearing.net_speech_ring import NetSpeechRing
from kiosk.ui.widgets.score_gauge import ScoreGauge, signed
from tests.support.patience import PATIENCE_MS

if TYPE_CHECKING:
    from PySide6.QtGui import QColor
    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from kiosk.ui.theme.controller import ThemeController


def painted(widget: QWidget, color: QColor) -> int:
    """Return how many pixels have a color."""
    image = widget.grab().toImage()
    return sum(
        image.pixelColor(x, y) == color for x in range(image.width()) for y in range(image.height())
    )


# --- ring ------------------------------------------------------------------------------------


def test_the_ring_fills_with_the_share(theme: ThemeController, qtbot: QtBot) -> None:
    ring = NetSpeechRing(theme)
    qtbot.addWidget(ring)
    ring.show()
    filled = []
    for share in (0.0, 0.25, 0.5, 0.75):
        ring.set_share(share)
        filled.append(painted(ring, theme.color("accent")))
    quarter = filled[1] - filled[0]
    assert quarter > 500
    assert filled[3] - filled[1] == pytest.approx(2 * quarter, rel=0.1)


def test_enough_turns_the_ring_green_and_the_microphone_into_a_check(
    theme: ThemeController, qtbot: QtBot
) -> None:
    ring = NetSpeechRing(theme)
    qtbot.addWidget(ring)
    ring.show()
    ring.set_share(0.9)
    assert not ring.enough
    assert painted(ring, theme.color("positive")) == 0
    ring.set_share(0.9, enough=True)
    assert painted(ring, theme.color("positive")) > 2000
    assert painted(ring, theme.color("accent")) == 0


def test_the_ring_is_a_progress_bar_to_screen_readers(theme: ThemeController, qtbot: QtBot) -> None:
    ring = NetSpeechRing(theme)
    qtbot.addWidget(ring)
    ring.set_share(0.62)
    interface = QAccessible.queryAccessibleInterface(ring)
    assert interface.role() == QAccessible.Role.ProgressBar
    assert interface.valueInterface().currentValue() == 62
    assert interface.text(QAccessible.Text.Name) == "Speech heard"


def test_the_ring_speaks_at_quarters_only(theme: ThemeController, qtbot: QtBot) -> None:
    ring = NetSpeechRing(theme)
    qtbot.addWidget(ring)
    said: list[str] = []
    for percent in range(0, 101, 5):
        ring.set_share(percent / 100)
        if not said or said[-1] != ring.accessibleDescription():
            said.append(ring.accessibleDescription())
    assert said == [
        "",
        "25 percent heard",
        "50 percent heard",
        "75 percent heard",
        "Enough was heard",
    ]


def test_the_ring_moves_to_its_share_and_reset_empties_it_at_once(
    theme: ThemeController, qtbot: QtBot
) -> None:
    theme.set_reduced_motion(False)
    ring = NetSpeechRing(theme)
    qtbot.addWidget(ring)
    ring.show()
    ring.set_share(0.5)
    assert ring.shown < 0.5
    qtbot.waitUntil(lambda: ring.shown == 0.5, timeout=PATIENCE_MS)
    ring.set_share(1.0)
    ring.reset()
    assert (ring.share, ring.shown, ring.enough, ring.value()) == (0.0, 0.0, False, 0)


@pytest.mark.parametrize(("given", "kept"), [(-1.0, 0.0), (1.7, 1.0)])
def test_the_ring_keeps_to_its_bounds(
    theme: ThemeController, qtbot: QtBot, given: float, kept: float
) -> None:
    ring = NetSpeechRing(theme)
    qtbot.addWidget(ring)
    ring.set_share(given)
    assert ring.share == kept


# --- gauge -----------------------------------------------------------------------------------


@pytest.fixture
def gauge(theme: ThemeController, qtbot: QtBot) -> ScoreGauge:
    made = ScoreGauge(theme)
    qtbot.addWidget(made)
    made.resize(600, made.sizeHint().height())
    made.show()
    return made


@pytest.mark.parametrize(
    ("score", "spoken", "shown"),
    [
        (0.71, "score 0.71, threshold 0.49, above", "Above the threshold"),
        (0.49, "score 0.49, threshold 0.49, above", "Above the threshold"),
        (0.31, "score 0.31, threshold 0.49, below", "Below the threshold"),
        (None, "no score, threshold 0.49", "No score yet"),
    ],
)
def test_the_gauge_says_what_it_shows(
    gauge: ScoreGauge, score: float | None, spoken: str, shown: str
) -> None:
    gauge.set_score(score, 0.49)
    assert gauge.accessibleName() == spoken
    assert gauge.text == shown


def test_the_line_of_a_calibrated_score_says_what_it_means(gauge: ScoreGauge) -> None:
    meaning = "Threshold: at most 1 impostor in 1,000 reaches it here"
    gauge.set_score(0.71, 0.25, one_in=1_000)
    assert gauge.text == "Above the threshold"
    assert gauge.accessibleName() == f"Score 0.71. Above the threshold. {meaning}."
    gauge.set_score(-0.31, 0.25, one_in=1_000)
    assert gauge.text == "Below the threshold"
    assert gauge.accessibleName() == f"Score -0.31. Below the threshold. {meaning}."
    gauge.set_score(0.71, 0.25)
    assert gauge.text == "Above the threshold"


def test_the_line_is_in_the_middle(gauge: ScoreGauge, theme: ThemeController) -> None:
    gauge.set_score(None, 0.25, one_in=100)
    image = gauge.grab().toImage()
    marked = theme.color("gauge-marker")
    columns = [
        x
        for x in range(image.width())
        if sum(image.pixelColor(x, y) == marked for y in range(image.height())) > 20
    ]
    assert abs(sum(columns) / len(columns) / (image.width() - 1) - 0.5) < 0.01


def test_the_decision_wins_over_the_comparison(gauge: ScoreGauge) -> None:
    gauge.set_score(0.4951, 0.4949, accepted=False)
    assert gauge.text == "Below the threshold"
    assert gauge.accessibleName().endswith("below")


def test_the_gauge_takes_the_color_of_the_outcome(
    gauge: ScoreGauge, theme: ThemeController
) -> None:
    gauge.set_score(0.71, 0.49)
    assert painted(gauge, theme.color("positive")) > 2000
    assert painted(gauge, theme.color("negative")) == 0
    gauge.set_score(0.31, 0.49)
    assert painted(gauge, theme.color("positive")) == 0
    assert painted(gauge, theme.color("negative")) > 2000


def test_a_higher_score_fills_more(gauge: ScoreGauge, theme: ThemeController) -> None:
    filled = []
    for score in (0.5, 0.6, 0.7, 0.8):
        gauge.set_score(score, 0.49)
        filled.append(painted(gauge, theme.color("positive")))
    assert filled == sorted(filled)
    # A tenth of a window of 1.2 on a line some 570 px long and 16 px high.
    assert filled[3] - filled[0] == pytest.approx(3 * 0.1 / 1.2 * 568 * 16, rel=0.15)


def test_scores_beyond_the_window_are_pinned_but_stay_true(gauge: ScoreGauge) -> None:
    pictures = []
    for score in (-0.9, -0.5):
        gauge.set_score(score, 0.49)
        assert gauge.accessibleName() == f"score {score:.2f}, threshold 0.49, below"
        image = gauge.grab().toImage()
        pictures.append(image.copy(0, 60, image.width(), 20))
    assert pictures[0] == pictures[1]
    gauge.set_score(-0.2, 0.49)
    image = gauge.grab().toImage()
    assert image.copy(0, 60, image.width(), 20) != pictures[0]


def test_numbers_have_two_decimals_and_a_true_minus() -> None:
    assert [signed(x) for x in (0.705, -0.097, -0.001, 1)] == ["0.70", "−0.10", "0.00", "1.00"]


@pytest.mark.parametrize("window", [(0.5, 0.5), (1.0, 0.0), (-2.0, 1.0), (0.0, 1.5)])
def test_an_impossible_window_is_refused(
    theme: ThemeController, window: tuple[float, float]
) -> None:
    with pytest.raises(ValueError, match="window"):
        ScoreGauge(theme, window)


def test_the_gauge_makes_room_for_larger_text(gauge: ScoreGauge, theme: ThemeController) -> None:
    before = gauge.sizeHint().height()
    theme.set_text_scale(200)
    theme.settle()
    assert gauge.sizeHint().height() > before * 1.4


# --- meter -----------------------------------------------------------------------------------


@pytest.fixture
def meter(theme: ThemeController, qtbot: QtBot) -> LevelMeter:
    made = LevelMeter(theme)
    qtbot.addWidget(made)
    made.resize(400, made.sizeHint().height())
    made.show()
    return made


def test_the_meter_fills_with_the_level(meter: LevelMeter, theme: ThemeController) -> None:
    filled = []
    for level in (-60.0, -30.0, 0.0):
        meter.reset()
        meter.set_level(level)
        filled.append(painted(meter, theme.color("accent")))
    assert filled[0] == 0
    assert filled[1] == pytest.approx(filled[2] / 2, rel=0.1)
    assert meter.value() == 0


def test_the_highest_level_is_held_then_falls(meter: LevelMeter, qtbot: QtBot) -> None:
    meter.set_level(-12, -6)
    meter.set_level(-40, -35)
    assert meter.peak == -6
    qtbot.waitUntil(lambda: meter.peak == -40, timeout=PATIENCE_MS)


def test_clipping_lights_a_lamp_with_a_word(meter: LevelMeter, theme: ThemeController) -> None:
    meter.set_level(-3, 0, clipped=True)
    lit = meter.clipping
    assert meter.accessibleDescription() == "-3 decibels, Clipping"
    assert painted(meter, theme.color("warning")) > 1000
    meter.reset()
    assert (lit, meter.clipping) == (True, False)
    assert meter.peak == FLOOR


@pytest.mark.parametrize(("level", "shown"), [(-200.0, -60), (12.0, 0), (float("-inf"), -60)])
def test_levels_keep_to_the_scale(meter: LevelMeter, level: float, shown: int) -> None:
    meter.set_level(level)
    assert meter.value() == shown
