"""What becomes of several channels."""

from __future__ import annotations

import numpy as np
import pytest

from kiosk.core.hearing.channels import mixed

RATE = 16_000
TIME = np.arange(3 * RATE) / RATE


def voice() -> np.ndarray:
    """Return something that is loud and quiet by turns, as speech is."""
    loud = np.repeat(np.array([0, 1, 1, 0, 1, 0] * 2), len(TIME) // 12)
    return (loud * 0.3 * np.sin(2 * np.pi * 440 * TIME)).astype(np.float32)


def hiss(level: float) -> np.ndarray:
    noise = np.random.default_rng(3).standard_normal(len(TIME))
    return (level * noise).astype(np.float32)


def hum(level: float) -> np.ndarray:
    return (level * np.sin(2 * np.pi * 50 * TIME)).astype(np.float32)


def of(*channels: np.ndarray) -> tuple[np.ndarray, float, int]:
    made = mixed(np.stack(channels, axis=1), RATE)
    return made.samples, made.offset, made.channel


def test_channels_that_agree_are_averaged() -> None:
    samples, offset, channel = of(voice(), voice() / 2)
    np.testing.assert_allclose(samples, voice() * 0.75, atol=1e-6)
    assert (offset, channel) == (0.0, 0)


@pytest.mark.parametrize("share", [1.0, 0.98, 0.5])
def test_of_channels_that_cancel_each_other_out_one_is_taken(share: float) -> None:
    samples, _, channel = of(voice() + hiss(1e-3), -share * (voice() + hiss(1e-3)))
    assert channel == 1
    assert np.max(np.abs(samples)) == pytest.approx(0.3, rel=0.02)


@pytest.mark.parametrize("bad", [1, 2])
@pytest.mark.parametrize("with_voice", [True, False])
@pytest.mark.parametrize("level", [0.05, 0.5])
def test_a_hum_on_one_channel_is_left_out(bad: int, with_voice: bool, level: float) -> None:
    good = voice() + hiss(1e-3)
    humming = hum(level) + with_voice * good
    samples, _, channel = of(*((humming, good) if bad == 1 else (good, humming)))
    assert channel == 3 - bad
    np.testing.assert_array_equal(samples, good)


@pytest.mark.parametrize("offset", [0.05, -0.1])
def test_a_constant_offset_is_taken_out_and_told(offset: float) -> None:
    made = mixed((voice() + np.float32(offset))[:, None], RATE)
    np.testing.assert_allclose(made.samples, voice(), atol=2e-3)
    assert made.offset == pytest.approx(abs(offset), rel=0.05)


def test_a_dead_channel_with_an_offset_is_left_out() -> None:
    samples, offset, channel = of(voice(), np.full_like(voice(), 0.3))
    np.testing.assert_allclose(samples, voice(), atol=2e-3)
    assert (round(offset, 2), channel) == (0.3, 0)


def test_a_crackle_is_no_voice() -> None:
    crackle = hiss(1e-5)
    crackle[20_000:20_100] = 0.8
    samples, _, channel = of(voice(), crackle)
    np.testing.assert_array_equal(samples, voice())
    assert channel == 0


def test_two_people_on_two_channels_are_both_heard() -> None:
    other = np.roll(voice(), RATE // 2)
    samples, _, channel = of(voice() + hiss(1e-3), other + hiss(1e-3))
    assert channel == 0
    assert np.max(np.abs(samples)) > 0.14


@pytest.mark.parametrize("frames", [1, 5, 400])
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_short_and_silent_recordings_are_silent(frames: int, channels: int) -> None:
    made = mixed(np.zeros((frames, channels), np.float32), RATE)
    assert len(made.samples) == frames
    assert not made.samples.any()
