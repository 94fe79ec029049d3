from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from kiosk.audio.files import SoundFiles
from kiosk.core.errors import BadAudio
from tests.support.signals import sine
from tests.unit.audio.sound_files import open_ended_flac, wav_header

if TYPE_CHECKING:
    from pathlib import Path


# --- refusals --------------------------------------------------------------------------------


def refusal(path: Path, limit_seconds: float | None = None) -> BadAudio:
    """Return why a file is refused; the sentence names it without its folder."""
    with pytest.raises(BadAudio) as raised:
        SoundFiles().read(path, limit_seconds=limit_seconds)
    assert f"'{path.name}'" in raised.value.message
    assert str(path.parent) not in str(raised.value)
    assert raised.value.hint
    return raised.value


def test_missing_file(tmp_path: Path) -> None:
    assert "no file" in refusal(tmp_path / "missing.wav").message
    assert "no file" in refusal(tmp_path / "no folder" / "missing.wav").message


def test_folder(tmp_path: Path) -> None:
    folder = tmp_path / "folder.wav"
    folder.mkdir()
    assert "folder" in refusal(folder).message


def test_device(tmp_path: Path) -> None:
    link = tmp_path / "endless.wav"
    link.symlink_to("/dev/zero")
    assert "not a file" in refusal(link).message


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    # A part of the path that is a file fails for everybody, even where permissions do not hold.
    (tmp_path / "file").write_bytes(b"x")
    assert "cannot be read" in refusal(tmp_path / "file" / "below.wav").message


def test_impossible_name(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "nul\0l.wav").message


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    path.touch()
    assert "empty" in refusal(path).message


@pytest.mark.parametrize(
    "content",
    [b"x", b"This is a letter and not a sound.\n" * 100, bytes(5000), b"RIFF", b"fLaC" * 50],
)
def test_no_sound_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "letter.wav"
    path.write_bytes(content)
    assert "not a sound file" in refusal(path).message


def test_no_samples(tmp_path: Path) -> None:
    path = tmp_path / "nothing.wav"
    soundfile.write(path, np.zeros(0), 16_000)
    assert "no sound" in refusal(path).message


def test_header_that_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    path.write_bytes(wav_header(16_000, 1, 32_000)[:30])
    refusal(path)


@pytest.mark.parametrize("kind", ["FLAC", "OGG", "MP3"])
def test_beginning_of_a_compressed_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "cut.sound"
    soundfile.write(path, sine(16_000, 1.0), 16_000, format=kind)
    path.write_bytes(path.read_bytes()[:60])
    refusal(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("channels", [1, 2])
def test_values_that_are_not_numbers(tmp_path: Path, value: float, channels: int) -> None:
    path = tmp_path / "bad.wav"
    samples = np.zeros((16_000, channels), np.float32)
    samples[9000] = value
    soundfile.write(path, samples, 16_000, subtype="FLOAT")
    assert "not numbers" in refusal(path).message


def test_infinities_that_cancel_out_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "bad.wav"
    samples = np.zeros((16_000, 2), np.float32)
    samples[9000] = [np.inf, -np.inf]
    soundfile.write(path, samples, 16_000, subtype="FLOAT")
    assert "not numbers" in refusal(path).message


@pytest.mark.parametrize("rate", [1, 3_999, 768_001, 2_000_000_000])
def test_absurd_rates(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "rate.wav"
    path.write_bytes(wav_header(rate, 1, 2000) + bytes(2000))
    assert f"{rate} Hz" in refusal(path).message


def test_too_many_channels(tmp_path: Path) -> None:
    path = tmp_path / "many.wav"
    path.write_bytes(wav_header(16_000, 65, 13_000) + bytes(13_000))
    assert "65 channels" in refusal(path).message


def test_two_hours_are_refused_by_the_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "meeting.wav"
    size = 7200 * 48_000 * 2 * 2
    with path.open("wb") as file:
        file.write(wav_header(48_000, 2, size))
        file.truncate(44 + size)  # sparse: takes no space

    def read_anyway(*_: object, **__: object) -> None:
        pytest.fail("samples were read")

    monkeypatch.setattr(soundfile.SoundFile, "read", read_anyway)
    assert "longer than 300 s" in refusal(path, limit_seconds=300.0).message


def test_limit_holds_where_the_header_does_not_know(tmp_path: Path) -> None:
    path = open_ended_flac(tmp_path / "long.flac", 3.0)
    assert "longer than 2 s" in refusal(path, limit_seconds=2.0).message
