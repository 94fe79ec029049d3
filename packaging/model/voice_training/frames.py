"""Stored frame targets: what the teacher hears in every 40 ms of every training piece.

An embedding tells 192 numbers about seconds of speech; the frames before the teacher's pooling
tell 512 every 40 ms, so a student that is asked for them too learns much faster from the same
hours. That is a hint in the sense of A. Romero et al., "FitNets", ICLR 2015.

A file holds one speed: unsigned bytes of shape ``(frames, 512)``, all pieces after each other in
the order of the store. The frames are not negative, and 255 stands for :data:`CEILING` standard
deviations of their channel.
"""

from __future__ import annotations

import errno
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.hearing.audio import MODEL_RATE
from voice_training.recipe import TEACHER_CHANNELS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from kiosk.core.hearing.audio import Samples
    from voice_training.store import Store

    Bytes = npt.NDArray[np.uint8]
    Vectors = npt.NDArray[np.float32]

CHANNELS = TEACHER_CHANNELS
HOP = MODEL_RATE // 25
"""Samples between two stored frames: two of the teacher's, four of the student's."""
CEILING = 8.0
_MEASURED_PIECES = 300
_LEAST_SPREAD = 1e-4


@dataclass(frozen=True, eq=False)
class FrameSpace:
    """How the teacher's frames are spread, and what it makes of them.

    Attributes:
        mean: of each channel, shape ``(512,)``.
        spread: its standard deviation, shape ``(512,)``.
        pooled_mean: of what the teacher pools, the mean and standard deviation of each channel over
            a piece, in units of ``spread`` and with ``mean`` taken off; shape ``(1024,)``.
        pooled_spread: standard deviation of the same over pieces, shape ``(1024,)``.
        matrix: of the teacher's last layer, from pooled frames as they are to the embedding, shape
            ``(192, 1024)``.
        offset: of the same, shape ``(192,)``.
    """

    mean: Vectors
    spread: Vectors
    pooled_mean: Vectors
    pooled_spread: Vectors
    matrix: Vectors
    offset: Vectors

    def to_bytes(self, frames: Vectors) -> Bytes:
        """Return frames of shape ``(n, 512)`` as they are stored."""
        levels = np.round(frames * (255.0 / CEILING) / self.spread)
        return np.clip(levels, 0, 255).astype(np.uint8)

    def to_units(self, stored: Bytes) -> Vectors:
        """Return stored frames with mean zero and spread one in each channel."""
        levels: Vectors = stored.astype(np.float32) * np.float32(CEILING / 255.0)
        return levels - self.mean / self.spread


def frame_path(folder: Path, store: Store, speed: float) -> Path:
    """Return where the frames of a speed lie; other pieces mean another folder."""
    return folder / store.fingerprint() / f"frames-{speed:.2f}.u8"


def space_path(folder: Path, store: Store) -> Path:
    """Return where the frame space lies."""
    return folder / store.fingerprint() / "frame-space.npz"


def make_space(
    store: Store,
    folder: Path,
    frames_of: Callable[[Samples], Vectors],
    head: tuple[Vectors, Vectors],
) -> FrameSpace:
    """Measure the frames on pieces across the whole store, unless that was done before.

    Args:
        store: the pieces.
        folder: of the targets.
        frames_of: returns the teacher's frames of a wave, shape ``(n, 512)``.
        head: matrix and offset, see :class:`FrameSpace`.
    """
    path = space_path(folder, store)
    if not path.exists():
        some = np.linspace(0, len(store) - 1, min(_MEASURED_PIECES, len(store))).astype(int)
        pieces = [frames_of(store.wave(int(index))) for index in some]
        rows = np.concatenate(pieces)
        mean, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), _LEAST_SPREAD)
        units = [(piece - mean) / spread for piece in pieces]
        stats = np.stack([np.concatenate([p.mean(axis=0), p.std(axis=0, ddof=1)]) for p in units])
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_suffix(".part")
        with fresh.open("wb") as stream:
            np.savez(
                stream,
                mean=mean,
                spread=spread,
                pooled_mean=stats.mean(axis=0),
                pooled_spread=np.maximum(stats.std(axis=0), _LEAST_SPREAD),
                matrix=head[0],
                offset=head[1],
            )
        fresh.replace(path)
    return load_space(store, folder)


def load_space(store: Store, folder: Path) -> FrameSpace:
    """Read what :func:`make_space` has measured.

    Raises:
        FileNotFoundError: ``prepare`` has not been run for this recipe.
    """
    path = space_path(folder, store)
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, "no frame targets: run prepare first", str(path))
    with np.load(path, allow_pickle=False) as found:
        return FrameSpace(**{name: found[name].astype(np.float32) for name in found.files})


class FrameFile:
    """The frames of one speed."""

    def __init__(self, folder: Path, store: Store, speed: float) -> None:
        """Open the file.

        Raises:
            FileNotFoundError: ``prepare`` has not made it.
        """
        path = frame_path(folder, store, speed)
        if not path.exists():
            raise FileNotFoundError(errno.ENOENT, "no frame targets: run prepare first", str(path))
        rows = path.stat().st_size // CHANNELS
        self._frames = np.memmap(path, np.uint8, mode="r", shape=(rows, CHANNELS))
        self._starts = frame_starts(store, speed)

    def cut(self, piece: int, first: int, count: int) -> tuple[Bytes, npt.NDArray[np.bool_]]:
        """Return ``count`` frames of a piece and which of them there are.

        Returns:
            Frames, shape ``(count, 512)``, zeros beyond the end, and a mask, shape ``(count,)``.
        """
        begin = int(self._starts[piece]) + first
        own = self._frames[begin : min(begin + count, int(self._starts[piece + 1]))]
        found = np.zeros((count, CHANNELS), np.uint8)
        found[: len(own)] = own
        return found, np.arange(count) < len(own)


def frame_count(samples: int, speed: float) -> int:
    """Return how many frames are stored of a piece: the whole ones that the teacher hears.

    Args:
        samples: length of the piece at its own speed.
        speed: at which it is heard.
    """
    heard = samples if speed == 1.0 else math.floor(samples / speed) - 1
    return max(0, (1 + (heard - 400) // 160) // 4)


def frame_starts(store: Store, speed: float) -> npt.NDArray[np.int64]:
    """Return where each piece begins among all stored frames, and the end of the last one."""
    counts = [frame_count(len(item), speed) for item in store.items]
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def pooled(frames: Vectors) -> Vectors:
    """Return pairs of the teacher's frames, shape ``(n, 512)``, as their means."""
    even = len(frames) // 2 * 2
    result: Vectors = frames[:even].reshape(-1, 2, CHANNELS).mean(axis=1)
    return result
