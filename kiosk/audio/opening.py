"""Opens what somebody calls a recording, and finds what reads it."""

from __future__ import annotations

import io
import os
import stat
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from kiosk.audio.foreign import CONVERT, decoded
from kiosk.core.errors import BadAudio
from kiosk.core.hearing.riff import (
    A_LAW,
    FLOAT,
    MU_LAW,
    PCM,
    Header,
    OtherCoding,
    TooManyChunks,
    after_samples,
    begins_header,
    read_header,
)
from kiosk.core.hearing.sound_kinds import HEAD_BYTES, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kiosk.core.hearing.riff import Format
    from kiosk.core.hearing.sound_kinds import Kind

STANDARD_INPUT = "-"
"""The path that stands for what is piped into the program."""

PIPE_BYTES = 256_000_000
"""Of a pipe, which has no length: as many as the longest recording has, at the finest."""

_UNKNOWN_FRAMES = 2**62
"""libsndfile says at least so many (SF_COUNT_MAX) when the header leaves the length open, as in
FLAC that was encoded while it was recorded."""

_SUBTYPES = {
    (PCM, 8): "PCM_U8",
    (PCM, 16): "PCM_16",
    (PCM, 24): "PCM_24",
    (PCM, 32): "PCM_32",
    (FLOAT, 32): "FLOAT",
    (FLOAT, 64): "DOUBLE",
    (A_LAW, 8): "ALAW",
    (MU_LAW, 8): "ULAW",
}


@contextmanager
def opened(path: Path, name: str) -> Iterator[IO[bytes]]:
    """Open a file, or what a pipe holds.

    Args:
        path: where it is; :data:`STANDARD_INPUT` for what is piped into the program.
        name: what messages call it.

    Raises:
        BadAudio: it is a folder, a device or a terminal, or a pipe without end.
        OSError: it is not there, or cannot be read.
    """
    piped = str(path) == STANDARD_INPUT
    if not piped:
        if path.is_dir():
            raise BadAudio(f"'{name}' is a folder.", hint="Choose a sound file in it.")
        if path.exists() and not _ends(path.stat().st_mode):
            raise BadAudio(f"'{name}' is not a file.")
    place = sys.stdin.fileno() if piped else path
    with open(place, "rb", buffering=0, closefd=not piped) as file:
        mode = os.fstat(file.fileno()).st_mode
        if not _ends(mode):
            raise BadAudio(f"'{name}' is not a file.", hint="Pipe a recording into the program.")
        if stat.S_ISREG(mode) and not file.tell():
            yield file
            return
        reader = io.BufferedReader(file)
        data = reader.read(PIPE_BYTES + 1)
        reader.detach()
        if len(data) > PIPE_BYTES:
            raise BadAudio(f"'{name}' does not end.", hint="Use a shorter recording.")
        yield io.BytesIO(data)


def _ends(mode: int) -> bool:
    """Return whether it is a file or a pipe; a device may have no end."""
    return stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


@contextmanager
def sound_in(file: IO[bytes], name: str) -> Iterator[tuple[Any, int | None]]:
    """Open what a file holds; its content tells what that is, and not its name.

    Args:
        file: open, in memory or with a descriptor.
        name: what messages call it.

    Yields:
        Something like a :class:`soundfile.SoundFile`, and the number of its frames if known.

    Raises:
        BadAudio: it is empty, no sound, or of a kind that nothing here decodes.
    """
    import soundfile

    class ForwardOnly(soundfile.SoundFile):  # type: ignore[misc]
        """After each block, soundfile seeks to where it is already.

        That fails at the end of a FLAC whose header leaves the length open.
        """

        def seekable(self) -> bool:
            return False

    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head:
        raise BadAudio(f"'{name}' is an empty file.", hint="Record it again.")
    kind: Kind | None = None
    wav, why = _wav(file) if begins_header(head) else (None, None)
    part = None if wav is None else _Part(file, wav.start, wav.size or 0)
    try:
        if wav is not None:
            sound = ForwardOnly(part, closefd=False, **_as_raw(wav.format))
        else:
            file.seek(0)
            in_memory = isinstance(file, io.BytesIO)
            sound = ForwardOnly(file if in_memory else file.fileno(), closefd=False)
    except soundfile.LibsndfileError as exc:
        kind = _foreign(head, name, why)
        if kind is None:
            raise _unusable(name, why) from exc
    if kind is not None:
        with decoded(file, kind, name) as other:
            yield other, None
        return
    with sound:
        yield sound, sound.frames if sound.frames < _UNKNOWN_FRAMES else None
    if part is not None and part.error is not None:
        raise part.error


class _Part:
    """Part of a file, to be read like a file of its own.

    Attributes:
        error: why reading failed; it is called from a library that knows no exceptions.
    """

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self.error: OSError | None = None
        self._file = file
        self._start = start
        self._size = size
        self._at = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = min(max(0, origin + offset), self._size)
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, count: int) -> bytes:
        try:
            self._file.seek(self._start + self._at)
            data = self._file.read(min(count, self._size - self._at))
        except OSError as exc:
            self.error = exc
            return b""
        self._at += len(data)
        return data


def _foreign(head: bytes, name: str, why: BadAudio | None) -> Kind | None:
    """Return what a file is that libsndfile does not read; None when it is no sound.

    Raises:
        BadAudio: nothing else decodes it either.
    """
    kind = kind_of(head)
    if kind is None or (why is not None and not isinstance(why, OtherCoding)):
        return None
    if not kind.demuxer:
        raise BadAudio(f"'{name}' is {kind.name}, which cannot be decoded here.", hint=CONVERT)
    return kind


def _unusable(name: str, why: BadAudio | None) -> BadAudio:
    """Return the error of a file that nothing reads."""
    if why is None:
        return BadAudio(f"'{name}' is not a sound file, or is damaged.")
    return BadAudio(f"'{name}' is not a sound file, or is damaged. {why.message}", hint=why.hint)


def _wav(file: IO[bytes]) -> tuple[Header | None, BadAudio | None]:
    """Return where in a WAV file plain samples lie, or why none do.

    The header is believed in what it says about them, but not in how many there are.
    """
    try:
        header = read_header(file)
        end = file.seek(0, os.SEEK_END)
        stop = end if header.size is None else min(end, header.start + header.size)
        if after_samples(file, stop, end) == stop:
            stop = end
    except TooManyChunks:  # a library would go through them
        raise
    except BadAudio as exc:
        return None, exc
    return Header(header.format, header.start, max(0, stop - header.start)), None


def _as_raw(form: Format) -> dict[str, Any]:
    """Return what libsndfile must be told about samples without a header."""
    return {
        "format": "RAW",
        "endian": "LITTLE",
        "subtype": _SUBTYPES[form.tag, form.bits],
        "samplerate": form.rate,
        "channels": form.channels,
    }
