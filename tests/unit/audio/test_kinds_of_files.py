"""One small file of each kind that people send, and what becomes of it."""

from __future__ import annotations

import os
import struct
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.audio import decoder, foreign
from kiosk.audio.files import SoundFiles
from kiosk.core.errors import BadAudio
from kiosk.core.hearing.audio import MODEL_RATE
from tests.support.encoded import by_ffmpeg, by_libsndfile
from tests.support.signals import sine, sine_fit

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import AudioClip

FFMPEG = [
    # container, codec, rate of the file
    ("ipod", "aac", 44_100),
    ("ipod", "alac", 44_100),
    ("mov", "pcm_s16le", 44_100),
    ("adts", "aac", 16_000),
    ("asf", "wmav1", 44_100),
    ("asf", "wmav2", 44_100),
    ("webm", "libopus", 48_000),
    ("matroska", "ac3", 48_000),
    ("ogg", "flac", 16_000),
    ("ogg", "libopus", 48_000),
    ("amr", "libopencore_amrnb", 8_000),
    ("3gp", "libopencore_amrnb", 8_000),
    ("wav", "g726", 8_000),
    ("wav", "g722", 16_000),
    ("wav", "adpcm_ms", 16_000),
    ("caf", "alac", 16_000),
    ("wv", "wavpack", 16_000),
    ("tta", "tta", 16_000),
    ("avi", "pcm_s16le", 16_000),
    ("w64", "pcm_s16le", 16_000),
    ("mp3", "libmp3lame", 16_000),
]
LIBSNDFILE = [
    ("WAV", "GSM610", 8_000),
    ("WAV", "ULAW", 8_000),
    ("WAV", "ALAW", 8_000),
    ("AU", "ULAW", 8_000),
    ("AU", "G721_32", 8_000),
    ("CAF", "ALAC_16", 16_000),
    ("RF64", "PCM_24", 96_000),
    ("W64", "PCM_16", 192_000),
    ("VOC", "PCM_16", 16_000),
]


def heard(clip: AudioClip, rate: int) -> None:
    """Find a second of a 440 Hz tone."""
    assert (clip.rate, clip.source_rate) == (MODEL_RATE, rate)
    assert clip.seconds == pytest.approx(1.0, abs=0.15)  # coders pad
    amplitude, rest = sine_fit(clip.samples[4_000:-4_000], MODEL_RATE, 440.0)
    assert amplitude == pytest.approx(0.5, rel=0.2)
    assert rest < -14


@pytest.mark.parametrize(("container", "codec", "rate"), FFMPEG)
def test_what_ffmpeg_makes_is_read(tmp_path: Path, container: str, codec: str, rate: int) -> None:
    data = by_ffmpeg(sine(rate, 1.0), rate, container, codec)
    heard(SoundFiles().decode(data, "upload", limit_seconds=2.0), rate)
    path = tmp_path / "tone"
    path.write_bytes(data)
    heard(SoundFiles().read(path, limit_seconds=2.0), rate)


@pytest.mark.parametrize(("kind", "subtype", "rate"), LIBSNDFILE)
def test_what_libsndfile_makes_is_read(kind: str, subtype: str, rate: int) -> None:
    data = by_libsndfile(sine(rate, 1.0), rate, kind, subtype)
    heard(SoundFiles().decode(data, "upload", limit_seconds=2.0), rate)


@pytest.mark.parametrize("container", ["webm", "ipod"])
def test_two_coded_channels_are_one_voice(container: str) -> None:
    codec = {"webm": "libopus", "ipod": "aac"}[container]
    both = np.stack([sine(48_000, 1.0), sine(48_000, 1.0)], axis=1)
    heard(SoundFiles().decode(by_ffmpeg(both, 48_000, container, codec), "upload"), 48_000)


# --- what is not decoded, by its name ---------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"#!SILK_V3" + bytes(100), "is SILK, which cannot be decoded"),
        (b"\x02#!SILK_V3" + bytes(100), "is SILK, which"),
        (b"MThd" + bytes(100), "is MIDI, which"),
        (b"%PDF-1.7" + bytes(100), "is a PDF document, which"),
        (b"PK\x03\x04" + bytes(100), "is a ZIP archive, which"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "is a picture"),
        (b"<html><body>404 not found</body></html>", "is a web page"),
        (b"\x1aE\xdf\xa3" + bytes(100), "begins like WebM or Matroska, but is not a sound file"),
        (b"\0\0\0\x1cftypM4A " + bytes(100), "begins like MP4"),
        (b"#!AMR\n", "begins like AMR, but"),
    ],
)
def test_what_is_not_decoded_is_named(data: bytes, part: str) -> None:
    with pytest.raises(BadAudio, match=part) as caught:
        SoundFiles().decode(data, "upload")
    assert caught.value.hint == "Convert it to WAV, FLAC or MP3."


def test_without_the_decoder_the_kind_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "av.py").write_text("raise ImportError", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(BadAudio, match=r"is MP4 \(M4A\), which this program does not") as refused:
        SoundFiles().decode(b"\0\0\0\x20ftypM4A " + bytes(100), "voice.m4a")
    assert "'formats'" in refused.value.hint
    monkeypatch.setattr("sys.frozen", True, raising=False)
    monkeypatch.setattr(foreign, "_command", lambda: [sys.executable, "-P", decoder.__file__])
    with pytest.raises(BadAudio) as refused:
        SoundFiles().decode(b"\0\0\0\x20ftypM4A " + bytes(100), "voice.m4a")
    assert refused.value.hint == foreign.CONVERT


def test_a_coding_that_is_not_decoded_is_named() -> None:
    data = by_ffmpeg(sine(44_100, 1.0), 44_100, "avi", "adpcm_swf")
    with pytest.raises(BadAudio, match="is AVI with sound coded as adpcm_swf, which cannot"):
        SoundFiles().decode(data, "upload")


def test_a_film_without_sound_is_told() -> None:
    import io

    import av

    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with pytest.raises(BadAudio, match=r"is MP4 \(M4A\) without sound"):
        SoundFiles().decode(file.getvalue(), "upload")


# --- what is long, or lies about it -----------------------------------------------------------


def test_the_limit_holds_for_what_is_decoded_elsewhere() -> None:
    data = by_ffmpeg(np.zeros(44_100 * 30, np.float32), 44_100, "ipod", "aac")
    assert len(data) < 20_000  # and 5 MB decoded
    with pytest.raises(BadAudio, match="longer than 2 s"):
        SoundFiles().decode(data, "upload", limit_seconds=2.0)


def test_of_a_coded_file_that_breaks_off_what_is_there_is_heard() -> None:
    data = by_ffmpeg(sine(48_000, 4.0), 48_000, "webm", "libopus")
    assert 1.0 < SoundFiles().decode(data[: len(data) // 2], "upload").seconds < 3.0


@pytest.mark.parametrize("announced", [0, 1_000, 0xFFFF_FFFF, 0x7FFF_FFFF])
def test_the_length_in_a_wav_header_is_not_believed(tmp_path: Path, announced: int) -> None:
    data = bytearray(by_libsndfile(sine(16_000, 1.0), 16_000, "WAV", "PCM_16"))
    data[40:44] = struct.pack("<I", announced)
    path = tmp_path / "streamed.wav"
    path.write_bytes(data)
    for clip in (SoundFiles().read(path), SoundFiles().decode(bytes(data), "upload")):
        assert len(clip) == 16_000


def test_rf64_without_a_length_is_read_to_its_end() -> None:
    data = bytearray(by_libsndfile(sine(16_000, 1.0), 16_000, "RF64", "PCM_16"))
    place = data.index(b"ds64")
    data[place + 8 : place + 24] = bytes(16)
    assert len(SoundFiles().decode(bytes(data), "upload")) == 16_000


@pytest.mark.parametrize("name", [b"LIST", b"Xyz ", b"_PMX"])
@pytest.mark.parametrize("kind", ["WAV", "RF64"])
def test_what_an_editor_writes_behind_the_samples_is_no_sound(kind: str, name: bytes) -> None:
    data = by_libsndfile(sine(16_000, 1.0), 16_000, kind, "PCM_16")
    more = data + struct.pack("<4sI", name, 900) + b"\x55" * 900
    assert len(SoundFiles().decode(more, "upload")) == 16_000


# --- pipes ------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in folders")
def test_a_named_pipe_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    data = by_ffmpeg(sine(44_100, 1.0), 44_100, "ipod", "aac")
    writer = threading.Thread(target=path.write_bytes, args=(data,))
    writer.start()
    heard(SoundFiles().read(path), 44_100)
    writer.join()


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="this system has no /dev/fd")
def test_a_descriptor_is_a_file() -> None:
    ours, theirs = os.pipe()
    data = by_libsndfile(sine(8_000, 1.0), 8_000, "WAV", "PCM_16")

    def write() -> None:
        with os.fdopen(theirs, "wb") as out:
            out.write(data)

    with os.fdopen(ours, "rb") as pipe:
        writer = threading.Thread(target=write)
        writer.start()
        heard(SoundFiles().read(Path(f"/dev/fd/{pipe.fileno()}")), 8_000)
        writer.join()
