"""The ECAPA-TDNN encoder: from a clip to the direction of a voice.

B. Desplanques, J. Thienpondt, K. Demuynck, "ECAPA-TDNN: Emphasized Channel Attention, Propagation
and Aggregation in TDNN Based Speaker Verification", Interspeech 2020; SpeechBrain's implementation
of network and features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from kiosk.core.errors import ModelRefused
from kiosk.speaker.encoder import MISFIT, ClipEncoder
from kiosk.speaker.hyperparams import Hyperparams, read_hyperparams
from kiosk.speaker.manifest import HYPERPARAMS
from kiosk.speaker.torch_setup import prepare_torch
from kiosk.speaker.weights import load_network, load_statistics

if TYPE_CHECKING:
    import torch

    from kiosk.core.audio import Samples
    from kiosk.core.ports import ModelCard
    from kiosk.speaker.bundle import Bundle
    from kiosk.speaker.encoder import Raw


class EcapaEncoder(ClipEncoder):
    """A loaded ECAPA-TDNN; a :class:`~kiosk.core.ports.SpeakerEncoder`. Not thread-safe."""

    def __init__(self, card: ModelCard, hyperparams: Hyperparams) -> None:
        """Build the modules with random weights; use :meth:`from_bundle`.

        Args:
            card: what is known about the model.
            hyperparams: its checked settings.

        Raises:
            ModelRefused: the settings contradict each other.
        """
        from speechbrain.lobes.features import Fbank
        from speechbrain.lobes.models.ECAPA_TDNN import ECAPA_TDNN
        from speechbrain.processing.features import InputNormalization

        super().__init__(card)
        self._embedding_norm: Any = None
        try:
            self._features: Any = Fbank(**hyperparams.features).eval()
            self._feature_norm: Any = InputNormalization(**hyperparams.feature_norm).eval()
            self._network: Any = ECAPA_TDNN(**hyperparams.network).eval()
            if card.normalize and hyperparams.embedding_norm is not None:
                self._embedding_norm = InputNormalization(**hyperparams.embedding_norm).eval()
        except (TypeError, ValueError, AssertionError, RuntimeError, ZeroDivisionError) as exc:
            raise ModelRefused(MISFIT) from exc

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
        hyperparams = read_hyperparams(bundle.file(HYPERPARAMS))
        card = bundle.card(builtin=builtin)
        network = bundle.file(hyperparams.network_file)
        prepare_torch(threads)
        encoder = cls(card, hyperparams)
        load_network(encoder._network, network)
        if card.normalize:
            if hyperparams.embedding_norm_file is None:
                raise ModelRefused("The voice model has no mean of embeddings to subtract.")
            statistics = bundle.file(hyperparams.embedding_norm_file)
            load_statistics(encoder._embedding_norm, statistics, card.dim)
        encoder.warm_up()
        return encoder

    def raw(self, samples: Samples) -> Raw:
        """Return the raw output, shape ``(dim,)``, as ``EncoderClassifier.encode_batch`` does."""
        import torch

        # A copy of our own: torch takes no read-only or strided arrays without complaint.
        wave: torch.Tensor = torch.from_numpy(np.array(samples, dtype=np.float32, order="C"))
        with torch.inference_mode():
            whole = torch.ones(1)
            features = self._feature_norm(self._features(wave.unsqueeze(0)), whole)
            output = self._network(features, whole)
            if self._embedding_norm is not None:
                output = self._embedding_norm(output, whole)
            result: Raw = output.reshape(-1).numpy()
            return result
