from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import soundfile

from tests.support.signals import sine

if TYPE_CHECKING:
    from pathlib import Path


def wav_header(rate: int, channels: int, data_bytes: int) -> bytes:
    """Return a 16-bit PCM header that promises this many bytes of samples."""
    frame = 2 * channels
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * frame, frame, 16)
    return (
        b"RIFF"
        + struct.pack("<I", min(36 + data_bytes, 2**32 - 1))
        + b"WAVEfmt "
        + struct.pack("<I", len(form))
        + form
        + b"data"
        + struct.pack("<I", data_bytes)
    )


def open_ended_flac(path: Path, seconds: float) -> Path:
    """Write a FLAC whose header leaves the length open, as one encoded while it is recorded."""
    soundfile.write(path, sine(16_000, seconds), 16_000)
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0  # the number of samples: 36 bits
    data[22:26] = bytes(4)
    path.write_bytes(data)
    return path
