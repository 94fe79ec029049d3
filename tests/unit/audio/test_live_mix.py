"""One channel out of those of a microphone, block by block."""

from __future__ import annotations

import numpy as np
import pytest

from kiosk.audio.live_mix import LiveMix

RATE, BLOCK = 48_000, 960
TIME = np.arange(6 * RATE) / RATE
HISS = np.random.default_rng(3).standard_normal((len(TIME), 2)).astype(np.float32) * 1e-3
LOUD = np.repeat([0, 1, 1, 0, 1, 0] * 4, len(TIME) // 24)
VOICE = (LOUD * 0.3 * np.sin(2 * np.pi * 440 * TIME)).astype(np.float32)
HUM = (0.3 * np.sin(2 * np.pi * 50 * TIME)).astype(np.float32)


def heard(*channels: np.ndarray) -> tuple[np.ndarray, LiveMix]:
    mix = LiveMix()
    sound = np.stack(channels, axis=1).astype(np.float32)
    blocks = [mix(sound[start : start + BLOCK]) for start in range(0, len(sound), BLOCK)]
    return np.concatenate(blocks), mix


def test_one_channel_passes_unchanged() -> None:
    samples, mix = heard(VOICE)
    np.testing.assert_array_equal(samples, VOICE)
    assert (mix.offset, mix.channel) == (0.0, 0)


def test_two_that_agree_are_averaged() -> None:
    samples, mix = heard(VOICE + HISS[:, 0], VOICE / 2 + HISS[:, 1])
    np.testing.assert_allclose(samples, VOICE * 0.75, atol=5e-3)
    assert mix.channel == 0


@pytest.mark.parametrize("voiced", [0, 1])
def test_a_dead_one_is_left_out_and_is_no_news(voiced: int) -> None:
    both = [np.zeros_like(VOICE), np.zeros_like(VOICE)]
    both[voiced] = VOICE + HISS[:, 0]
    samples, mix = heard(*both)
    np.testing.assert_array_equal(samples[RATE:], both[voiced][RATE:])
    assert mix.channel == 0


def test_of_two_that_cancel_each_other_out_one_is_taken() -> None:
    capsule = VOICE + HISS[:, 0]
    samples, mix = heard(capsule, -0.9 * capsule)
    np.testing.assert_array_equal(samples[RATE:], capsule[RATE:])
    assert mix.channel == 1


@pytest.mark.parametrize("voiced", [0, 1])
def test_a_hum_on_one_is_left_out(voiced: int) -> None:
    both = [HUM + HISS[:, 0], HUM + HISS[:, 0]]
    both[voiced] = VOICE + HISS[:, 1]
    samples, mix = heard(*both)
    np.testing.assert_array_equal(samples[2 * RATE :], both[voiced][2 * RATE :])
    assert mix.channel == voiced + 1


def test_a_constant_offset_is_taken_out() -> None:
    samples, mix = heard(VOICE + HISS[:, 0] + 0.08)
    np.testing.assert_allclose(samples[RATE:], (VOICE + HISS[:, 0])[RATE:], atol=0.01)
    assert mix.offset == pytest.approx(0.08, rel=0.1)
    assert np.max(np.abs(np.diff(samples))) < 0.1


@pytest.mark.parametrize("begin", range(0, RATE, 2900))
def test_a_sound_that_is_there_from_the_first_block_on_is_no_offset(begin: int) -> None:
    loud = np.random.default_rng(begin).uniform(-0.5, 0.5, RATE).astype(np.float32)
    samples, mix = heard(loud, loud)
    np.testing.assert_array_equal(samples, loud)
    assert (mix.offset, mix.channel) == (0.0, 0)


def test_noise_alone_changes_nothing() -> None:
    samples, mix = heard(HISS[:, 0], HISS[:, 1])
    np.testing.assert_allclose(samples, HISS.mean(axis=1), atol=1e-6)
    assert mix.channel == 0


def test_a_change_of_channel_makes_no_click() -> None:
    tone = (0.3 * np.sin(2 * np.pi * 100 * TIME)).astype(np.float32)
    samples, _ = heard(tone, -0.9 * tone)
    assert np.max(np.abs(np.diff(samples))) < 0.01
