"""Encodes what sites are made of, once for each encoder, and keeps that in the working folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.voice.normalization import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from kiosk.core.voice.normalization import Vectors
    from kiosk.speaker.encoders.encoder import ClipEncoder
    from site_calibration.material import Piece

_SAVE_EVERY = 500


class Heard:
    """The embeddings of one encoder, by piece.

    Args:
        folder: where they are kept.
        encoder: a loaded one.
    """

    def __init__(self, folder: Path, encoder: ClipEncoder) -> None:
        self._file = folder / f"{encoder.card.model_id}.npz"
        self._encoder = encoder
        self._known: dict[str, Vectors] = {}
        if self._file.exists():
            stored = np.load(self._file)
            self._known = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))

    def all_of(self, pieces: Sequence[Piece], say: Callable[[str], None]) -> Vectors:
        """Return the embeddings of some pieces, shape ``(pieces, dim)``, rows of unit norm."""
        missing = [piece for piece in pieces if piece.key not in self._known]
        for number, piece in enumerate(missing, 1):
            self._known[piece.key] = self._encoder.raw(piece.load())
            if number % _SAVE_EVERY == 0:
                self._save()
                say(f"{self._encoder.card.model_id}: {number} of {len(missing)} encoded")
        if missing:
            self._save()
        return unit(np.stack([self._known[piece.key] for piece in pieces]))

    def _save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new.npz")
        keys = np.array(list(self._known))
        np.savez(fresh, keys=keys, vectors=np.stack([self._known[key] for key in keys.tolist()]))
        fresh.replace(self._file)
