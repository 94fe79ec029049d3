"""Stored targets: what the teacher says of every training piece, at a few speeds.

On a CPU the teacher costs as much as the student's step, so it is asked once. A file holds one
speed: float16, shape ``(pieces, 192)``, rows in the order of the store.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import numpy as np

from voice_training.perturb import at_speed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from kiosk.core.audio import Samples
    from voice_training.store import Store

    Vectors = npt.NDArray[np.float32]


def target_path(folder: Path, store: Store, speed: float) -> Path:
    """Return where the targets of a speed lie; other pieces mean another folder."""
    return folder / store.fingerprint() / f"speed-{speed:.2f}.npy"


def make_targets(
    store: Store,
    speed: float,
    path: Path,
    embed: Callable[[Samples], Vectors],
    progress: Callable[[int], None],
) -> None:
    """Ask the teacher about every piece at one speed, unless that was done before.

    Args:
        store: the pieces.
        speed: see :func:`voice_training.perturb.at_speed`.
        path: the file to write, complete or not at all.
        embed: returns the teacher's unit embedding of a wave.
        progress: called with the number of pieces done.
    """
    if path.exists():
        progress(len(store))
        return
    rows: list[npt.NDArray[np.float16]] = []
    for index in range(len(store)):
        rows.append(embed(at_speed(store.wave(index), speed)).astype(np.float16))
        progress(index + 1)
    write_targets(rows, path)


def write_targets(rows: list[npt.NDArray[np.float16]], path: Path) -> None:
    """Write the targets of one speed; complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".part")
    with fresh.open("wb") as stream:
        np.save(stream, np.stack(rows))
    fresh.replace(path)


def load_targets(folder: Path, store: Store, speeds: tuple[float, ...]) -> Vectors:
    """Return the targets, unit norm, shape ``(speeds, pieces, 192)``.

    Raises:
        FileNotFoundError: ``prepare`` has not made them all.
    """
    found = []
    for speed in speeds:
        path = target_path(folder, store, speed)
        if not path.exists():
            raise FileNotFoundError(errno.ENOENT, "no targets: run prepare first", str(path))
        rows = np.load(path, allow_pickle=False).astype(np.float32)
        found.append(rows / np.linalg.norm(rows, axis=1, keepdims=True))
    return np.stack(found)
