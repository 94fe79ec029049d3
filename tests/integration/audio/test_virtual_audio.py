from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from time import monotonic

import numpy as np
import pytest

from kiosk.core.errors import AudioSystemMissing, MicrophoneFailed
from kiosk.demo.soak import noise
from kiosk.demo.virtual_audio import VirtualMicrophone
from tests.support.child import ask

needs_pulseaudio = pytest.mark.skipif(
    shutil.which("pulseaudio") is None, reason="the virtual microphone needs PulseAudio"
)


def running(pid: int) -> bool:
    """Return whether a process exists, as a zombie too."""
    return Path(f"/proc/{pid}").exists()


@needs_pulseaudio
def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with VirtualMicrophone(tmp_path / "log") as microphone:
        server = microphone._server
        assert server is not None
        runtime = Path(microphone.environment["ALSA_CONFIG_PATH"]).parent
        assert runtime.stat().st_mode & 0o777 == 0o700
        microphone.play(noise(160_000), wait=False)
        player = microphone._players[0]
    assert not running(server.pid)
    assert not running(player.pid)
    assert not runtime.exists()


@needs_pulseaudio
def test_folder_may_be_deep_and_have_blanks(tmp_path: Path) -> None:
    folder = tmp_path / ("a long name: with blanks " * 4) / ("x" * 100)
    with VirtualMicrophone(folder) as microphone:
        socket = microphone.environment["PULSE_SERVER"].removeprefix("unix:")
        assert len(socket) < 108
        assert " " not in socket


@needs_pulseaudio
def test_home_folder_and_environment_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PULSE_SERVER", "unix:/nowhere")  # the user's own is not asked
    before = dict(os.environ)
    with VirtualMicrophone(tmp_path / "log") as microphone:
        microphone.play(noise(1_600))
    assert dict(os.environ) == before
    assert list(home.iterdir()) == []


@needs_pulseaudio
def test_playing_takes_as_long_as_the_sound_and_can_be_cancelled(tmp_path: Path) -> None:
    with VirtualMicrophone(tmp_path) as microphone:
        begun = monotonic()
        microphone.play(noise(8_000))
        assert monotonic() - begun >= 0.5

        def cancel_what_plays() -> None:
            pause = threading.Event()
            while all(player.poll() is not None for player in microphone._players):
                pause.wait(0.01)
            microphone.silence()

        cancel = threading.Thread(target=cancel_what_plays)
        cancel.start()
        begun = monotonic()
        microphone.play(noise(600 * 16_000))
        assert monotonic() - begun < 600
        cancel.join()


@needs_pulseaudio
def test_unplugged_microphone_cannot_be_played_into(tmp_path: Path) -> None:
    with VirtualMicrophone(tmp_path) as microphone:
        microphone.unplug()
        microphone.unplug()
        with pytest.raises(MicrophoneFailed, match="could not be played"):
            microphone.play(noise(1_600))
        microphone.plug()
        microphone.plug()
        microphone.play(noise(1_600))


@needs_pulseaudio
def test_file_that_cannot_be_played(tmp_path: Path) -> None:
    with VirtualMicrophone(tmp_path) as microphone, pytest.raises(MicrophoneFailed):
        microphone.play(tmp_path / "missing.wav")


@needs_pulseaudio
def test_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(MicrophoneFailed, match="did not start") as raised,
        VirtualMicrophone(tmp_path, rate=-1),
    ):
        pass
    assert "Invalid sample format" in raised.value.hint


def test_missing_programs_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(AudioSystemMissing, match="needs pulseaudio") as raised,
        VirtualMicrophone(tmp_path),
    ):
        pass
    assert "pulseaudio-utils" in raised.value.hint


@needs_pulseaudio
@pytest.mark.parametrize(
    ("scenario", "rate"), [("short_soak", 16_000), ("short_soak_at_48_khz", 48_000)]
)
def test_a_short_soak_accounts_for_every_sample(tmp_path: Path, scenario: str, rate: int) -> None:
    # In a process of its own, as everything that opens PortAudio.
    result = ask("tests.integration.audio.scenario", scenario, str(tmp_path)).result
    shares = result["shares"]
    assert result["complete"], result
    assert result["played"] == round(1.2 * rate)
    assert shares == sorted(shares)
    assert 0.9 < shares[-1] <= 1.0


def test_noise_is_reproducible_and_on_the_steps_of_16_bits() -> None:
    signal = noise(1000)
    assert np.array_equal(signal, noise(1000))
    assert np.array_equal(signal * 32768, np.round(signal * 32768))
    assert not np.any(signal == 0)
