"""The ECAPA-TDNN encoder: from a clip to the direction of a voice.

B. Desplanques, J. Thienpondt, K. Demuynck, "ECAPA-TDNN: Emphasized Channel Attention, Propagation
and Aggregation in TDNN Based Speaker Verification", Interspeech 2020; SpeechBrain's features, and
its network by way of :mod:`kiosk.speaker.encoders.ecapa_network`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from kiosk.core.errors import ModelRefused
from kiosk.core.hearing.audio import MODEL_RATE
from kiosk.speaker.bundles.manifest import HYPERPARAMS
from kiosk.speaker.encoders.ecapa_network import LEAST_VARIANCE, EcapaNetwork
from kiosk.speaker.encoders.encoder import MISFIT, ClipEncoder
from kiosk.speaker.encoders.hyperparams import Hyperparams, read_hyperparams
from kiosk.speaker.encoders.torch_setup import prepare_torch
from kiosk.speaker.encoders.weights import load_network, load_statistics

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import torch

    from kiosk.core.hearing.audio import Samples
    from kiosk.core.ports import ModelCard
    from kiosk.speaker.bundles.bundle import Bundle
    from kiosk.speaker.encoders.encoder import Raw

_LEAST_WEIGHT = 1e-20


class EcapaEncoder(ClipEncoder):
    """A loaded ECAPA-TDNN; a :class:`~kiosk.core.ports.SpeakerEncoder`. Not thread-safe."""

    def __init__(self, card: ModelCard, hyperparams: Hyperparams, weights: Path) -> None:
        """Build SpeechBrain's modules and take over their weights; see :meth:`from_bundle`.

        Args:
            card: what is known about the model.
            hyperparams: its checked settings.
            weights: the file with those of the network.

        Raises:
            ModelRefused: the settings contradict each other, or the weights do not fit them.
        """
        from speechbrain.lobes.features import Fbank
        from speechbrain.lobes.models.ECAPA_TDNN import ECAPA_TDNN
        from speechbrain.processing.features import InputNormalization

        super().__init__(card)
        self._embedding_norm: Any = None
        try:
            self._features: Any = Fbank(**hyperparams.features).eval()
            self._feature_norm: Any = InputNormalization(**hyperparams.feature_norm).eval()
            network = ECAPA_TDNN(**hyperparams.network).eval()
            if card.normalize and hyperparams.embedding_norm is not None:
                self._embedding_norm = InputNormalization(**hyperparams.embedding_norm).eval()
        except (TypeError, ValueError, AssertionError, RuntimeError, ZeroDivisionError) as exc:
            raise ModelRefused(MISFIT) from exc
        load_network(network, weights)
        self._network = EcapaNetwork(network)

    @classmethod
    def loaded(cls, bundle: Bundle, card: ModelCard, threads: int | None) -> Self:
        """Return the model of a bundle that was verified; see :meth:`from_bundle`."""
        hyperparams = read_hyperparams(bundle.file(HYPERPARAMS))
        network = bundle.file(hyperparams.network_file)
        prepare_torch(threads)
        encoder = cls(card, hyperparams, network)
        if card.normalize:
            if hyperparams.embedding_norm_file is None:
                raise ModelRefused("The voice model has no mean of embeddings to subtract.")
            statistics = bundle.file(hyperparams.embedding_norm_file)
            load_statistics(encoder._embedding_norm, statistics, card.dim)
        return encoder

    @property
    def hop(self) -> int:
        """Return how many samples lie between two frames."""
        return MODEL_RATE // 100

    def frames(self, samples: Samples) -> torch.Tensor:
        """Return what ``ECAPA_TDNN.forward`` pools: its channels in every 10 ms."""
        import torch

        # A copy of our own: torch takes no read-only or strided arrays without complaint.
        wave: torch.Tensor = torch.from_numpy(np.array(samples, dtype=np.float32, order="C"))
        with torch.inference_mode():
            whole = torch.ones(1)
            features = self._feature_norm(self._features(wave.unsqueeze(0)), whole)
            return self._network.frames(features[0])

    def pooled(self, frames: torch.Tensor) -> Raw:
        """Return the raw output, as ``EncoderClassifier.encode_batch`` does."""
        import torch

        with torch.inference_mode():
            made: Raw = self._normalized(self._network.pooled(frames))[0]
            return made

    def pooled_pieces(self, frames: torch.Tensor, starts: Sequence[int], size: int) -> Raw:
        """Return the raw output for stretches of frames.

        The attention is paid once, to the whole; what it weighs is then added up for each stretch.
        """
        import torch
        from torch.nn import functional

        with torch.inference_mode():
            paid = self._network.attention(frames)
            # Double, for differences of large sums are taken; never nothing, for it divides.
            weight = (paid - paid.amax(dim=0)).double().exp().clamp(min=_LEAST_WEIGHT)
            powers = torch.stack([weight, weight * frames, weight * frames.square()])
            sums = functional.pad(powers.cumsum(dim=1), (0, 0, 1, 0))
            at = torch.tensor(starts)
            total, first, second = sums[:, at + size] - sums[:, at]
            mean = first / total
            spread = (second / total - mean.square()).clamp(min=LEAST_VARIANCE).sqrt()
            return self._normalized(self._network.embeddings(mean.float(), spread.float()))

    def _normalized(self, embeddings: torch.Tensor) -> Raw:
        """Return the rows less the mean of embeddings, for models that have one."""
        import torch

        if self._embedding_norm is not None:
            whole = torch.ones(len(embeddings))
            embeddings = self._embedding_norm(embeddings[:, None], whole)[:, 0]
        rows: Raw = embeddings.numpy()
        return rows
