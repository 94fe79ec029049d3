from __future__ import annotations

import threading
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from kiosk.audio.wav_microphone import WavMicrophone
from kiosk.core.errors import BadAudio, MicrophoneFailed, MicrophoneMissing
from kiosk.core.hearing.audio import MODEL_RATE
from tests.support.signals import sine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kiosk.core.hearing.audio import Samples

TONE = sine(MODEL_RATE, 0.15)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "alice.wav"
    soundfile.write(path, TONE, MODEL_RATE, subtype="FLOAT")
    return path


@pytest.fixture
def development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_ENV", "development")


@pytest.fixture
def microphone(path: Path, development: None) -> Iterator[WavMicrophone]:
    microphone = WavMicrophone(path)
    yield microphone
    microphone.close()


def recorded(microphone: WavMicrophone, start: int, count: int) -> Samples:
    """Wait for this many samples from an index on."""
    deadline = monotonic() + 10
    pause = threading.Event()
    while microphone.position < start + count:
        assert monotonic() < deadline, "the microphone does not deliver"
        pause.wait(0.005)
    return microphone.read_since(start).samples[:count]


@pytest.mark.parametrize("value", [None, "", "production", "Development"])
def test_is_refused_outside_development(
    path: Path, value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KIOSK_ENV", raising=False)
    if value is not None:
        monkeypatch.setenv("KIOSK_ENV", value)
    with pytest.raises(MicrophoneFailed, match="in development only"):
        WavMicrophone(path)


@pytest.mark.usefixtures("development")
def test_bad_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadAudio, match="no file"):
        WavMicrophone(tmp_path / "missing.wav")


def test_plays_once_and_then_silence(microphone: WavMicrophone) -> None:
    microphone.open(None)
    heard = recorded(microphone, 0, 4800)
    assert np.array_equal(heard[: len(TONE)], TONE)
    assert not heard[len(TONE) :].any()


@pytest.mark.usefixtures("development")
def test_loops(path: Path) -> None:
    microphone = WavMicrophone(path, loop=True)
    microphone.open(None)
    heard = recorded(microphone, 0, 3 * len(TONE))
    microphone.close()
    assert np.array_equal(heard, np.tile(TONE, 3))


def test_name_says_that_it_is_a_recording(microphone: WavMicrophone) -> None:
    device = microphone.open(None)
    assert device.name == "Recording of alice.wav"
    assert microphone.device == device


def test_state_follows_opening_and_closing(microphone: WavMicrophone) -> None:
    assert (microphone.rate, microphone.device, microphone.delivering) == (0, None, False)
    microphone.open(None)
    assert (microphone.rate, microphone.delivering) == (MODEL_RATE, True)
    microphone.close()
    assert (microphone.rate, microphone.device, microphone.delivering) == (0, None, False)
    microphone.close()
    assert microphone.overflows == 0


def test_reopening_plays_from_the_beginning_and_counts_on(microphone: WavMicrophone) -> None:
    microphone.open(None)
    recorded(microphone, 0, 320)
    microphone.close()
    before = microphone.position
    microphone.open(microphone._identity.key)
    assert np.array_equal(recorded(microphone, before, 320), TONE[:320])


def test_another_device_is_missing(microphone: WavMicrophone) -> None:
    with pytest.raises(MicrophoneMissing, match="not connected"):
        microphone.open("ALSA: default")
