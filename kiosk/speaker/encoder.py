"""What every encoder does around its network: check the clip, try itself out, normalize."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

import numpy as np

from kiosk.core.audio import MODEL_RATE, AudioClip
from kiosk.core.embedding import Embedding
from kiosk.core.errors import BadAudio, ModelRefused

if TYPE_CHECKING:
    from kiosk.core.audio import Samples
    from kiosk.core.ports import ModelCard

    Raw = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

MIN_SECONDS = 0.1
"""Shorter clips have fewer frames than the networks' widest filters."""
MISFIT: Final = "The network of the voice model and its features do not fit together."
_WARM_UP_SECONDS = (MIN_SECONDS, 3.0)


class ClipEncoder(ABC):
    """A loaded voice model; a :class:`~kiosk.core.ports.SpeakerEncoder`. Not thread-safe."""

    def __init__(self, card: ModelCard) -> None:
        """Remember what is known about the model."""
        self._card = card

    @property
    def card(self) -> ModelCard:
        """Return what is known about the model."""
        return self._card

    @abstractmethod
    def raw(self, samples: Samples) -> Raw:
        """Return the network's output for samples at 16 kHz, shape ``(dim,)``, of any length."""

    def warm_up(self) -> None:
        """Encode noise: the first pass allocates buffers and takes several times as long.

        Raises:
            ModelRefused: the model does not turn sound into embeddings of the promised size.
        """
        generator = np.random.default_rng(0)
        for seconds in _WARM_UP_SECONDS:
            noise = generator.normal(0.0, 0.05, int(seconds * MODEL_RATE)).astype(np.float32)
            try:
                raw = self.raw(noise)
            except (RuntimeError, ValueError, IndexError, AssertionError) as exc:
                raise ModelRefused(MISFIT) from exc
            if raw.shape != (self._card.dim,) or not np.isfinite(raw).all():
                raise ModelRefused(
                    f"The voice model does not return embeddings of size {self._card.dim}."
                )

    def encode(self, clip: AudioClip) -> Embedding:
        """Return the embedding of a clip.

        Args:
            clip: at 16 kHz; any layout in memory, read-only or not.

        Raises:
            BadAudio: shorter than 0.1 s, or samples that are not finite.
            ValueError: the clip has another rate.
        """
        if clip.rate != MODEL_RATE:
            raise ValueError(f"the encoder works at {MODEL_RATE} Hz, the clip has {clip.rate} Hz")
        if clip.seconds < MIN_SECONDS:
            raise BadAudio(
                f"The recording is too short to be compared: {clip.seconds:.2f} s.",
                hint="Say the whole sentence.",
            )
        if not np.isfinite(clip.samples).all():
            raise BadAudio("The recording holds samples that are not numbers.")
        try:
            return Embedding.of(self.raw(clip.samples), self._card.model_id)
        except ValueError as exc:
            raise BadAudio("The voice model finds nothing to compare in the recording.") from exc
