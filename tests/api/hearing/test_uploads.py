"""What becomes of the chunks that clients upload, wherever they were cut."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from kiosk.api.hearing.uploads import clip_of, decoded, pieces
from kiosk.audio.files import SoundFiles
from kiosk.core.errors import BadAudio, InvalidInput
from kiosk.core.hearing.riff import Format
from tests.api.support import base64_of
from tests.support.encoded import by_ffmpeg

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import AudioClip, Samples

RATE = 16_000
PLAIN = Format()


def tone(seconds: float = 0.5, rate: int = RATE, amplitude: float = 0.5) -> Samples:
    time = np.arange(round(seconds * rate)) / rate
    return np.asarray(amplitude * np.sin(2 * np.pi * 440 * time), np.float32)


def pcm(samples: Samples) -> bytes:
    """Return samples as 16 bits, as clients without a header send them."""
    return np.round(samples * 32_768).astype("<i2").tobytes()


def wav(samples: Samples, rate: int = RATE, subtype: str = "PCM_16", kind: str = "WAV") -> bytes:
    """Return a WAV file as libsndfile writes it."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, subtype=subtype)
    return file.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", name, len(content)) + content + bytes(len(content) % 2)


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def clip(*chunks: bytes) -> AudioClip:
    files = SoundFiles()
    return clip_of(chunks, lambda data, name: files.decode(data, name, limit_seconds=300))


# --- base64 -----------------------------------------------------------------------------------


@given(st.binary(min_size=1, max_size=300), st.integers(min_value=1, max_value=80))
def test_base64_with_line_breaks_is_understood(data: bytes, width: int) -> None:
    text = base64_of(data)
    lines = "\r\n".join(text[start : start + width] for start in range(0, len(text), width))
    assert decoded(text) == decoded(lines) == data


@pytest.mark.parametrize(
    "text", ["", "\n", "a", "ab", "abc", "a===", "YW-j", "YW_j", "é", "=", "YQ=a"]
)
def test_what_is_no_base64_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        decoded(text)


# --- plain samples ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 7, 4_095, 30_000, 10**6])
def test_plain_samples_are_16_bit_mono_at_16_khz_however_they_are_cut(size: int) -> None:
    expected = tone(0.05 if size < 10 else 0.5)
    found = clip(*cut(pcm(expected), size))
    np.testing.assert_allclose(found.samples, expected, atol=1 / 32_768)
    assert found.source_rate == RATE


def test_half_a_sample_at_the_end_is_left_out() -> None:
    assert len(clip(pcm(tone()), b"\x01")) == len(tone())


# --- headers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 3, 11, 12, 13, 43, 44, 45, 100, 30_000])
def test_a_header_is_taken_out_however_it_is_cut(size: int) -> None:
    expected = tone(0.05 if size < 10 else 0.5)
    found = clip(*cut(wav(expected), size))
    np.testing.assert_allclose(found.samples, expected, atol=1 / 32_768)


@pytest.mark.parametrize(
    ("subtype", "tolerance"),
    [
        ("PCM_U8", 1 / 64),
        ("PCM_16", 1 / 16_384),
        ("PCM_24", 1e-6),
        ("PCM_32", 1e-6),
        ("FLOAT", 1e-6),
        ("DOUBLE", 1e-6),
        ("ALAW", 1 / 32),
        ("ULAW", 1 / 32),
    ],
)
@pytest.mark.parametrize("kind", ["WAV", "WAVEX"])
@pytest.mark.parametrize("size", [101, 30_000])
def test_the_width_of_samples_is_honored(
    subtype: str, tolerance: float, kind: str, size: int
) -> None:
    expected = tone()
    found = clip(*cut(wav(expected, subtype=subtype, kind=kind), size))
    assert len(found) == len(expected)
    np.testing.assert_allclose(found.samples, expected, atol=tolerance)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000])
def test_the_rate_is_honored(rate: int) -> None:
    found = clip(*cut(wav(tone(1.0, rate), rate), 997))
    assert len(found) == pytest.approx(RATE, abs=2)
    assert found.source_rate == rate
    middle = slice(2_000, 14_000)
    np.testing.assert_allclose(found.samples[middle], tone(1.0)[middle], atol=0.01)


def test_channels_are_averaged_and_silent_ones_left_out() -> None:
    left = tone()
    for right, expected in ((left / 2, left * 0.75), (np.zeros_like(left), left)):
        found = clip(*cut(wav(np.stack([left, right], axis=1)), 333))
        np.testing.assert_allclose(found.samples, expected, atol=1e-4)


def test_other_chunks_before_and_behind_the_samples_are_no_sound() -> None:
    expected = tone()
    sound = pcm(expected)
    head = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, RATE, RATE * 2, 2, 16))
    body = (
        chunk(b"JUNK", b"x" * 27)
        + head
        + chunk(b"LIST", b"INFOISFT" + b"a" * 33)
        + chunk(b"data", sound)
        + chunk(b"LIST", b"INFOICMT" + b"b" * 501)
        + chunk(b"id3 ", b"c" * 77)
    )
    data = struct.pack("<4sI4s", b"RIFF", len(body) + 4, b"WAVE") + body
    for size in (5, 1_000, len(data)):
        found = clip(*cut(data, size))
        np.testing.assert_allclose(found.samples, expected, atol=1 / 32_768)


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF, 0x7FFF_FFFF])
def test_a_length_that_was_left_open_means_all_that_follows(size: int) -> None:
    data = bytearray(wav(tone()))
    data[40:44] = struct.pack("<I", size)
    assert len(clip(*cut(bytes(data), 1_000))) == len(tone())


def test_samples_go_on_behind_the_length_that_a_header_has_announced() -> None:
    # A client that wrote the header when it knew the first second only.
    data = bytearray(wav(tone(1.0)))
    data[40:44] = struct.pack("<I", RATE)
    assert len(clip(*cut(bytes(data), 30_000))) == RATE


def test_of_a_file_that_was_cut_off_what_is_there_is_heard() -> None:
    assert len(clip(wav(tone(1.0))[: 44 + RATE])) == RATE // 2


# --- several files in one stream --------------------------------------------------------------


def test_a_header_before_each_chunk_is_taken_out_each_time() -> None:
    whole = tone(1.0)
    parts = [wav(part) for part in np.split(whole, 8)]
    found = clip(*parts)
    np.testing.assert_allclose(found.samples, whole, atol=1 / 32_768)
    assert len(pieces(parts)) == 1  # and the sound is not torn apart where they were


def test_a_header_in_the_middle_of_plain_samples_is_taken_out() -> None:
    one, two = tone(0.3), tone(0.2, amplitude=0.25)
    found = clip(pcm(one), b"\x07", wav(two))
    np.testing.assert_allclose(found.samples, np.concatenate([one, two]), atol=1 / 32_768)


@pytest.mark.parametrize("size", [1, 5, 11, 30])
def test_a_header_that_begins_a_chunk_may_end_in_a_later_one(size: int) -> None:
    one, two = tone(0.02), tone(0.02, amplitude=0.25)
    found = clip(pcm(one), *cut(wav(two), size))
    np.testing.assert_allclose(found.samples, np.concatenate([one, two]), atol=1 / 32_768)


def test_files_of_two_kinds_follow_each_other() -> None:
    found = clip(wav(tone(1.0, 48_000), 48_000), wav(tone(1.0), subtype="PCM_24"))
    assert len(found) == pytest.approx(2 * RATE, abs=2)


def test_the_letters_of_a_header_within_a_chunk_are_sound() -> None:
    data = pcm(tone())
    inside = data[:1_000] + b"RIFF" + data[1_004:]
    assert pieces([inside]) == [(PLAIN, inside)]
    assert pieces([data[:1_000], b"RIFX" + data[1_004:]]) == [
        (PLAIN, data[:1_000] + b"RIFX" + data[1_004:])
    ]


# --- other kinds ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [("ogg", "flac", RATE), ("ipod", "aac", 44_100), ("webm", "libopus", 48_000)],
)
def test_files_of_other_kinds_are_decoded_however_they_are_cut(
    container: str, codec: str, rate: int
) -> None:
    data = by_ffmpeg(tone(1.0, rate), rate, container, codec)
    found = clip(*cut(data, 997))
    assert found.source_rate == rate
    assert found.seconds == pytest.approx(1.0, abs=0.1)


# --- what is refused --------------------------------------------------------------------------


def header(form: bytes, data: bytes = bytes(100)) -> bytes:
    body = chunk(b"fmt ", form) + chunk(b"data", data)
    return struct.pack("<4sI4s", b"RIFF", len(body) + 4, b"WAVE") + body


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "no sound"),
        (b"\x01", "no sound"),
        (b"RIFF", "within its WAV header"),
        (wav(tone())[:30], "within its WAV header"),
        (wav(tone())[:44], "no sound"),
        (b"RIFF\0\0\0\0WAVE" + chunk(b"data", bytes(100)), "what kind of sound"),
        (b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", bytes(8)) + bytes(8), "damaged"),
        (header(struct.pack("<HHIIHH", 0x1234, 1, RATE, 8_000, 256, 4)), "format 4660, 4 bits"),
        (header(struct.pack("<HHIIHH", 1, 0, RATE, 0, 0, 16)), "0 channels"),
        (header(struct.pack("<HHIIHH", 1, 9, RATE, 0, 18, 16)), "9 channels"),
        (header(struct.pack("<HHIIHH", 1, 1, 192_001, 0, 2, 16)), "192001 Hz"),
        (header(struct.pack("<HHIIHH", 1, 1, 0, 0, 2, 16)), "0 Hz"),
        (header(struct.pack("<HHIIHH", 1, 1, 2**32 - 1, 0, 2, 16)), "4294967295 Hz"),
        (header(struct.pack("<HHIIHH", 0xFFFE, 1, RATE, 0, 2, 16)), "not understood"),
        (b"fLaC" + bytes(100), "FLAC"),
        (b"OggS" + bytes(100), "Ogg"),
        (b"\x1aE\xdf\xa3" + bytes(100), "WebM"),
        (header(struct.pack("<HHIIHH", 3, 1, RATE, 0, 4, 32), b"\xff" * 100), "not numbers"),
    ],
)
def test_what_is_no_sound_is_refused_in_words(data: bytes, part: str) -> None:
    with pytest.raises(BadAudio, match=part):
        clip(data)


def test_recordings_of_more_than_five_minutes_are_refused() -> None:
    quiet = header(struct.pack("<HHIIHH", 1, 1, 4_000, 4_000, 1, 8), b"\x80" * 1_201_000)
    with pytest.raises(BadAudio, match="longer than 300 s"):
        clip(quiet)


def test_many_short_files_that_are_long_together_are_refused() -> None:
    both = [(1, b"\x80" * 500_000), (2, b"\x80" * 1_000_000)]
    files = [
        header(struct.pack("<HHIIHH", 1, channels, 4_000, 0, channels, 8), sound)
        for _ in range(2)
        for channels, sound in both
    ]
    with pytest.raises(BadAudio, match="longer than 300 s"):
        clip(*files)


def test_a_stream_of_too_many_kinds_of_sound_is_refused() -> None:
    files = [wav(tone(0.01, rate), rate) for _ in range(20) for rate in (8_000, RATE)]
    with pytest.raises(BadAudio, match="too often"):
        clip(*files)


@pytest.mark.parametrize(("chunks", "heard"), [(900, True), (1_001, False)])
@pytest.mark.parametrize("before", [True, False])
def test_a_million_empty_chunks_are_not_gone_through(
    chunks: int, heard: bool, before: bool
) -> None:
    sound = pcm(tone())
    form = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, RATE, RATE * 2, 2, 16))
    empty = chunk(b"LIST", b"") * chunks
    parts = (form, empty, chunk(b"data", sound)) if before else (form, chunk(b"data", sound), empty)
    data = b"RIFF\0\0\0\0WAVE" + b"".join(parts)
    if heard:
        assert pieces([data]) == [(PLAIN, sound)]
        return
    with pytest.raises(BadAudio, match="more than 1000 chunks"):
        pieces([data])
