"""Sound files of any kind as mono at the model's rate, with libsndfile and FFmpeg."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from kiosk.audio.opening import opened, sound_in
from kiosk.audio.resampler import SoxrResampler
from kiosk.core.errors import BadAudio
from kiosk.core.hearing.audio import MODEL_RATE, AudioClip
from kiosk.core.hearing.channels import mixed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

MIN_RATE, MAX_RATE = 4_000, 192_000
"""Rates in Hz beyond which a header is damaged, or holds something else than speech."""

MAX_CHANNELS = 8

SAMPLES_PER_SECOND = 48_000 * 2
"""Samples of all channels together that a second may have on average, where a recording's length is
limited. Silence is next to nothing in FLAC, and takes as long to compute as a voice."""

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
        """Return a recording as mono at :data:`kiosk.core.hearing.audio.MODEL_RATE`.

        How channels become one says :mod:`kiosk.core.hearing.channels`. Digital silence is not an
        error here. Of a file that is shorter than its header says, what is there is read, and of
        one that is longer, all.

        Args:
            path: WAV, FLAC, OGG, Opus, MP3 and whatever else libsndfile reads; M4A, WMA, WebM, AMR
                and what else :mod:`kiosk.core.hearing.sound_kinds` lists. A pipe is read to its
                end, and so is :data:`kiosk.audio.opening.STANDARD_INPUT`.
            max_seconds: read only the beginning.
            limit_seconds: refuse a longer recording, before its samples are read; where the
                header does not know or lies, as soon as that is noticed. So is one with more
                samples than :data:`SAMPLES_PER_SECOND` in each second of the limit.

        Returns:
            The clip, with ``source_rate`` set.

        Raises:
            BadAudio: missing, unreadable, not audio, empty, not finite, too long, or too fine.
        """
        name = path.name or str(path)
        try:
            with opened(path, name) as file:
                return _read(file, name, max_seconds, limit_seconds)
        except FileNotFoundError as exc:
            raise BadAudio(
                f"There is no file '{name}'.", hint="Check the folder and the spelling."
            ) from exc
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
        return _read(io.BytesIO(data), name, None, limit_seconds)


def _read(
    file: IO[bytes], name: str, max_seconds: float | None, limit_seconds: float | None
) -> AudioClip:
    """Read an open file."""
    with sound_in(file, name) as (sound, known):
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
        if known is not None:
            _check_size(sound, name, known, limit_seconds)
        asked = None if max_seconds is None else round(max_seconds * rate)
        wanted = min((each for each in (asked, known) if each is not None), default=None)
        pieces = _resampled(sound, name, wanted, limit_seconds)
    whole = np.concatenate(pieces)
    for piece in pieces:  # a voice is overwritten wherever it passed
        piece.fill(0.0)
    if not len(whole):
        raise BadAudio(f"'{name}' contains no sound.", hint="Record it again.")
    made = mixed(whole, MODEL_RATE)
    if not np.may_share_memory(made.samples, whole):
        whole.fill(0.0)
    return AudioClip(made.samples, source_rate=rate, offset=made.offset, channel=made.channel)


def _resampled(
    sound: Any, name: str, wanted: int | None, limit_seconds: float | None
) -> list[npt.NDArray[np.float32]]:
    """Return up to so many frames at :data:`kiosk.core.hearing.audio.MODEL_RATE`, in pieces."""
    resampler = SoxrResampler(sound.samplerate, sound.channels)
    pieces: list[npt.NDArray[np.float32]] = []
    frames = 0
    for block in _blocks(sound, wanted):
        frames += len(block)
        _check_size(sound, name, frames, limit_seconds)
        if not np.all(np.isfinite(block)):
            raise BadAudio(
                f"'{name}' contains values that are not numbers.", hint="Export it again."
            )
        pieces.append(resampler.process(block))
        if not np.may_share_memory(block, pieces[-1]):
            block.fill(0.0)
    pieces.append(resampler.flush())
    return pieces


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
