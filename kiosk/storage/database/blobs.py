"""Embeddings as earlier versions stored them: little-endian float32, four bytes a dimension."""

from __future__ import annotations

import numpy as np

from kiosk.core.voice.embedding import Embedding

_FORMAT = np.dtype("<f4")
_NORM_TOLERANCE = 1e-3


def from_bytes(blob: bytes | None, dim: int | None, model_id: str) -> Embedding:
    """Return the embedding that was stored.

    Raises:
        ValueError: the bytes are not a finite vector of unit norm with ``dim`` dimensions.
    """
    if not isinstance(blob, bytes) or not dim or len(blob) != _FORMAT.itemsize * dim:
        raise ValueError("the stored embedding has the wrong size")
    vector = np.frombuffer(blob, dtype=_FORMAT).astype(np.float32)
    _require_direction(vector)
    return Embedding(vector, model_id)


def _require_direction(vector: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> None:
    if vector.ndim != 1:
        raise ValueError("an embedding has one dimension")
    if not np.isfinite(vector).all():
        raise ValueError("an embedding has unit norm")
    if abs(float(np.linalg.norm(vector.astype(np.float64))) - 1.0) > _NORM_TOLERANCE:
        raise ValueError("an embedding has unit norm")
