from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ui.widgets.hearing.envelope import Envelope, clipped, loudness
from kiosk.ui.widgets.hearing.waveform import CALM_FRAME_MS, FRAME_MS, WaveformView
from tests.support.patience import PATIENCE_MS
from tests.ui.widgets.sources import GrowingSource

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from kiosk.core.hearing.audio import Samples
    from kiosk.ui.theme.controller import ThemeController


def noise(count: int, seed: int = 1, scale: float = 0.2) -> Samples:
    drawn = np.random.default_rng(seed).normal(0, scale, count)
    return np.clip(drawn, -0.99, 0.99).astype(np.float32)


def expected(samples: Samples, start: int, bucket: int, columns: int) -> tuple[Samples, Samples]:
    """Return the envelope found the slow way: each column from the samples it covers."""
    newest = (start + len(samples) - 1) // bucket
    low, high = np.zeros(columns, np.float32), np.zeros(columns, np.float32)
    for column in range(columns):
        number = newest - columns + 1 + column
        begin, end = number * bucket - start, (number + 1) * bucket - start
        part = samples[max(0, begin) : max(0, end)]
        if len(part):
            low[column], high[column] = part.min(), part.max()
    return low, high


@given(
    start=st.integers(0, 100_000),
    pieces=st.lists(st.integers(0, 900), min_size=1, max_size=25),
    rate=st.sampled_from([8_000, 16_000, 44_100]),
)
def test_the_envelope_is_the_minimum_and_maximum_however_samples_arrive(
    start: int, pieces: list[int], rate: int
) -> None:
    samples = noise(sum(pieces) or 1)
    envelope = Envelope(columns=40, seconds=0.1)
    envelope.reset(rate, start)
    at = 0
    for piece in [*pieces, 1 if sum(pieces) == 0 else 0]:
        envelope.push(samples[at : at + piece], start + at)
        at += piece
    low, high = envelope.window()
    wanted_low, wanted_high = expected(samples, start, envelope.bucket, 40)
    np.testing.assert_array_equal(low, wanted_low)
    np.testing.assert_array_equal(high, wanted_high)


def test_columns_only_move_and_never_change_shape() -> None:
    envelope = Envelope(columns=50, seconds=0.5)
    envelope.reset(16_000, 0)
    samples = noise(16_000)
    envelope.push(samples[:8_000], 0)
    _, before = envelope.window()
    envelope.push(samples[8_000 : 8_000 + 3 * envelope.bucket], 8_000)
    _, after = envelope.window()
    # All but the newest, which may have been half full, are found three columns further left.
    np.testing.assert_array_equal(after[:-4], before[3:-1])


def test_lost_samples_show_as_silence() -> None:
    envelope = Envelope(columns=10, seconds=0.1)
    envelope.reset(1_000, 0)
    envelope.push(np.full(30, 0.5, np.float32), 0)
    envelope.push(np.full(10, 0.5, np.float32), 70)
    _, high = envelope.window()
    np.testing.assert_array_equal(high, [0, 0, 0.5, 0.5, 0.5, 0, 0, 0, 0, 0.5])


def test_what_is_not_a_number_does_not_tear_the_picture() -> None:
    envelope = Envelope(columns=10, seconds=0.1)
    envelope.reset(1_000, 0)
    envelope.push(np.array([0.1, np.nan, 0.2], np.float32), 0)
    low, high = envelope.window()
    assert np.isfinite(low).all()
    assert np.isfinite(high).all()


def test_loudness_keeps_sign_order_and_ends() -> None:
    heights = loudness(np.array([-1, -0.1, 0, 0.001, 0.1, 1], np.float32))
    assert heights[0] == pytest.approx(-1)
    assert heights[-1] == pytest.approx(1)
    assert heights[2] == 0
    assert (np.diff(heights) > 0).all()
    assert heights[4] > 0.4  # normal speech is plainly seen
    assert heights[3] < 0.05  # a quiet room is not


def test_clipped_columns_are_found() -> None:
    low = np.array([-0.5, -1.0, 0.0], np.float32)
    high = np.array([0.5, 0.4, 32767 / 32768], np.float32)
    assert clipped(low, high).tolist() == [False, True, True]


@pytest.fixture
def source() -> GrowingSource:
    return GrowingSource()


@pytest.fixture
def view(theme: ThemeController, qtbot: QtBot, source: GrowingSource) -> WaveformView:
    made = WaveformView(theme, source)
    qtbot.addWidget(made)
    made.resize(800, 160)
    return made


def test_it_draws_only_while_it_is_seen(
    view: WaveformView, theme: ThemeController, qtbot: QtBot, source: GrowingSource
) -> None:
    before = view.running
    theme.set_reduced_motion(False)
    view.show()
    assert view.running
    source.feed(noise(4_800))
    qtbot.waitUntil(lambda: source.reads > 0, timeout=PATIENCE_MS)
    view.hide()
    assert (before, view.running) == (False, False)


def test_it_shows_what_was_fed(view: WaveformView, source: GrowingSource) -> None:
    view.show()
    samples = noise(48_000 * 6)
    for piece in np.array_split(samples, 37):
        source.feed(piece)
        view.advance()
    low, high = view.envelope()
    wanted_low, wanted_high = expected(samples, 0, 400, 600)
    np.testing.assert_array_equal(low, wanted_low)
    np.testing.assert_array_equal(high, wanted_high)


def test_it_paints_louder_sound_taller(
    view: WaveformView, theme: ThemeController, source: GrowingSource
) -> None:
    def height() -> int:
        image = view.grab().toImage()
        x, color = image.width() - 60, theme.color("waveform")
        return sum(image.pixelColor(x, y) == color for y in range(image.height()))

    view.show()
    source.feed(np.tile(np.array([0.02, -0.02], np.float32), 24_000 * 5))
    view.advance()
    quiet = height()
    source.feed(np.tile(np.array([0.5, -0.5], np.float32), 24_000 * 5))
    view.advance()
    assert 0 < quiet < height()


def test_what_was_heard_before_it_was_shown_is_not_drawn(
    view: WaveformView, source: GrowingSource
) -> None:
    source.feed(noise(48_000))
    view.show()
    view.advance()
    assert not np.any(view.envelope())
    view.hide()
    source.feed(noise(48_000))
    view.show()
    assert not np.any(view.envelope())


def test_closing_empties_the_picture_and_reopening_begins_anew(
    view: WaveformView, source: GrowingSource
) -> None:
    view.show()
    source.feed(noise(48_000))
    view.advance()
    assert np.any(view.envelope())
    source.rate = 0
    view.advance()
    assert not np.any(view.envelope())
    assert "closed" in view.accessibleDescription()
    source.rate = 16_000
    view.advance()
    source.feed(noise(1_600))
    view.advance()
    assert np.count_nonzero(view.envelope()[1]) == pytest.approx(1_600 / 134, abs=2)
    assert "listening" in view.accessibleDescription()


def test_an_overrun_is_drawn_as_silence(view: WaveformView, source: GrowingSource) -> None:
    view.show()
    source.feed(noise(4_000))
    view.advance()
    source.skip(40_000)
    source.feed(noise(4_000))
    view.advance()
    _, high = view.envelope()
    assert (high[-10:] != 0).all()
    assert (high[-110:-12] == 0).all()
    assert (high[-120:-111] != 0).all()


def test_clipping_is_shown_in_the_color_of_a_warning_and_in_words(
    view: WaveformView, theme: ThemeController, source: GrowingSource
) -> None:
    view.show()
    loud = np.tile(np.array([1.0, -1.0], np.float32), 24_000)
    source.feed(loud)
    view.advance()
    assert view.clipping
    assert "too loud" in view.accessibleDescription()
    image = view.grab().toImage()
    color = image.pixelColor(image.width() - 20, image.height() // 2 - 20)
    assert color == theme.color("warning")
    source.feed(noise(48_000 * 5))
    view.advance()
    assert not view.clipping


def test_no_source_is_a_closed_microphone(theme: ThemeController, qtbot: QtBot) -> None:
    view = WaveformView(theme)
    qtbot.addWidget(view)
    view.show()
    view.advance()
    assert "closed" in view.accessibleDescription()
    source = GrowingSource()
    view.set_source(source)
    source.feed(noise(4_800))
    view.advance()
    assert np.any(view.envelope())


def test_less_motion_means_fewer_frames(view: WaveformView, theme: ThemeController) -> None:
    view.show()
    assert view.frame_ms == CALM_FRAME_MS
    theme.set_reduced_motion(False)
    assert view.frame_ms == FRAME_MS
