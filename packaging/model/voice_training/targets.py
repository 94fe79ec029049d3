"""Stored targets: what the teacher says of every training piece, at a few speeds.

On a CPU the teacher costs as much as the student's step, so it is asked once. A file holds one
speed: float16, shape ``(pieces, 192)``, rows in the order of the store; its frames lie beside it,
see :mod:`voice_training.frames`. Both grow while the teacher is asked, and training takes what
there is.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import numpy as np

from voice_training.frames import CHANNELS, frame_path, frame_starts, pooled
from voice_training.perturb import at_speed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from kiosk.core.hearing.audio import Samples
    from voice_training.frames import FrameSpace
    from voice_training.store import Store

    Vectors = npt.NDArray[np.float32]

SIZE = 192
_ROW_BYTES = 2 * SIZE
_FLUSH_EVERY = 50


def target_path(folder: Path, store: Store, speed: float) -> Path:
    """Return where the targets of a speed lie; other pieces mean another folder."""
    return folder / store.fingerprint() / f"speed-{speed:.2f}.f16"


def make_targets(
    store: Store,
    speed: float,
    folder: Path,
    ask: Callable[[Samples], tuple[Vectors, Vectors]],
    progress: Callable[[int], None],
    space: FrameSpace | None = None,
) -> None:
    """Ask the teacher about every piece at one speed, but for those asked about before.

    Args:
        store: the pieces.
        speed: see :func:`voice_training.perturb.at_speed`.
        folder: of the targets.
        ask: returns the teacher's unit embedding of a wave and its frames.
        progress: called with the number of pieces done, once for each piece that was asked.
        space: the units of the frames; None to store none.

    Raises:
        ValueError: the teacher returned fewer frames than are to be stored.
    """
    rows_path, frames_path = target_path(folder, store, speed), frame_path(folder, store, speed)
    rows_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    rows_path.touch()
    frames_path.touch()
    starts = frame_starts(store, speed)
    done = targets_done(folder, store, speed, frames=space is not None)
    with rows_path.open("ab") as rows, frames_path.open("ab") as frames:
        rows.truncate(done * _ROW_BYTES)
        if space is not None:
            frames.truncate(int(starts[done]) * CHANNELS)
        for index in range(done, len(store)):
            embedding, found = ask(at_speed(store.wave(index), speed))
            if space is not None:
                wanted = int(starts[index + 1] - starts[index])
                found = pooled(found)
                if len(found) < wanted:
                    raise ValueError(f"piece {index}: {len(found)} frames, {wanted} expected")
                frames.write(space.to_bytes(found[:wanted]).tobytes())
            rows.write(embedding.astype(np.float16).tobytes())
            if index % _FLUSH_EVERY == 0:
                frames.flush()
                rows.flush()
            progress(index + 1)


def targets_done(folder: Path, store: Store, speed: float, *, frames: bool) -> int:
    """Return how many pieces, from the first on, have their targets."""
    path = target_path(folder, store, speed)
    done = path.stat().st_size // _ROW_BYTES if path.exists() else 0
    if frames:
        path = frame_path(folder, store, speed)
        stored = path.stat().st_size // CHANNELS if path.exists() else 0
        complete = np.searchsorted(frame_starts(store, speed), stored, side="right") - 1
        done = min(done, int(complete))
    return min(done, len(store))


def load_targets(
    folder: Path, store: Store, speeds: tuple[float, ...], *, frames: bool = False
) -> Vectors:
    """Return the targets, unit norm, shape ``(speeds, pieces, 192)``.

    The pieces are those that have targets at all speeds, the first ones of the store.

    Args:
        folder: of the targets.
        store: the pieces.
        speeds: which.
        frames: whether a piece without stored frames counts as one without targets.

    Raises:
        FileNotFoundError: ``prepare`` has not made any.
    """
    count = min(targets_done(folder, store, speed, frames=frames) for speed in speeds)
    found = []
    for speed in speeds:
        path = target_path(folder, store, speed)
        if count == 0:
            raise FileNotFoundError(errno.ENOENT, "no targets: run prepare first", str(path))
        stored = np.fromfile(path, dtype=np.float16, count=count * SIZE)
        rows = stored.reshape(count, SIZE).astype(np.float32)
        found.append(rows / np.linalg.norm(rows, axis=1, keepdims=True))
    return np.stack(found)
