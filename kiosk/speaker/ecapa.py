"""The ECAPA-TDNN encoder: from a clip to the direction of a voice.

B. Desplanques, J. Thienpondt, K. Demuynck, "ECAPA-TDNN: Emphasized Channel Attention, Propagation
and Aggregation in TDNN Based Speaker Verification", Interspeech 2020; SpeechBrain's implementation
of network and features.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from kiosk.core.audio import MODEL_RATE, AudioClip
from kiosk.core.embedding import Embedding
from kiosk.core.errors import BadAudio, ModelRefused
from kiosk.speaker.hyperparams import Hyperparams, read_hyperparams
from kiosk.speaker.manifest import HYPERPARAMS
from kiosk.speaker.torch_setup import prepare_torch
from kiosk.speaker.weights import load_network, load_statistics

if TYPE_CHECKING:
    import torch

    from kiosk.core.audio import Samples
    from kiosk.core.ports import ModelCard
    from kiosk.speaker.bundle import Bundle

MIN_SECONDS = 0.1
"""Shorter clips have fewer frames than the network's widest filter."""
_WARM_UP_SECONDS = (MIN_SECONDS, 3.0)
_MISFIT = "The network of the voice model and its features do not fit together."


class EcapaEncoder:
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

        self._card = card
        self._embedding_norm: Any = None
        try:
            self._features: Any = Fbank(**hyperparams.features).eval()
            self._feature_norm: Any = InputNormalization(**hyperparams.feature_norm).eval()
            self._network: Any = ECAPA_TDNN(**hyperparams.network).eval()
            if card.normalize and hyperparams.embedding_norm is not None:
                self._embedding_norm = InputNormalization(**hyperparams.embedding_norm).eval()
        except (TypeError, ValueError, AssertionError, RuntimeError, ZeroDivisionError) as exc:
            raise ModelRefused(_MISFIT) from exc

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

    @property
    def card(self) -> ModelCard:
        """Return what is known about the model."""
        return self._card

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
                raise ModelRefused(_MISFIT) from exc
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

    def raw(self, samples: Samples) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
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
            result: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
            result = output.reshape(-1).numpy()
            return result
