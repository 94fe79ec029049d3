from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.core.errors import AudioSystemMissing
from kiosk.core.hearing.audio import MODEL_RATE
from kiosk.demo.voices import SENTENCES, VOICES, available, speak

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.core.hearing.audio import AudioClip

needs_flite = pytest.mark.skipif(not available(), reason="the voices need flite")


def net_speech(clip: AudioClip) -> float:
    """Return the seconds in which the level is within 35 dB of the loudest 20 ms."""
    frames = clip.samples[: len(clip) // 320 * 320].reshape(-1, 320)
    level = np.sqrt(np.mean(frames**2, axis=1))
    return float(np.count_nonzero(level > np.max(level) * 10 ** (-35 / 20))) * 0.02


@needs_flite
@pytest.mark.parametrize("voice", VOICES)
def test_every_sentence_is_long_enough_to_enroll_with(voice: str) -> None:
    assert len(set(SENTENCES)) >= 5
    for sentence in SENTENCES:
        clip = speak(voice, sentence)
        assert clip.rate == MODEL_RATE
        assert net_speech(clip) >= 3.5, sentence
        assert 0.1 < np.max(np.abs(clip.samples)) <= 1.0


@needs_flite
def test_voices_differ_and_repeat_themselves_exactly() -> None:
    text = SENTENCES[0]
    spoken = [speak(voice, text).samples for voice in VOICES]
    assert np.array_equal(spoken[0], speak(VOICES[0], text).samples)
    for one, other in combinations(spoken, 2):
        assert not np.array_equal(one, other)


@needs_flite
def test_unknown_voice_is_refused() -> None:
    with pytest.raises(ValueError, match="no voice 'kal'"):
        speak("kal", "Hello.")


def test_missing_synthesizer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not available()
    with pytest.raises(AudioSystemMissing, match="flite"):
        speak("slt", "Hello.")
