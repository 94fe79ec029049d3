"""Reads the cohort of a voice model: embeddings of other people, for normalizing scores."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.errors import ModelRefused
from kiosk.speaker.bundles.manifest import COHORT

if TYPE_CHECKING:
    import numpy.typing as npt

MAX_COHORT_BYTES = 2_000_000
"""Five thousand people at 192 dimensions in half precision."""
_KINDS = (np.dtype("<f2"), np.dtype("<f4"))
_LEAST_NORM = 1e-6


def parse_cohort(data: bytes, size: int) -> npt.NDArray[np.float32]:
    """Return the rows of a NumPy file as unit vectors.

    The header is compared with the length of the file before anything is allocated, and objects
    are never unpickled.

    Args:
        data: the whole file.
        size: dimensions of an embedding.

    Returns:
        float32, shape ``(people, size)``, read-only.

    Raises:
        ModelRefused: it is too large, no array of real numbers of that size, not finite, or a row
            has no direction.
    """
    if len(data) > MAX_COHORT_BYTES:
        raise ModelRefused(f"{COHORT} is too large.")
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            raise ModelRefused(f"{COHORT} has another format than NumPy's 1.0.")
        shape, by_column, kind = np.lib.format.read_array_header_1_0(stream)
    except ValueError as exc:
        raise ModelRefused(f"{COHORT} is not a NumPy file.") from exc
    rest = data[stream.tell() :]
    if kind not in _KINDS or by_column or len(shape) != 2 or shape[0] < 1 or shape[1] != size:
        raise ModelRefused(f"{COHORT} does not hold embeddings of size {size}.")
    if len(rest) != math.prod(shape) * kind.itemsize:
        raise ModelRefused(f"{COHORT} is cut off, or has something behind its end.")
    rows = np.frombuffer(rest, dtype=kind).reshape(shape).astype(np.float64)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    # A comparison with NaN is false, so this finds what is not finite too.
    if not bool(np.all((norms > _LEAST_NORM) & np.isfinite(norms))):
        raise ModelRefused(f"{COHORT} holds a row that is no direction.")
    unit: npt.NDArray[np.float32] = (rows / norms).astype(np.float32)
    unit.flags.writeable = False
    return unit
