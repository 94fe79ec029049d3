"""Measurements on signals whose properties are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.hearing.audio import AudioClip
from kiosk.core.hearing.quality import MEASURES, QualityReport, Reason, judge, measure
from kiosk.core.hearing.speech import Activity, Speech
from kiosk.core.policies import QualityPolicy
from tests.unit.core.signals import RATE, low_passed, noise, spoken

GOOD = QualityReport(
    duration_s=5.0,
    net_speech_s=4.0,
    speech_ratio=0.9,
    snr_db=30.0,
    clipping=0.0,
    level_dbfs=-20.0,
    bandwidth_hz=7000.0,
    overflows=0,
)
POLICY = QualityPolicy(min_net_s=2.0, min_snr_db=8.0, min_bandwidth_hz=5000.0)


@pytest.mark.parametrize("snr", [0.0, 5.0, 10.0, 20.0, 30.0])
def test_snr_of_a_known_mixture(snr: float) -> None:
    speech = spoken(noise(3.0, 0.1), background=0.1 / 10 ** (snr / 20))
    assert measure(speech).snr_db == pytest.approx(snr, abs=0.7)


def test_snr_without_any_pause_is_taken_from_the_quietest_frames() -> None:
    # Nothing but voice: what there is of noise shows between the syllables.
    envelope = (0.5 + 0.5 * np.sin(2 * np.pi * 4 * np.arange(3 * RATE) / RATE)).astype(np.float32)
    background = noise(3.0, 0.001, seed=5)
    samples = noise(3.0, 0.2) * envelope**2 + background
    speech = Speech(AudioClip(samples), Activity(((0, len(samples)),), RATE))
    assert 20.0 < measure(speech).snr_db < 45.0


def test_snr_has_bounds() -> None:
    assert measure(spoken(noise(2.0, 0.1), background=0.0)).snr_db == 60.0
    # Speech was claimed where there is less power than around it.
    quiet = spoken(np.zeros(RATE, np.float32), background=0.1)
    lead = quiet.activity.segments[0][0]
    quiet.clip.samples[lead : lead + RATE] = 0.0
    assert measure(quiet).snr_db == -20.0


def test_snr_of_less_than_a_frame_is_zero() -> None:
    one_frame_missing = AudioClip(noise(0.01, 0.1))
    assert measure(Speech(one_frame_missing, Activity(((0, 100),), RATE))).snr_db == 0.0
    # A segment that holds no frame's centre.
    between = Activity(((161, 200),), RATE)
    assert measure(Speech(AudioClip(noise(1.0, 0.1)), between)).snr_db == 0.0


@pytest.mark.parametrize("share", [0.0, 0.005, 0.05])
def test_share_of_clipped_samples(share: float) -> None:
    voice = np.clip(noise(2.0, 0.1), -0.9, 0.9)
    clipped = np.random.default_rng(3).permutation(len(voice))[: round(share * len(voice))]
    voice[clipped] = np.where(clipped % 2 == 0, 1.0, -1.0)
    assert measure(spoken(voice)).clipping == pytest.approx(share, abs=1e-4)


@pytest.mark.parametrize(
    ("cutoff", "narrow"), [(3400.0, True), (4000.0, True), (6000.0, False), (8000.0, False)]
)
def test_bandwidth_is_that_of_the_voice_and_not_of_its_sampling_rate(
    cutoff: float, narrow: bool
) -> None:
    report = measure(spoken(low_passed(noise(3.0, 0.1), cutoff), background=1e-6))
    assert report.bandwidth_hz == pytest.approx(cutoff, abs=150.0)
    assert report.narrow_band is narrow


def test_bandwidth_of_almost_nothing_is_zero_and_not_narrow() -> None:
    for samples in (noise(0.02, 0.1), np.zeros(RATE, np.float32)):
        speech = Speech(AudioClip(samples), Activity(((0, len(samples)),), RATE))
        report = measure(speech)
        assert report.bandwidth_hz == 0.0
        assert not report.narrow_band


def test_level_is_that_of_the_speech_alone() -> None:
    report = measure(spoken(noise(1.0, 0.1), before=3.0, after=3.0))
    assert report.level_dbfs == pytest.approx(-20.0, abs=0.1)


def test_durations_and_overflows() -> None:
    report = measure(spoken(noise(2.0, 0.1), before=1.0, after=0.5, overflows=3))
    assert report.duration_s == pytest.approx(3.5)
    assert report.net_speech_s == pytest.approx(2.0)
    assert report.speech_ratio == pytest.approx(1.0)
    assert report.overflows == 3


def test_recording_without_speech() -> None:
    report = measure(Speech(AudioClip(noise(1.0, 0.1)), Activity((), RATE)))
    assert (report.net_speech_s, report.clipping, report.level_dbfs) == (0.0, 0.0, -120.0)
    assert judge(report, POLICY) == (Reason.NO_SPEECH,)


@given(st.integers(0, 3000), st.data())
def test_any_finite_recording_can_be_measured(size: int, data: st.DataObject) -> None:
    scale = data.draw(st.sampled_from([0.0, 1e-30, 1.0, 1e18]))
    samples = (np.random.default_rng(size).normal(size=size) * scale).astype(np.float32)
    stops = sorted(data.draw(st.lists(st.integers(0, size), max_size=6, unique=True)))
    segments = tuple(zip(stops[::2], stops[1::2], strict=False))
    report = measure(Speech(AudioClip(samples), Activity(segments, RATE)))
    assert np.isfinite(list(report.as_dict().values())).all()


def test_a_good_recording_has_no_reason_against_it() -> None:
    assert judge(GOOD, POLICY) == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"overflows": 1}, Reason.LOST_AUDIO),
        ({"net_speech_s": 1.99}, Reason.TOO_SHORT),
        ({"speech_ratio": 0.55}, Reason.MOSTLY_SILENCE),
        ({"level_dbfs": -50.1}, Reason.TOO_QUIET),
        ({"snr_db": 7.9}, Reason.NOISY),
        ({"clipping": 0.01}, Reason.CLIPPED),
        ({"bandwidth_hz": 4000.0}, Reason.NARROW_BAND),
    ],
)
def test_each_gate(change: dict[str, float], reason: Reason) -> None:
    assert judge(replace(GOOD, **change), POLICY) == (reason,)  # type: ignore[arg-type]


def test_all_reasons_are_told_at_once() -> None:
    poor = replace(GOOD, net_speech_s=1.0, snr_db=0.0, clipping=0.5)
    assert judge(poor, POLICY) == (Reason.TOO_SHORT, Reason.NOISY, Reason.CLIPPED)


def test_limits_themselves_are_good_enough() -> None:
    edge = replace(GOOD, net_speech_s=2.0, snr_db=8.0, level_dbfs=-50.0, bandwidth_hz=5000.0)
    assert judge(edge, POLICY) == ()


def test_narrow_band_is_only_noticed_when_the_check_is_off() -> None:
    narrow = replace(GOOD, bandwidth_hz=3400.0)
    assert judge(narrow, replace(POLICY, min_bandwidth_hz=0.0)) == ()
    assert narrow.narrow_band


def test_every_gate_says_what_to_do_and_looks_at_what_is_in_the_report() -> None:
    for reason in Reason:
        assert reason.gate.advice
        assert reason.gate.measure is None or reason.gate.measure in MEASURES.values()
        assert Reason.of(reason.value) is reason
    assert Reason.of("of a newer program") is None


def test_every_gate_takes_its_limit_from_the_policy_that_is_asked() -> None:
    assert judge(GOOD, replace(POLICY, min_snr_db=30.1)) == (Reason.NOISY,)
    assert judge(GOOD, replace(POLICY, max_clipping=0.0)) == (Reason.CLIPPED,)
    assert judge(replace(GOOD, clipping=0.5), replace(POLICY, max_clipping=0.6)) == ()
