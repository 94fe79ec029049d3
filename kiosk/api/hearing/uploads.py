"""From the chunks that a client uploaded to one clip.

A stream is a sequence of bytes that was cut anywhere: inside a sample, or inside a header. Where a
chunk begins with a WAV header, a new file begins; its header is taken out, and honored for what
follows. Bytes that no header describes are 16 bit mono at 16 kHz. What begins like a sound file of
another kind is one, to the next WAV header or the end.
"""

from __future__ import annotations

import base64
import binascii
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.errors import BadAudio, InvalidInput
from kiosk.core.hearing.riff import (
    SEED_FORMAT,
    TooManyChunks,
    after_samples,
    begins_header,
    read_header,
    unusable,
)
from kiosk.core.hearing.sound_kinds import HEAD_BYTES, kind_of
from kiosk.services.hearing.recordings import LONGEST_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kiosk.core.hearing.audio import AudioClip
    from kiosk.core.hearing.riff import Format

_NAME = "the stream"
_MAX_PIECES = 32
"""Kinds of sound in one stream; more are no recording but somebody's attempt to cost time."""

_BLANKS = b" \t\r\n"


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
        decode: makes a clip at :data:`kiosk.core.hearing.audio.MODEL_RATE` of a sound file and the
            name that messages call it, such as
            :meth:`kiosk.services.hearing.recordings.Recordings.clip_of_bytes`.

    Raises:
        BadAudio: there is no sound, or it cannot be decoded, or is too long.
    """
    found = [each for each in pieces(chunks) if len(each[1]) >= (each[0] or SEED_FORMAT).frame]
    if not found:
        raise BadAudio("The stream holds no sound.", hint="Upload a recording first.")
    if len(found) > _MAX_PIECES:
        raise unusable("The stream changes its kind of sound too often.")
    known = sum(len(sound) / form.frame / form.rate for form, sound in found if form is not None)
    _require_short(known)
    clips: list[AudioClip] = []
    for form, sound in found:
        clips.append(decode(sound if form is None else form.wav(sound), _NAME))
        _require_short(sum(clip.seconds for clip in clips))
    if len(clips) == 1:
        return clips[0]
    return replace(
        clips[0],
        samples=np.concatenate([clip.samples for clip in clips]),
        offset=max(clip.offset for clip in clips),
        channel=next((clip.channel for clip in clips if clip.channel), 0),
    )


def _require_short(seconds: float) -> None:
    if seconds > LONGEST_S:
        raise BadAudio(
            f"The stream is longer than {LONGEST_S:g} s.", hint="Upload a shorter recording."
        )


def pieces(chunks: Sequence[bytes]) -> list[tuple[Format | None, bytes]]:
    """Return the samples of a stream with their formats; neighbors of one format are joined.

    What is not plain samples is returned as the file that it is, without a format.

    Raises:
        TooManyChunks: of a WAV file that are no sound.
    """
    found: list[tuple[Format | None, bytearray]] = []
    for run in _files(chunks):
        for form, sound in _sounds(run):
            if found and form is not None and found[-1][0] == form:
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


def _sounds(run: bytes) -> Iterator[tuple[Format | None, bytes | memoryview]]:
    """Yield the samples of one file, or of bytes without a header."""
    if not begins_header(run):
        yield None if kind_of(run[:HEAD_BYTES], sure=True) else SEED_FORMAT, run
        return
    file, data = io.BytesIO(run), memoryview(run)
    try:
        header = read_header(file)
    except TooManyChunks:
        raise
    except BadAudio:  # what reads files knows more kinds, and has the words for the others
        yield None, run
        return
    if header.size is None:
        yield header.format, data[header.start :]
        return
    stop = header.start + header.size
    yield header.format, data[header.start : stop]
    rest = data[after_samples(file, min(stop, len(run)), len(run)) :]
    if rest:
        yield header.format, rest
