"""What a WAV header says, read from bytes that anybody may have sent.

After "Multimedia Programming Interface and Data Specifications 1.0" (IBM and Microsoft, 1991) and
"Multiple Channel Audio Data and WAVE Files" (Microsoft, 2007) for the extensible format.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.core.errors import BadAudio

if TYPE_CHECKING:
    from typing import IO

PCM, FLOAT, A_LAW, MU_LAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_WIDTHS = {PCM: (8, 16, 24, 32), FLOAT: (32, 64), A_LAW: (8,), MU_LAW: (8,)}
_CODED = {
    # ADPCM of Microsoft, IMA, Yamaha; TrueSpeech, GSM 6.10, G.723, G.726, MPEG, G.722, AAC
    *(0x02, 0x11, 0x20, 0x22, 0x31, 0x40, 0x42, 0x45, 0x50, 0x55, 0x64, 0x65, 0xFF, 0x28F),
    # Windows Media, AC-3, AAC, FLAC
    *(0x160, 0x161, 0x162, 0x163, 0x2000, 0x1600, 0xF1AC),
}
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
"""All but the first two bytes of the identifiers of these formats in the extensible header."""
_MAX_CHANNELS = 8
_MIN_RATE, _MAX_RATE = 4_000, 192_000
_MAX_CHUNKS = 1_000
"""Chunks in one place that are no sound; a million empty ones would cost seconds."""

_FAMILY = (b"RIFF", b"RF64", b"BW64")
_NAME = re.compile(rb"[ -~]{4}")
_LONG = 0xFFFF_FFFF
"""In RF64, the size is in the chunk ``ds64`` instead."""

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


class UnknownCoding(BadAudio):
    """The header is well, but what follows is not plain samples, nor anything that is known."""


class OtherCoding(UnknownCoding):
    """What follows is coded in a way that a decoder may know."""


class TooManyChunks(BadAudio):
    """Nobody may go through them all."""


def unusable(message: str) -> BadAudio:
    """Return the error of a WAV file, or of what was sent without a header, that is no sound."""
    return BadAudio(
        message,
        hint="Use WAV with PCM of 8, 16, 24 or 32 bits or float, or send plain 16 bit samples, "
        "mono, at 16 kHz.",
    )


def begins_header(data: bytes | memoryview) -> bool:
    """Return whether bytes begin like a WAV file, as far as there are any."""
    head = bytes(data[:12])
    if len(head) < 4:
        return False
    return head[:4] in _FAMILY and b"WAVE".startswith(head[8:12])


def read_header(file: IO[bytes]) -> Header:
    """Read the header at the beginning of a file; chunks before the samples are skipped.

    Raises:
        UnknownCoding: what follows is coded.
        TooManyChunks: there are too many others.
        BadAudio: it is cut off, or damaged.
    """
    found: Format | None = None
    unknown: UnknownCoding | None = None
    long_size = 0
    position = 12
    chunks = 0
    while True:
        file.seek(position)
        head = file.read(8)
        if len(head) < 8:
            raise BadAudio("The recording ends within its WAV header.", hint="Send all of it.")
        chunks = _counted(chunks)
        name, size = struct.unpack("<4sI", head)
        position += 8
        if name == b"data":
            if unknown is not None:
                raise unknown
            if found is None:
                raise unusable("The WAV header does not say what kind of sound follows.")
            if size == _LONG and long_size:
                return Header(found, position, long_size)
            return Header(found, position, size if 0 < size < _OPEN_ENDED else None)
        if name == b"fmt ":
            wanted = min(size, 40)
            form = file.read(wanted)
            if len(form) == wanted:  # otherwise nothing follows
                try:
                    found = _format(form)
                except UnknownCoding as exc:
                    unknown = exc
        elif name == b"ds64" and size >= 16:
            (long_size,) = struct.unpack("<8xQ", file.read(16).ljust(16, b"\0"))
        position += size + size % 2


def after_samples(file: IO[bytes], position: int, end: int) -> int:
    """Return where sound goes on behind the samples that a header has announced.

    Descriptions are skipped. A client that goes on sending samples behind a header which was
    written before they were known is heard as well.

    Args:
        file: the recording.
        position: the first byte behind the announced samples.
        end: its length in bytes.

    Raises:
        TooManyChunks: there are too many descriptions.
    """
    for begin in (position, position + 1):  # chunks begin at even addresses
        at = begin
        chunks = 0
        while (found := _chunk(file, at))[0] in _ABOUT:
            chunks = _counted(chunks)
            at += 8 + found[1] + found[1] % 2
        if _chunks_to(file, at, end):
            return end
        if at > begin:
            return min(at, end)
    return position


def _chunk(file: IO[bytes], at: int) -> tuple[bytes, int]:
    """Return name and size of what may be a chunk; no name where nothing is."""
    file.seek(at)
    head = file.read(8)
    if len(head) < 8:
        return b"", 0
    name, size = struct.unpack("<4sI", head)
    return name, size


def _chunks_to(file: IO[bytes], at: int, end: int) -> bool:
    """Return whether nothing but chunks follows, the last of which ends where the file does.

    Editors write chunks of their own; samples would not be such a chain by chance.
    """
    chunks = 0
    while at < end:
        name, size = _chunk(file, at)
        if not _NAME.fullmatch(name) or name in _FAMILY:
            return False
        chunks = _counted(chunks)
        at += 8 + size + size % 2
    return chunks > 0 and at - end in (0, 1)


def _counted(chunks: int) -> int:
    """Return the number of chunks with one more.

    Raises:
        TooManyChunks: these are too many.
    """
    if chunks >= _MAX_CHUNKS:
        raise TooManyChunks(f"The WAV file has more than {_MAX_CHUNKS} chunks that are no sound.")
    return chunks + 1


def _format(data: bytes) -> Format:
    if len(data) < 16:
        raise unusable("The WAV header is damaged.")
    tag, channels, rate, _, frame, bits = struct.unpack_from("<HHIIHH", data)
    if tag == EXTENSIBLE:
        if len(data) < 40 or data[26:40] != _GUID_TAIL:
            raise UnknownCoding("The WAV header names a kind of sound that is not understood.")
        (tag,) = struct.unpack_from("<H", data, 24)
    if bits not in _WIDTHS.get(tag, ()):
        raise (OtherCoding if tag in _CODED else UnknownCoding)(
            f"The WAV header names a kind of sound that is not understood "
            f"(format {tag}, {bits} bits)."
        )
    if not 1 <= channels <= _MAX_CHANNELS or not _MIN_RATE <= rate <= _MAX_RATE:
        raise unusable(f"The WAV header says {channels} channels at {rate} Hz.")
    made = Format(tag, channels, rate, bits)
    if frame != made.frame:
        raise unusable("The WAV header contradicts itself.")
    return made
