"""Sound files of any kind as mono at the model's rate, with libsndfile."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from kiosk.audio.resampler import SoxrResampler
from kiosk.core.audio import MODEL_RATE, AudioClip
from kiosk.core.errors import BadAudio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    from kiosk.core.audio import Samples

MIN_RATE, MAX_RATE = 4_000, 192_000
"""Rates in Hz beyond which a header is damaged, or holds something else than speech."""

MAX_CHANNELS = 8

SAMPLES_PER_SECOND = 48_000 * 2
"""Samples of all channels together that a second may have on average, where a recording's length is
limited. Silence is next to nothing in FLAC, and takes as long to compute as a voice."""

SILENT_CHANNEL = 0.01
"""A channel whose peak is below this share of the loudest channel's holds no voice, only the
noise of an input with nothing connected; -40 dB."""

_UNKNOWN_FRAMES = 2**62
"""libsndfile says at least so many (SF_COUNT_MAX) when the header leaves the length open, as in
FLAC that was encoded while it was recorded."""

_BLOCK_SECONDS = 1.0


class SoundFiles:
    """Reads recordings; implements :class:`kiosk.core.ports.AudioFiles`.

    Works block by block: a long recording never lies in memory at its own rate.
    """

    def read(
        self,
        path: Path,
        *,
        max_seconds: float | None = None,
        limit_seconds: float | None = None,
    ) -> AudioClip:
        """Return a recording as mono at :data:`kiosk.core.audio.MODEL_RATE`.

        Channels are averaged; those without a voice are left out, for a microphone on one of two
        channels would become 6 dB quieter. Digital silence is not an error here. Of a file that
        is shorter than its header says, what is there is read.

        Args:
            path: WAV, FLAC, OGG, Opus, MP3 and whatever else libsndfile reads.
            max_seconds: read only the beginning.
            limit_seconds: refuse a longer recording, before its samples are read; where the
                header does not know or lies, as soon as that is noticed. So is one with more
                samples than :data:`SAMPLES_PER_SECOND` in each second of the limit.

        Returns:
            The clip, with ``source_rate`` set.

        Raises:
            BadAudio: missing, unreadable, not audio, empty, not finite, too long, or too fine.
        """
        import soundfile

        name = path.name or str(path)
        try:
            if path.is_dir():
                raise BadAudio(f"'{name}' is a folder.", hint="Choose a sound file in it.")
            if path.exists() and not path.is_file():  # opening a pipe would wait for ever
                raise BadAudio(f"'{name}' is not a file.")
            with path.open("rb", buffering=0) as file:
                if not os.fstat(file.fileno()).st_size:
                    raise BadAudio(f"'{name}' is an empty file.", hint="Record it again.")
                # By its descriptor, so that the content tells the format and not the suffix.
                with _open(file.fileno()) as sound:
                    return _read(sound, name, max_seconds, limit_seconds)
        except FileNotFoundError as exc:
            raise BadAudio(
                f"There is no file '{name}'.", hint="Check the folder and the spelling."
            ) from exc
        except soundfile.LibsndfileError as exc:
            raise BadAudio(f"'{name}' is not a sound file, or is damaged.") from exc
        except PermissionError as exc:
            raise BadAudio(
                f"'{name}' cannot be read.", hint="Check that you may read the file."
            ) from exc
        except (OSError, ValueError) as exc:  # ValueError: a zero byte in the name
            reason = getattr(exc, "strerror", None) or "a name that no file can have"
            raise BadAudio(f"'{name}' cannot be read: {reason}.", hint="Check the path.") from exc

    def decode(self, data: bytes, name: str, *, limit_seconds: float | None = None) -> AudioClip:
        """Return a recording that is in memory; see :meth:`read`.

        Args:
            data: content of a file.
            name: what messages call it.
            limit_seconds: refuse a longer recording, as :meth:`read` does.

        Returns:
            The clip, with ``source_rate`` set.

        Raises:
            BadAudio: not audio, empty, not finite, too long, or too fine.
        """
        import soundfile

        if not data:
            raise BadAudio(f"'{name}' is an empty file.", hint="Record it again.")
        try:
            with _open(io.BytesIO(data)) as sound:
                return _read(sound, name, None, limit_seconds)
        except soundfile.LibsndfileError as exc:
            raise BadAudio(f"'{name}' is not a sound file, or is damaged.") from exc


def _open(source: int | io.BytesIO) -> Any:
    """Open a descriptor or a file in memory that is only read forwards."""
    import soundfile

    class ForwardOnly(soundfile.SoundFile):  # type: ignore[misc]
        """After each block, soundfile seeks to where it is already.

        That fails at the end of a FLAC whose header leaves the length open.
        """

        def seekable(self) -> bool:
            return False

    return ForwardOnly(source, closefd=False)


def _read(
    sound: Any, name: str, max_seconds: float | None, limit_seconds: float | None
) -> AudioClip:
    """Read an open sound file."""
    rate, channels = int(sound.samplerate), int(sound.channels)
    if not MIN_RATE <= rate <= MAX_RATE:
        raise BadAudio(
            f"'{name}' has a sampling rate of {rate} Hz.",
            hint=f"Use a recording with {MIN_RATE} to {MAX_RATE} Hz.",
        )
    if not 1 <= channels <= MAX_CHANNELS:
        raise BadAudio(
            f"'{name}' has {channels} channels.", hint=f"Use one with up to {MAX_CHANNELS}."
        )
    if sound.frames < _UNKNOWN_FRAMES:
        _check_size(sound, name, sound.frames, limit_seconds)
    wanted = None if max_seconds is None else round(max_seconds * rate)

    resampler = SoxrResampler(rate)
    pieces: list[Samples] = []
    peaks = np.zeros(channels, np.float32)
    frames = 0
    for block in _blocks(sound, wanted):
        frames += len(block)
        _check_size(sound, name, frames, limit_seconds)
        with np.errstate(invalid="ignore", over="ignore"):  # looked for in the next line
            total = np.asarray(np.sum(block, axis=1, dtype=np.float32))
        if not np.all(np.isfinite(total)):
            raise BadAudio(
                f"'{name}' contains values that are not numbers.", hint="Export it again."
            )
        np.maximum(peaks, np.max(np.abs(block), axis=0), out=peaks)
        pieces.append(resampler.process(total))
        # A voice is overwritten wherever it passed; of the sum, unless it is the piece itself.
        block.fill(0.0)
        if not np.may_share_memory(total, pieces[-1]):
            total.fill(0.0)
    if not frames:
        raise BadAudio(f"'{name}' contains no sound.", hint="Record it again.")
    pieces.append(resampler.flush())
    # Which channels to average is known only at the end; the resampler is linear, so that
    # dividing the resampled sum is the same.
    voiced = int(np.count_nonzero(peaks > SILENT_CHANNEL * np.max(peaks))) or channels
    samples = np.concatenate(pieces)
    samples /= np.float32(voiced)
    for piece in pieces:
        piece.fill(0.0)
    return AudioClip(samples, MODEL_RATE, source_rate=rate)


def _blocks(sound: Any, wanted: int | None) -> Iterator[npt.NDArray[np.float32]]:
    """Yield blocks of shape ``(frames, channels)``, up to this many frames together."""
    size = max(1, round(_BLOCK_SECONDS * sound.samplerate))
    left = wanted
    while left is None or left > 0:
        count = size if left is None else min(size, left)
        block = sound.read(count, dtype="float32", always_2d=True)
        if not len(block):
            return
        yield block
        if left is not None:
            left -= len(block)


def _check_size(sound: Any, name: str, frames: int, limit_seconds: float | None) -> None:
    """Refuse so many frames of an open sound file if they are more than the limit permits.

    Raises:
        BadAudio: too long, or too many samples in all channels together.
    """
    if limit_seconds is None:
        return
    if frames > round(limit_seconds * sound.samplerate):
        raise BadAudio(
            f"'{name}' is longer than {limit_seconds:g} s.", hint="Use a shorter recording."
        )
    if frames * sound.channels > limit_seconds * SAMPLES_PER_SECOND:
        raise BadAudio(
            f"'{name}' has too many samples: {sound.channels} channels at {sound.samplerate} Hz.",
            hint=f"Export it with one channel at {MODEL_RATE} Hz, or use a shorter recording.",
        )
