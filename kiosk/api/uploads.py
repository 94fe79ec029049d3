"""From the chunks that a client uploaded to one clip.

A stream is a sequence of bytes that was cut anywhere: inside a sample, or inside a header. Where a
chunk begins with a WAV header, a new file begins; its header is taken out, and honored for what
follows. Bytes that no header describes are 16 bit mono at 16 kHz.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

import numpy as np

from kiosk.api.riff import SEED_FORMAT, after_samples, begins_header, read_header, unusable
from kiosk.core.audio import AudioClip
from kiosk.core.errors import BadAudio, InvalidInput
from kiosk.services.recordings import LONGEST_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kiosk.api.riff import Format

_NAME = "the stream"
_MAX_PIECES = 32
"""Kinds of sound in one stream; more are no recording but somebody's attempt to cost time."""

_BLANKS = b" \t\r\n"
_OTHERS = {
    b"fLaC": "FLAC",
    b"OggS": "Ogg",
    b"RIFX": "WAV of a kind that is read backwards",
    b"FORM": "AIFF",
    b"caff": "CAF",
    b"ID3\x03": "MP3",
    b"ID3\x04": "MP3",
    b"\x1aE\xdf\xa3": "WebM",
}
"""Beginnings of files that somebody may send by mistake; as samples they would be noise."""


def decoded(data: str) -> bytes:
    """Return what base64 stands for; line breaks in it are ignored.

    Raises:
        InvalidInput: it is empty, or not base64.
    """
    try:
        text = data.encode("ascii").translate(None, _BLANKS)
        if not text:
            raise InvalidInput(
                "There is no data.", hint="Send sound as base64 in the field 'data'."
            )
        return base64.b64decode(text, validate=True)
    except (binascii.Error, UnicodeEncodeError) as exc:
        raise InvalidInput("The data is not base64.", hint="Send it as base64.") from exc


def clip_of(chunks: Sequence[bytes], decode: Callable[[bytes, str], AudioClip]) -> AudioClip:
    """Return the sound of a stream.

    Args:
        chunks: as they were uploaded.
        decode: makes a clip at :data:`kiosk.core.audio.MODEL_RATE` of a WAV file and the name
            that messages call it, such as
            :meth:`kiosk.services.recordings.Recordings.clip_of_bytes`. It is given files that are
            well-formed, whatever was uploaded.

    Raises:
        BadAudio: there is no sound, a header cannot be used, or it is too long.
    """
    found = [(form, sound) for form, sound in pieces(chunks) if len(sound) >= form.frame]
    if not found:
        raise BadAudio("The stream holds no sound.", hint="Upload a recording first.")
    if len(found) > _MAX_PIECES:
        raise unusable("The stream changes its kind of sound too often.")
    if sum(len(sound) / form.frame / form.rate for form, sound in found) > LONGEST_S:
        raise BadAudio(
            f"The stream is longer than {LONGEST_S:g} s.", hint="Upload a shorter recording."
        )
    clips = [decode(form.wav(sound), _NAME) for form, sound in found]
    if len(clips) == 1:
        return clips[0]
    return AudioClip(
        np.concatenate([clip.samples for clip in clips]), source_rate=clips[0].source_rate
    )


def pieces(chunks: Sequence[bytes]) -> list[tuple[Format, bytes]]:
    """Return the samples of a stream with their formats; neighbors of one format are joined.

    Raises:
        BadAudio: a header cannot be used, or the stream is no WAV and no plain samples.
    """
    found: list[tuple[Format, bytearray]] = []
    for run in _files(chunks):
        for form, sound in _sounds(run):
            if found and found[-1][0] == form:
                whole = found[-1][1]
                del whole[len(whole) // form.frame * form.frame :]
                whole += sound
            else:
                found.append((form, bytearray(sound)))
    return [(form, bytes(sound)) for form, sound in found]


def _files(chunks: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the bytes from one chunk that begins a file up to the next one."""
    begun: list[bytes] = []
    for index, chunk in enumerate(chunks):
        # What was cut within the first bytes of a header is recognized with the next chunks.
        head = chunk if len(chunk) >= 12 else b"".join(_from(chunks, index, 12))
        if begun and begins_header(head):
            yield b"".join(begun)
            begun = []
        begun.append(chunk)
    yield b"".join(begun)


def _from(chunks: Sequence[bytes], index: int, wanted: int) -> Iterator[bytes]:
    for chunk in chunks[index : index + wanted]:
        yield chunk
        wanted -= len(chunk)
        if wanted <= 0:
            return


def _sounds(run: bytes) -> Iterator[tuple[Format, memoryview]]:
    """Yield the samples of one file, or of bytes without a header."""
    data = memoryview(run)
    if not begins_header(data):
        other = _OTHERS.get(run[:4])
        if other is not None:
            raise unusable(f"The stream holds {other}, which is not understood here.")
        yield SEED_FORMAT, data
        return
    header = read_header(data)
    if header.size is None:
        yield header.format, data[header.start :]
        return
    stop = header.start + header.size
    yield header.format, data[header.start : stop]
    rest = data[after_samples(data, stop) :]
    if rest:
        yield header.format, rest
