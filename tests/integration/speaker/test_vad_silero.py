"""The speech detector, and the quality measurements that stand on what it finds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.core.errors import ModelRefused
from kiosk.core.hearing.audio import MODEL_RATE, AudioClip
from kiosk.core.hearing.quality import Reason, judge, measure
from kiosk.core.hearing.speech import Speech, find_speech
from kiosk.core.policies import ENROLL_QUALITY, VERIFY_QUALITY
from kiosk.speaker.vad_silero import SileroDetector
from tests.integration.speaker import support
from tests.integration.speaker.support import noise

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.core.hearing.audio import Samples

Spoken = dict[tuple[str, int], AudioClip]

PUBLISHED = [
    *(0.07484, 0.48327, 0.29421, 0.07557, 0.00614, 0.01394, 0.0218),
    *(0.05181, 0.12039, 0.05898, 0.00984, 0.00759, 0.0075),
]


@pytest.fixture(scope="module")
def detector() -> SileroDetector:
    return support.detector()


def vowels() -> Samples:
    """Return two seconds of a buzz through three resonances that glide: nearly a voice."""
    time = np.arange(64 * 512) / MODEL_RATE
    pitch = 2 * np.pi * np.cumsum(120 + 30 * np.sin(2 * np.pi * 1.5 * time)) / MODEL_RATE
    heard = np.zeros(len(time))
    for harmonic in range(1, 30):
        at = 120.0 * harmonic
        gain = sum(
            1 / (1 + ((at - center * (1 + 0.2 * np.sin(2 * np.pi * 2.3 * time))) / 90) ** 2)
            for center in (600, 1_200, 2_500)
        )
        heard += gain * np.sin(harmonic * pitch)
    loud = 0.5 - 0.5 * np.cos(2 * np.pi * 2 * time)
    return (0.05 * heard * loud).astype(np.float32)


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
    sound = clip.samples[: 512 * 40]
    detector.reset()
    first = detector.probabilities(sound).tolist()
    carried_on = detector.probabilities(sound).tolist()
    detector.reset()
    again = detector.probabilities(sound).tolist()
    assert again == first
    assert carried_on != first
    assert max(first) > 0.9
    assert all(0.0 <= probability <= 1.0 for probability in first)


def test_frame_by_frame_it_hears_the_same(detector: SileroDetector, speech: Spoken) -> None:
    sound = speech["slt", 0].samples[: 512 * 80]
    detector.reset()
    at_once = detector.probabilities(sound)
    detector.reset()
    one_by_one = [detector.probabilities(frame)[0] for frame in sound.reshape(-1, 512)]
    assert at_once == pytest.approx(one_by_one, abs=1e-5)


def test_it_computes_what_its_authors_model_does(detector: SileroDetector) -> None:
    """The probabilities of every fifth frame are those of the published ONNX file."""
    detector.reset()
    assert detector.probabilities(vowels())[2::5] == pytest.approx(PUBLISHED, abs=1e-4)


def test_weights_that_are_missing_or_others_are_told(tmp_path: Path) -> None:
    other = tmp_path / "weights.npz"
    with pytest.raises(ModelRefused, match="speech detector"):
        SileroDetector(other)
    np.savez(other, something=np.zeros(3))
    with pytest.raises(ModelRefused, match="speech detector"):
        SileroDetector(other)
    other.write_bytes(b"no archive")
    with pytest.raises(ModelRefused, match="speech detector"):
        SileroDetector(other)


def test_any_layout_in_memory_will_do(detector: SileroDetector, speech: Spoken) -> None:
    frame = speech["slt", 0].samples[8_000:8_512]
    locked = frame.copy()
    locked.setflags(write=False)
    answers = []
    for variant in (frame.copy(), locked, np.repeat(frame, 2)[::2], frame[::-1].copy()[::-1]):
        detector.reset()
        answers.append(float(detector.probabilities(variant)[0]))
    assert len(set(answers)) == 1


def test_frames_of_another_length_are_refused(detector: SileroDetector) -> None:
    for shape in (1, 511, 1000, (512, 1)):
        with pytest.raises(ValueError, match="512"):
            detector.probabilities(np.zeros(shape, dtype=np.float32))


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
