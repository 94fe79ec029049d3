"""What a WAV header says, read from bytes that anybody may have sent.

After "Multimedia Programming Interface and Data Specifications 1.0" (IBM and Microsoft, 1991) and
"Multiple Channel Audio Data and WAVE Files" (Microsoft, 2007) for the extensible format.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from kiosk.core.errors import BadAudio

PCM, FLOAT, A_LAW, MU_LAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_WIDTHS = {PCM: (8, 16, 24, 32), FLOAT: (32, 64), A_LAW: (8,), MU_LAW: (8,)}
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
"""All but the first two bytes of the identifiers of these formats in the extensible header."""
_MAX_CHANNELS = 8
_MIN_RATE, _MAX_RATE = 4_000, 192_000
_MAX_CHUNKS = 1_000
"""Chunks in one place that are no sound; a million empty ones would cost seconds."""

_OPEN_ENDED = 0x7FFF_0000
"""Sizes from here on, and 0, are placeholders of programs that write while they record."""

_ABOUT = frozenset(
    name.encode()
    for name in (
        *("LIST", "id3 ", "ID3 ", "fact", "cue ", "bext", "iXML", "smpl", "inst", "PEAK"),
        *("JUNK", "junk", "PAD ", "FLLR", "levl", "plst", "note", "labl", "acid", "afsp"),
    )
)
"""Chunks that describe a recording; behind the samples, whatever else follows is sound again."""


@dataclass(frozen=True)
class Format:
    """How samples lie in memory.

    Attributes:
        tag: :data:`PCM`, :data:`FLOAT`, :data:`A_LAW` or :data:`MU_LAW`.
        channels: 1 to 8, interleaved.
        rate: in Hz.
        bits: of one sample; little-endian, 8 bits without sign.
    """

    tag: int = PCM
    channels: int = 1
    rate: int = 16_000
    bits: int = 16

    @property
    def frame(self) -> int:
        """Return the bytes of one sample of every channel."""
        return self.channels * self.bits // 8

    def wav(self, sound: bytes) -> bytes:
        """Return a well-formed WAV file; an incomplete frame at the end is left out."""
        size = len(sound) // self.frame * self.frame
        head = struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            *(b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, self.tag, self.channels, self.rate),
            *(self.rate * self.frame, self.frame, self.bits, b"data", size),
        )
        return head + memoryview(sound)[:size]


SEED_FORMAT = Format()
"""What bytes without a header are: 16 bit, mono, 16 kHz."""


@dataclass(frozen=True)
class Header:
    """A header that has been read.

    Attributes:
        format: of the samples that follow.
        start: where they begin.
        size: how many bytes of them there should be; None when the header leaves it open.
    """

    format: Format
    start: int
    size: int | None


def unusable(message: str) -> BadAudio:
    """Return the error of an upload that is understood by no other means than these."""
    return BadAudio(
        message,
        hint="Upload WAV with PCM of 8, 16, 24 or 32 bits or float, or plain 16 bit samples, "
        "mono, at 16 kHz.",
    )


def begins_header(data: bytes | memoryview) -> bool:
    """Return whether bytes begin like a WAV file, as far as there are any."""
    head = bytes(data[:12])
    if len(head) < 4:
        return False
    return head[:4] in (b"RIFF", b"RF64") and b"WAVE".startswith(head[8:12])


def read_header(data: bytes | memoryview) -> Header:
    """Read a header at the beginning of ``data``; chunks before the samples are skipped.

    Raises:
        BadAudio: it is cut off, damaged, or of a kind that is not understood.
    """
    found: Format | None = None
    position = 12
    chunks = 0
    while position + 8 <= len(data):
        chunks = _counted(chunks)
        name, size = struct.unpack_from("<4sI", data, position)
        position += 8
        if name == b"data":
            if found is None:
                raise unusable("The WAV header does not say what kind of sound follows.")
            return Header(found, position, size if 0 < size < _OPEN_ENDED else None)
        if name == b"fmt ":
            stop = position + min(size, 40)
            if stop > len(data):
                break
            found = _format(bytes(data[position:stop]))
        position += size + size % 2
    raise BadAudio("The recording ends within its WAV header.", hint="Upload the rest of it.")


def after_samples(data: bytes | memoryview, position: int) -> int:
    """Return where sound goes on behind the samples that a header has announced.

    Descriptions are skipped. A client that goes on sending samples behind a header which was
    written before they were known is heard as well.

    Args:
        data: the recording.
        position: the first byte behind the announced samples.

    Raises:
        BadAudio: there are too many descriptions.
    """
    for begin in (position, position + 1):  # chunks begin at even addresses
        at = begin
        chunks = 0
        while bytes(data[at : at + 4]) in _ABOUT and at + 8 <= len(data):
            chunks = _counted(chunks)
            (size,) = struct.unpack_from("<I", data, at + 4)
            at += 8 + size + size % 2
        if at > begin:
            return min(at, len(data))
    return position


def _counted(chunks: int) -> int:
    """Return the number of chunks with one more.

    Raises:
        BadAudio: these are too many.
    """
    if chunks >= _MAX_CHUNKS:
        raise unusable(f"The WAV file has more than {_MAX_CHUNKS} chunks that are no sound.")
    return chunks + 1


def _format(data: bytes) -> Format:
    if len(data) < 16:
        raise unusable("The WAV header is damaged.")
    tag, channels, rate, _, frame, bits = struct.unpack_from("<HHIIHH", data)
    if tag == EXTENSIBLE:
        if len(data) < 40 or data[26:40] != _GUID_TAIL:
            raise unusable("The WAV header names a kind of sound that is not understood.")
        (tag,) = struct.unpack_from("<H", data, 24)
    if bits not in _WIDTHS.get(tag, ()):
        raise unusable(
            f"The WAV header names a kind of sound that is not understood "
            f"(format {tag}, {bits} bits)."
        )
    if not 1 <= channels <= _MAX_CHANNELS or not _MIN_RATE <= rate <= _MAX_RATE:
        raise unusable(f"The WAV header says {channels} channels at {rate} Hz.")
    made = Format(tag, channels, rate, bits)
    if frame != made.frame:
        raise unusable("The WAV header contradicts itself.")
    return made
