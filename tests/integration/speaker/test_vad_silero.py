"""The speech detector, and the quality measurements that stand on what it finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kiosk.core.audio import MODEL_RATE, AudioClip
from kiosk.core.policies import ENROLL_QUALITY, VERIFY_QUALITY
from kiosk.core.quality import Reason, judge, measure
from kiosk.core.speech import Speech, find_speech
from kiosk.speaker.vad_silero import SileroDetector
from tests.integration.speaker.support import noise

Spoken = dict[tuple[str, int], AudioClip]


@pytest.fixture(scope="module")
def detector() -> SileroDetector:
    return SileroDetector()


def padded(clip: AudioClip, seconds: float = 1.0) -> AudioClip:
    return AudioClip(np.pad(clip.samples, int(seconds * clip.rate)))


def with_noise(clip: AudioClip, snr_db: float, found: Speech) -> AudioClip:
    """Add white noise to the whole clip, so much below the power of the speech in it."""
    voice = np.concatenate([clip.samples[a:b] for a, b in found.activity.segments])
    power = float(np.mean(np.square(voice, dtype=np.float64))) / 10 ** (snr_db / 10)
    added = noise(clip.seconds, float(np.sqrt(power))).samples
    return AudioClip((clip.samples + added).astype(np.float32))


def test_states_what_it_expects(detector: SileroDetector) -> None:
    assert (detector.rate, detector.frame) == (MODEL_RATE, 512)


def test_finds_speech_between_silence(detector: SileroDetector, speech: Spoken) -> None:
    for clip in speech.values():
        found = find_speech(padded(clip), detector)
        start, stop = found.activity.span
        # The detector may be a few frames early or late, and a segment is padded.
        assert abs(start - MODEL_RATE) < 0.3 * MODEL_RATE
        assert abs(stop - (MODEL_RATE + len(clip))) < 0.5 * MODEL_RATE
        assert found.activity.net_seconds > 0.85 * clip.seconds


@pytest.mark.parametrize("level", [0.0, 0.01, 0.1, 0.3])
def test_noise_is_no_speech(detector: SileroDetector, level: float) -> None:
    assert find_speech(noise(3.0, level), detector).activity.segments == ()


def test_a_tone_is_no_speech(detector: SileroDetector) -> None:
    time = np.arange(3 * MODEL_RATE) / MODEL_RATE
    hum = AudioClip((0.3 * np.sin(2 * np.pi * 100 * time)).astype(np.float32))
    found = find_speech(hum, detector)
    assert found.activity.segments == ()
    assert judge(measure(found), VERIFY_QUALITY) == (Reason.NO_SPEECH,)


def test_reset_forgets(detector: SileroDetector, speech: Spoken) -> None:
    clip = speech["slt", 0]
    frames = [clip.samples[start : start + 512] for start in range(0, 512 * 40, 512)]
    detector.reset()
    first = [detector.probability(frame) for frame in frames]
    carried_on = [detector.probability(frame) for frame in frames]
    detector.reset()
    again = [detector.probability(frame) for frame in frames]
    assert again == first
    assert carried_on != first
    assert max(first) > 0.9
    assert all(0.0 <= probability <= 1.0 for probability in first)


def test_any_layout_in_memory_will_do(detector: SileroDetector, speech: Spoken) -> None:
    frame = speech["slt", 0].samples[8_000:8_512]
    locked = frame.copy()
    locked.setflags(write=False)
    answers = []
    for variant in (frame.copy(), locked, np.repeat(frame, 2)[::2], frame[::-1].copy()[::-1]):
        detector.reset()
        answers.append(detector.probability(variant))
    assert len(set(answers)) == 1


def test_frames_of_another_length_are_refused(detector: SileroDetector) -> None:
    for shape in (0, 511, 1024, (512, 1)):
        with pytest.raises(ValueError, match="512"):
            detector.probability(np.zeros(shape, dtype=np.float32))


@pytest.mark.parametrize("snr_db", [20.0, 10.0, 5.0, 0.0])
def test_noise_is_measured(detector: SileroDetector, speech: Spoken, snr_db: float) -> None:
    for key in (("slt", 0), ("awb", 1), ("rms", 0)):
        clean = padded(speech[key])
        noisy = with_noise(clean, snr_db, find_speech(clean, detector))
        report = measure(find_speech(noisy, detector))
        assert report.snr_db == pytest.approx(snr_db, abs=1.0)
        assert (Reason.NOISY in judge(report, ENROLL_QUALITY)) == (snr_db < 8)
        assert (Reason.NOISY in judge(report, VERIFY_QUALITY)) == (snr_db < 3)


def test_good_recordings_are_accepted(detector: SileroDetector, speech: Spoken) -> None:
    for clip in speech.values():
        report = measure(find_speech(padded(clip), detector))
        assert judge(report, ENROLL_QUALITY) == ()
        assert not report.narrow_band


def test_clipping_is_measured(detector: SileroDetector, speech: Spoken) -> None:
    for key in (("slt", 0), ("awb", 1), ("rms", 0)):
        clip = padded(speech[key])
        loud = clip.samples / np.abs(clip.samples).max()
        clean = measure(find_speech(AudioClip(loud * np.float32(0.9)), detector))
        clipped = measure(find_speech(AudioClip(np.clip(loud * 4, -1, 1)), detector))
        assert clean.clipping == 0.0
        assert clipped.clipping > 0.05
        assert Reason.CLIPPED in judge(clipped, ENROLL_QUALITY)


def test_quiet_voice_is_noticed(detector: SileroDetector, speech: Spoken) -> None:
    found = find_speech(padded(speech["slt", 0]), detector)
    quiet = AudioClip(found.clip.samples * np.float32(10 ** (-45 / 20)))
    report = measure(replace(found, clip=quiet))
    assert Reason.TOO_QUIET in judge(report, VERIFY_QUALITY)


def test_telephone_quality_is_noticed(detector: SileroDetector, speech: Spoken) -> None:
    for key in (("slt", 0), ("awb", 1), ("rms", 0)):
        clip = padded(speech[key])
        spectrum = np.fft.rfft(clip.samples)
        frequencies = np.fft.rfftfreq(len(clip), 1 / MODEL_RATE)
        spectrum[frequencies > 3_700] = 0
        narrow = np.fft.irfft(spectrum, len(clip))
        rounded = np.round(narrow * 32767) / 32768
        report = measure(find_speech(AudioClip(rounded.astype(np.float32)), detector))
        assert report.narrow_band
        assert judge(report, ENROLL_QUALITY) == (Reason.NARROW_BAND,)
        assert judge(report, VERIFY_QUALITY) == ()
