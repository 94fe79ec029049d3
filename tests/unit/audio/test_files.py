from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from kiosk.audio.files import SoundFiles
from kiosk.core.errors import BadAudio
from kiosk.core.hearing.audio import MODEL_RATE
from tests.support.signals import sine, sine_fit
from tests.unit.audio.sound_files import open_ended_flac, wav_header

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path, rate: int) -> None:
    """Read a second of a 440 Hz tone and find it intact."""
    clip = SoundFiles().read(path)
    assert (clip.rate, clip.source_rate, clip.overflows) == (MODEL_RATE, rate, 0)
    assert clip.seconds == pytest.approx(1.0, abs=0.1)  # MP3 pads
    amplitude, rest = sine_fit(clip.samples[3000:-3000], MODEL_RATE, 440.0)
    assert amplitude == pytest.approx(0.5, rel=0.05)
    assert rest < -20


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [
        ("WAV", "PCM_U8"),
        ("WAV", "PCM_16"),
        ("WAV", "PCM_24"),
        ("WAV", "PCM_32"),
        ("WAV", "FLOAT"),
        ("WAV", "DOUBLE"),
        ("WAV", "ULAW"),
        ("WAV", "IMA_ADPCM"),
        ("WAVEX", "PCM_16"),
        ("RF64", "PCM_16"),
        ("AIFF", "PCM_16"),
        ("FLAC", "PCM_16"),
        ("OGG", "VORBIS"),
        ("OGG", "OPUS"),
        ("MP3", "MPEG_LAYER_III"),
    ],
)
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_formats(tmp_path: Path, kind: str, subtype: str, rate: int) -> None:
    path = tmp_path / "tone.sound"  # the content tells what it is
    soundfile.write(path, sine(rate, 1.0), rate, format=kind, subtype=subtype)
    read(path, rate)


@pytest.mark.parametrize("rate", [4_000, 8_000, 11_025, 44_100, 96_000, 192_000])
def test_rates(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "tone.wav"
    soundfile.write(path, sine(rate, 1.0), rate)
    read(path, rate)


@pytest.mark.parametrize("name", ["tone.raw", "tone.mp3", "tön 音.wav", "tone"])
def test_the_name_does_not_matter(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    soundfile.write(path, sine(16_000, 1.0), 16_000, format="WAV")
    read(path, 16_000)


def test_channels_are_averaged(tmp_path: Path) -> None:
    path = tmp_path / "eight.wav"
    tones = [sine(16_000, 0.5, 200.0 * (n + 1), 0.1) for n in range(8)]
    soundfile.write(path, np.stack(tones, axis=1), 16_000, subtype="FLOAT")
    assert np.allclose(SoundFiles().read(path).samples, np.mean(tones, axis=0), atol=1e-6)


@pytest.mark.parametrize("hiss", [0.0, 1e-4])
@pytest.mark.parametrize("voiced", [0, 1])
def test_an_unused_channel_does_not_weaken_the_voice(
    tmp_path: Path, voiced: int, hiss: float
) -> None:
    path = tmp_path / "stereo.wav"
    both = np.random.default_rng(3).standard_normal((24_000, 2)).astype(np.float32) * hiss
    both[:, voiced] = sine(16_000, 1.5)
    soundfile.write(path, both, 16_000, subtype="FLOAT")
    assert np.allclose(SoundFiles().read(path).samples, both[:, voiced], atol=1e-3)


def test_silence_is_read_as_silence(tmp_path: Path) -> None:
    path = tmp_path / "silent.wav"
    soundfile.write(path, np.zeros((16_000, 2)), 16_000)
    clip = SoundFiles().read(path)
    assert (len(clip), clip.samples.any()) == (16_000, np.False_)


def test_a_recording_of_several_blocks_has_no_seams(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, sine(44_100, 5.3), 44_100, subtype="FLOAT")
    clip = SoundFiles().read(path)
    assert clip.seconds == pytest.approx(5.3, abs=1e-3)
    _, rest = sine_fit(clip.samples[1000:-1000], MODEL_RATE, 440.0)
    assert rest < -90


def test_a_file_shorter_than_its_header_says_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    samples = (sine(16_000, 1.0) * 32767).astype("<i2")
    path.write_bytes(wav_header(16_000, 1, 10 * samples.nbytes) + samples.tobytes())
    read(path, 16_000)


def test_a_recorder_that_never_wrote_the_length_is_read(tmp_path: Path) -> None:
    path = tmp_path / "streamed.wav"
    samples = (sine(16_000, 1.0) * 32767).astype("<i2")
    path.write_bytes(wav_header(16_000, 1, 2**32 - 1) + samples.tobytes())
    read(path, 16_000)


def test_a_recording_of_unknown_length_is_read(tmp_path: Path) -> None:
    path = open_ended_flac(tmp_path / "open.flac", 3.0)
    clip = SoundFiles().read(path, limit_seconds=3.0)
    assert clip.seconds == 3.0


def test_mp3_that_breaks_off_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "cut.mp3"
    soundfile.write(path, sine(16_000, 4.0), 16_000)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert 1.0 < SoundFiles().read(path).seconds < 3.0


def test_beginning_only(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    soundfile.write(path, sine(44_100, 3.0), 44_100)
    assert SoundFiles().read(path, max_seconds=1.25).seconds == pytest.approx(1.25, abs=1e-3)


def test_limit_is_inclusive(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    soundfile.write(path, sine(44_100, 2.0), 44_100)
    assert SoundFiles().read(path, limit_seconds=2.0).seconds == pytest.approx(2.0, abs=1e-3)


# --- in memory --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_what_is_in_memory_is_read_as_from_a_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.sound"
    soundfile.write(path, sine(44_100, 1.0), 44_100, format=kind)
    from_file = SoundFiles().read(path)
    in_memory = SoundFiles().decode(path.read_bytes(), "upload")
    np.testing.assert_array_equal(in_memory.samples, from_file.samples)
    assert in_memory.source_rate == 44_100


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "'upload' is an empty file"),
        (b"not sound at all", "'upload' is not a sound file"),
        (wav_header(16_000, 1, 0), "'upload' contains no sound"),
        (wav_header(16_000, 1, 96_000) + bytes(96_000), "'upload' is longer than 2 s"),
    ],
)
def test_what_cannot_be_read_from_memory_is_told(data: bytes, part: str) -> None:
    with pytest.raises(BadAudio, match=part):
        SoundFiles().decode(data, "upload", limit_seconds=2.0)


# --- what would take long to compute ----------------------------------------------------------


@pytest.mark.parametrize(("rate", "channels"), [(655_350, 1), (192_001, 1), (48_000, 9)])
def test_rates_and_channels_of_no_recorder_are_refused(
    tmp_path: Path, rate: int, channels: int
) -> None:
    path = tmp_path / "odd.wav"
    soundfile.write(path, np.zeros((100, channels)), rate)
    with pytest.raises(BadAudio, match=f"{rate} Hz" if channels == 1 else "9 channels"):
        SoundFiles().read(path)


def test_silence_that_is_small_in_a_file_and_large_in_memory_is_refused() -> None:
    file = io.BytesIO()
    soundfile.write(file, np.zeros((192_000, 8), np.int16), 192_000, format="FLAC")
    assert len(file.getvalue()) < 100_000
    with pytest.raises(BadAudio, match="too many samples: 8 channels at 192000 Hz") as caught:
        SoundFiles().decode(file.getvalue(), "bomb", limit_seconds=10.0)
    assert "one channel at 16000 Hz" in caught.value.hint
    assert SoundFiles().decode(file.getvalue(), "longer", limit_seconds=16.0).seconds == 1.0


def test_samples_are_counted_where_the_header_does_not_know_them(tmp_path: Path) -> None:
    path = tmp_path / "open.flac"
    soundfile.write(path, np.zeros((192_000, 8), np.int16), 192_000)
    data = bytearray(path.read_bytes())
    assert data[:8] == b"fLaC\0\0\0\x22"
    data[21] &= 0xF0  # the 36 bits of the total in STREAMINFO (RFC 9639)
    data[22:26] = bytes(4)
    with pytest.raises(BadAudio, match="too many samples"):
        SoundFiles().decode(bytes(data), "bomb", limit_seconds=10.0)


def test_stereo_at_48_khz_may_last_to_the_limit() -> None:
    file = io.BytesIO()
    soundfile.write(file, np.zeros((96_000, 2), np.int16), 48_000, format="FLAC")
    assert SoundFiles().decode(file.getvalue(), "stereo", limit_seconds=2.0).seconds == 2.0
