from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from kiosk.core.hearing.audio import MODEL_RATE, AudioClip, dbfs


def ramp(count: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.arange(count, dtype=np.float32)


def test_length_in_samples_and_seconds() -> None:
    clip = AudioClip(ramp(800), rate=8000)
    assert len(clip) == 800
    assert clip.seconds == pytest.approx(0.1)


@pytest.mark.parametrize(
    "samples",
    [np.zeros((4, 2), np.float32), np.zeros(4, np.float64), np.zeros(4, np.int16)],
    ids=["stereo", "float64", "int16"],
)
def test_holds_nothing_but_one_dimensional_float32(samples: npt.NDArray[Any]) -> None:
    with pytest.raises(ValueError, match="float32"):
        AudioClip(samples)


@pytest.mark.parametrize("rate", [0, -16_000])
def test_rate_is_positive(rate: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        AudioClip(ramp(4), rate=rate)


def test_cut_shares_the_samples_and_keeps_what_is_known() -> None:
    clip = AudioClip(ramp(100), overflows=2, source_rate=48_000)
    part = clip.cut(10, 30)
    assert part.samples.tolist() == list(range(10, 30))
    assert np.shares_memory(part.samples, clip.samples)
    assert (part.overflows, part.source_rate) == (2, 48_000)


def test_repr_shows_no_samples() -> None:
    clip = AudioClip(np.full(16_000, 0.123, np.float32))
    assert repr(clip) == f"AudioClip(1.00 s at {MODEL_RATE} Hz)"


def test_level_of_a_full_scale_sine_is_3_db_below_full_scale() -> None:
    time = np.arange(MODEL_RATE) / MODEL_RATE
    sine = np.sin(2 * np.pi * 440 * time).astype(np.float32)
    assert dbfs(sine) == pytest.approx(-3.01, abs=0.01)
    assert dbfs((sine / 10).astype(np.float32)) == pytest.approx(-23.01, abs=0.01)


def test_level_of_silence_and_of_nothing_has_a_floor() -> None:
    assert dbfs(np.zeros(100, np.float32)) == -120.0
    assert dbfs(np.empty(0, np.float32)) == -120.0
