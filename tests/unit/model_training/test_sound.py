from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_training import distort
from voice_training.perturb import at_speed, cut_at_speed, fitted
from voice_training.recipe import Distortion
from voice_training.store import Store

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import Samples
    from voice_training.layout import Layout

RATE = 16_000


def _sine(hertz: float, seconds: float = 1.0) -> Samples:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(
        np.float32
    )


def _pitch(wave: Samples) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(wave))) * RATE / len(wave))


def _power(wave: Samples) -> float:
    return float(np.mean(np.square(wave, dtype=np.float64)))


@pytest.mark.parametrize("speed", [0.8, 1.25])
def test_speed_moves_pitch_and_length(speed: float) -> None:
    changed = at_speed(_sine(400.0), speed)
    assert len(changed) == pytest.approx(RATE / speed, abs=2)
    assert _pitch(changed) == pytest.approx(400.0 * speed, abs=3.0)


@pytest.mark.parametrize("speed", [0.8, 1.0, 1.25])
@pytest.mark.parametrize("seconds", [0.3, 3.0])
def test_a_cut_has_the_length_that_was_asked_for(speed: float, seconds: float) -> None:
    generator = np.random.default_rng(0)
    cut, _ = cut_at_speed(_sine(400.0, seconds), speed, RATE, generator)
    assert cut.shape == (RATE,)
    assert cut.dtype == np.float32


@pytest.mark.parametrize("speed", [0.8, 1.0, 1.25])
def test_a_cut_begins_where_it_says_and_on_the_grid(speed: float) -> None:
    rising = np.linspace(0.0, 1.0, 4 * RATE, dtype=np.float32)
    changed = at_speed(rising, speed)
    places = set()
    for seed in range(12):
        cut, start = cut_at_speed(rising, speed, RATE, np.random.default_rng(seed), grid=640)
        places.add(start)
        assert start % 640 == 0
        # Away from the edges, where resampling rings.
        middle = slice(1_000, RATE - 1_000)
        assert np.allclose(cut[middle], changed[start : start + RATE][middle], atol=1e-3)
    assert len(places) > 6


def test_a_short_wave_begins_anew() -> None:
    wave = np.arange(4, dtype=np.float32)
    assert fitted(wave, 6, start=1).tolist() == [1, 2, 3, 0, 1, 2]
    assert fitted(wave, 2, start=1).tolist() == [1, 2]


@pytest.mark.parametrize("snr_db", [0.0, 12.0])
def test_noise_is_added_at_the_ratio(snr_db: float) -> None:
    wave, noise = _sine(400.0), np.random.default_rng(0).normal(size=RATE).astype(np.float32)
    added = distort.mixed(wave, noise, snr_db) - wave
    assert 10 * np.log10(_power(wave) / _power(added)) == pytest.approx(snr_db, abs=0.01)


def test_silence_adds_nothing() -> None:
    wave = _sine(400.0)
    assert np.array_equal(distort.mixed(wave, np.zeros_like(wave), 3.0), wave)


def test_a_room_rings_on_and_keeps_the_beginning() -> None:
    click = np.zeros(RATE, dtype=np.float32)
    click[100] = 1.0
    heard = distort.in_room(click, np.random.default_rng(1), (0.3, 0.3))
    assert np.max(np.abs(heard[:100])) < 1e-6
    assert heard[100] == pytest.approx(1.0, abs=1e-5)
    late, later = _power(heard[500:2500]), _power(heard[2500:4500])
    assert late > 10 * later > 0


def test_a_band_limit_takes_the_lows_away() -> None:
    for seed in range(5):
        generator = np.random.default_rng(seed)
        assert _power(distort.band_limited(_sine(20.0), generator)) < 0.2 * _power(_sine(20.0))


@pytest.mark.parametrize(
    ("rate", "codec"),
    [(16_000, codec) for codec in distort._CODECS] + [(8_000, c) for c in distort._PHONE_CODECS],
)
def test_codecs_keep_length_and_voice(rate: int, codec: distort.Codec) -> None:
    wave = _sine(400.0, 1.3)
    heard = distort.through_codec(wave, rate, np.random.default_rng(0), [codec])
    assert heard.shape == wave.shape
    assert heard.dtype == np.float32
    assert not np.array_equal(heard, wave)
    assert _pitch(heard[2000:-2000]) == pytest.approx(400.0, abs=3.0)


def test_a_telephone_takes_the_highs_away() -> None:
    for codec in distort._PHONE_CODECS:
        heard = distort.through_codec(_sine(5_000.0), 8_000, np.random.default_rng(0), [codec])
        assert _power(heard) < 0.01 * _power(_sine(5_000.0))


def test_a_measured_room_keeps_the_place_and_the_level() -> None:
    response = np.zeros(4_000, dtype=np.float32)
    response[32], response[2_000] = 0.5, 0.3
    click = np.zeros(RATE, dtype=np.float32)
    click[100] = 1.0
    for seed in range(4):
        heard = distort.in_measured_room(click, response, np.random.default_rng(seed))
        assert np.flatnonzero(np.abs(heard) > 1e-6).tolist() == [100, 2_068]
        assert np.sum(np.square(heard)) == pytest.approx(1.0, abs=1e-3)


def test_distortion_follows_its_generator(prepared: Layout) -> None:
    noise, voices = Store.open(prepared.store("noise")), Store.open(prepared.store("train"))
    always = Distortion(
        clean=0, noise=1, babble=1, reverb=1, measured_rooms=0.5, band=1, codec=1, phone=1, clip=1
    )
    distorter = distort.Distorter(always, noise, voices, rooms=noise)
    wave = _sine(400.0)
    one, same, other = (distorter(wave, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert one.shape == wave.shape
    assert np.isfinite(one).all()


def test_what_stays_clean_only_changes_its_level(prepared: Layout) -> None:
    store = Store.open(prepared.store("noise"))
    distorter = distort.Distorter(Distortion(clean=1.0, gain_db=(-6.0, -6.0)), store, store)
    wave = _sine(400.0)
    changed = distorter(wave, np.random.default_rng(0))
    assert np.allclose(changed, wave * 10 ** (-6 / 20), atol=1e-6)
