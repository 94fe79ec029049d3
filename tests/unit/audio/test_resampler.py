from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.audio.resampler import SoxrResampler, resample
from kiosk.core.hearing.audio import MODEL_RATE
from tests.support.signals import sine, sine_fit

RATES = [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000]


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_stays_what_it_is(rate: int) -> None:
    converted = resample(sine(rate, 1.0, 1000.0), rate)
    assert converted.dtype == np.float32
    assert len(converted) == pytest.approx(MODEL_RATE, abs=1)
    # Without the ends, where the filter sees the tone begin and stop.
    amplitude, rest = sine_fit(converted[2000:-2000], MODEL_RATE, 1000.0)
    assert amplitude == pytest.approx(0.5, rel=1e-3)
    assert rest < -90


def test_what_the_lower_rate_cannot_hold_is_removed() -> None:
    converted = resample(sine(48_000, 1.0, 11_000.0), 48_000)
    assert np.max(np.abs(converted[2000:-2000])) < 1e-4


@given(sizes=st.lists(st.integers(0, 3000), max_size=12), rate=st.sampled_from(RATES))
def test_portions_make_no_difference(sizes: list[int], rate: int) -> None:
    samples = np.random.default_rng(7).standard_normal(sum(sizes)).astype(np.float32)
    stream = SoxrResampler(rate)
    pieces = [stream.process(piece) for piece in np.split(samples, np.cumsum(sizes))]
    streamed = np.concatenate([*pieces, stream.flush()])
    whole = resample(samples, rate)
    assert len(streamed) == len(whole)
    assert np.allclose(streamed, whole, atol=1e-6)


def test_delay_stays_below_a_tenth_of_a_second() -> None:
    stream = SoxrResampler(44_100)
    got = sum(len(stream.process(np.zeros(882, np.float32))) for _ in range(100))
    assert got >= 2.0 * MODEL_RATE - 0.1 * MODEL_RATE


def test_at_the_models_rate_nothing_is_touched() -> None:
    samples = sine(MODEL_RATE, 0.1)
    stream = SoxrResampler(MODEL_RATE)
    assert stream.process(samples) is samples
    assert len(stream.flush()) == 0


def test_strided_samples_are_accepted() -> None:
    stereo = np.stack([sine(48_000, 0.5), np.zeros(24_000, np.float32)], axis=1)
    assert np.array_equal(resample(stereo[:, 0], 48_000), resample(sine(48_000, 0.5), 48_000))


@pytest.mark.parametrize("rate", [0, -1])
def test_impossible_rates_are_refused(rate: int) -> None:
    with pytest.raises(ValueError):
        SoxrResampler(rate)
