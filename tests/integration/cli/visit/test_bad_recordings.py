"""Each bad file gets one clear line, the right exit code, and leaves nothing behind."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from tests.integration.cli.visit.test_speaking import stored
from tests.support.encoded import by_ffmpeg

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kiosk.core.hearing.audio import Samples
    from tests.integration.cli.support import Cli, Sounds


def empty(path: Path, _good: Path) -> None:
    path.touch()


def not_audio(path: Path, _good: Path) -> None:
    path.write_text("This is not sound.\n" * 100, encoding="utf-8")


def truncated(path: Path, good: Path) -> None:
    path.write_bytes(good.read_bytes()[:40])


def zero_seconds(path: Path, _good: Path) -> None:
    soundfile.write(path, np.empty(0, np.float32), 16_000)


def not_a_number(path: Path, good: Path) -> None:
    samples, rate = soundfile.read(good, dtype="float32")
    samples[5000] = np.nan
    soundfile.write(path, samples, rate, subtype="FLOAT")


def two_hours(path: Path, _good: Path) -> None:
    size = 2 * 3600 * 16_000 * 2
    header = b"RIFF" + struct.pack("<I", size + 36) + b"WAVEfmt "
    header += struct.pack("<IHHIIHH", 16, 1, 1, 16_000, 32_000, 2, 16)
    with path.open("wb") as file:
        file.write(header + b"data" + struct.pack("<I", size))
        file.truncate(size + 44)  # a sparse file: no disk is needed


def folder(path: Path, _good: Path) -> None:
    path.mkdir()


def missing(_path: Path, _good: Path) -> None:
    pass


@pytest.mark.usefixtures("enrolled")
@pytest.mark.parametrize(
    "make",
    [empty, not_audio, truncated, zero_seconds, not_a_number, two_hours, folder, missing],
    ids=lambda make: make.__name__,
)
def test_what_cannot_be_read(
    cli: Cli, sounds: Sounds, enrolled: Path, tmp_path: Path, make: Callable[[Path, Path], None]
) -> None:
    good, bad = sounds("slt", 0), tmp_path / "bad.wav"
    make(bad, good)
    for command in (
        ("verify", "--user", "anna", bad),
        ("identify", bad),
        ("enroll", "--user", "new", "--consent", good, bad),
        ("embed", good, bad),
    ):
        assert "bad.wav" in cli.refuses("AUD-001", *command)
    assert stored(enrolled, "person") == 2
    assert stored(enrolled, "attempt") == 0


def eight_bit(samples: Samples, path: Path) -> None:
    soundfile.write(path, samples, 16_000, subtype="PCM_U8")


def eight_channels(samples: Samples, path: Path) -> None:
    soundfile.write(path, np.repeat(samples[:, None], 8, axis=1), 16_000)


def resampled(samples: Samples, rate: int) -> Samples:
    import soxr

    return np.asarray(soxr.resample(samples, 16_000, rate), np.float32)


def rate_192_khz(samples: Samples, path: Path) -> None:
    soundfile.write(path, resampled(samples, 192_000), 192_000)


@pytest.mark.usefixtures("enrolled")
@pytest.mark.parametrize(
    "make", [eight_bit, eight_channels, rate_192_khz], ids=lambda make: make.__name__
)
def test_unusual_formats_are_read(
    cli: Cli, sounds: Sounds, tmp_path: Path, make: Callable[..., None]
) -> None:
    samples, _ = soundfile.read(sounds("slt", 5), dtype="float32")
    make(samples, tmp_path / "odd.wav")
    answer = cli("verify", "--user", "anna", tmp_path / "odd.wav", "--json")
    assert (answer.code, answer.json["outcome"]) == (0, "verified")


def m4a(samples: Samples, path: Path) -> None:
    path.write_bytes(by_ffmpeg(resampled(samples, 44_100), 44_100, "ipod", "aac"))


def inverted(samples: Samples, path: Path) -> None:
    soundfile.write(path, np.stack([samples, -samples], axis=1), 16_000)


def with_offset(samples: Samples, path: Path) -> None:
    soundfile.write(path, samples * 0.8 + 0.1, 16_000)


def humming(samples: Samples, path: Path) -> None:
    hum = 0.5 * np.sin(2 * np.pi * 50 * np.arange(len(samples)) / 16_000)
    soundfile.write(path, np.stack([hum, samples], axis=1), 16_000)


def without_length(samples: Samples, path: Path) -> None:
    soundfile.write(path, samples, 16_000)
    data = bytearray(path.read_bytes())
    data[40:44] = bytes(4)
    path.write_bytes(data)


@pytest.mark.usefixtures("enrolled")
@pytest.mark.parametrize(
    ("make", "notices"),
    [
        (m4a, []),
        (without_length, []),
        (inverted, ["one_channel"]),
        (humming, ["one_channel"]),
        (with_offset, ["constant_offset"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_wrong_with_a_microphone_is_mended_and_told(
    cli: Cli,
    sounds: Sounds,
    tmp_path: Path,
    make: Callable[[Samples, Path], None],
    notices: list[str],
) -> None:
    samples, _ = soundfile.read(sounds("slt", 5), dtype="float32")
    make(samples, tmp_path / "odd.wav")
    answer = cli("verify", "--user", "anna", tmp_path / "odd.wav", "--json")
    assert (answer.code, answer.json["outcome"]) == (0, "verified")
    assert answer.json["notices"] == notices


@pytest.mark.usefixtures("enrolled")
def test_silence_is_inconclusive(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "silent.wav"
    soundfile.write(path, np.zeros(80_000, np.float32), 16_000)
    answer = cli("verify", "--user", "anna", path, "--json")
    assert (answer.code, answer.json["reasons"]) == (3, ["no_speech"])
    line = cli.refuses("USR-008", "enroll", "--user", "new", "--consent", path)
    assert "silent.wav: no speech" in line


@pytest.mark.usefixtures("enrolled")
def test_telephone_quality_is_compared_and_noticed(
    cli: Cli, sounds: Sounds, tmp_path: Path
) -> None:
    import soxr

    samples, _ = soundfile.read(sounds("slt", 5), dtype="float32")
    path = tmp_path / "phone.wav"
    soundfile.write(path, soxr.resample(samples, 16_000, 8_000), 8_000)
    answer = cli("verify", "--user", "anna", path, "--json")
    assert answer.code in (0, 1)
    assert answer.json["notices"] == ["narrow_band"]
    assert "telephone quality" in cli("verify", "--user", "anna", path).out
    line = cli.refuses("USR-008", "enroll", "--user", "new", "--consent", path)
    assert "telephone quality" in line
