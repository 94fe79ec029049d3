"""What every encoder does around its network: check the clip, try itself out, normalize."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from kiosk.core.errors import BadAudio, ModelRefused
from kiosk.core.hearing.audio import MODEL_RATE, AudioClip
from kiosk.core.voice.embedding import Embedding

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from kiosk.core.hearing.audio import Samples
    from kiosk.core.hearing.several_speakers import Pieces
    from kiosk.core.ports import ModelCard
    from kiosk.speaker.bundles.bundle import Bundle

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

    @classmethod
    def from_bundle(
        cls, bundle: Bundle, *, builtin: bool = False, threads: int | None = None
    ) -> Self:
        """Verify every file of a bundle, then load it and encode once.

        Args:
            bundle: the folder with its manifest.
            builtin: whether it is shipped with the program.
            threads: threads within one operation; None for all cores but one.

        Raises:
            ModelAltered: a file differs from the manifest.
            ModelRefused: it is not a model that this program loads.
        """
        bundle.verify()
        encoder = cls.loaded(bundle, bundle.card(builtin=builtin), threads)
        encoder.warm_up()
        return encoder

    @classmethod
    @abstractmethod
    def loaded(cls, bundle: Bundle, card: ModelCard, threads: int | None) -> Self:
        """Return the model of a bundle that was verified; see :meth:`from_bundle`."""

    @property
    def card(self) -> ModelCard:
        """Return what is known about the model."""
        return self._card

    @property
    @abstractmethod
    def hop(self) -> int:
        """Return how many samples lie between two frames."""

    @abstractmethod
    def frames(self, samples: Samples) -> torch.Tensor:
        """Return what the network hears in every moment, shape ``(frames, channels)``."""

    @abstractmethod
    def pooled(self, frames: torch.Tensor) -> Raw:
        """Return the network's output for all of these frames, shape ``(dim,)``."""

    @abstractmethod
    def pooled_pieces(self, frames: torch.Tensor, starts: Sequence[int], size: int) -> Raw:
        """Return the network's output for stretches of frames, shape ``(stretches, dim)``.

        Args:
            frames: shape ``(frames, channels)``.
            starts: where each stretch begins.
            size: frames of each.
        """

    def raw(self, samples: Samples) -> Raw:
        """Return the network's output for samples at 16 kHz, shape ``(dim,)``, of any length."""
        return self.pooled(self.frames(samples))

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
        return self.encode_with(clip, None)[0]

    def encode_with(self, clip: AudioClip, pieces: Pieces | None) -> tuple[Embedding, Raw]:
        """Return the embedding of a clip and those of pieces of it, in one pass.

        The network hears the clip once; a piece is pooled from the frames that lie in it.

        Args:
            clip: as in :meth:`encode`.
            pieces: windows of equal length over the speech in it; None for none.

        Returns:
            The embedding, and rows of unit norm, shape ``(pieces, dim)``.

        Raises:
            BadAudio, ValueError: see :meth:`encode`.
        """
        import torch

        self._check(clip)
        with torch.inference_mode():
            frames = self.frames(clip.samples)
            try:
                whole = Embedding.of(self.pooled(frames), self._card.model_id)
            except ValueError as exc:
                raise BadAudio(
                    "The voice model finds nothing to compare in the recording."
                ) from exc
            return whole, self._rows(frames, pieces)

    def _rows(self, frames: torch.Tensor, pieces: Pieces | None) -> Raw:
        """Return the embedding of each piece; none where the sound has no direction."""
        none: Raw = np.empty((0, self._card.dim), np.float32)
        if pieces is None or not pieces.starts:
            return none
        inside = np.arange(len(frames))[pieces.mask(len(frames), self.hop)]
        size = max(1, pieces.length // self.hop)
        spoken = frames[inside]
        starts = [min(start // self.hop, len(inside) - size) for start in pieces.starts]
        if not starts or min(starts) < 0:
            return none
        rows = self.pooled_pieces(spoken, starts, size)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        if not np.isfinite(norms).all() or float(norms.min()) < 1e-9:
            return none
        unit: Raw = rows / norms
        return unit

    def _check(self, clip: AudioClip) -> None:
        if clip.rate != MODEL_RATE:
            raise ValueError(f"the encoder works at {MODEL_RATE} Hz, the clip has {clip.rate} Hz")
        if clip.seconds < MIN_SECONDS:
            raise BadAudio(
                f"The recording is too short to be compared: {clip.seconds:.2f} s.",
                hint="Say the whole sentence.",
            )
        if not np.isfinite(clip.samples).all():
            raise BadAudio("The recording holds samples that are not numbers.")
