"""The CAM++ encoder: from a clip to the direction of a voice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from kiosk.core.errors import ModelRefused
from kiosk.core.hearing.audio import MODEL_RATE
from kiosk.speaker.bundles.manifest import HYPERPARAMS, WEIGHTS
from kiosk.speaker.encoders.campplus_network import CampplusNetwork
from kiosk.speaker.encoders.encoder import ClipEncoder
from kiosk.speaker.encoders.hyperparams import read_campplus_layout
from kiosk.speaker.encoders.torch_setup import prepare_torch
from kiosk.speaker.encoders.weights import read_state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import torch

    from kiosk.core.hearing.audio import Samples
    from kiosk.core.ports import ModelCard
    from kiosk.speaker.bundles.bundle import Bundle
    from kiosk.speaker.encoders.campplus_layout import CampplusLayout
    from kiosk.speaker.encoders.encoder import Raw


class CampplusEncoder(ClipEncoder):
    """A loaded CAM++; a :class:`~kiosk.core.ports.SpeakerEncoder`. Not thread-safe."""

    def __init__(self, card: ModelCard, layout: CampplusLayout, state: Mapping[str, Any]) -> None:
        """Use these weights; see :meth:`from_bundle`.

        Args:
            card: what is known about the model.
            layout: sizes of the network.
            state: its weights, exactly those of the layout.
        """
        super().__init__(card)
        self._bands = layout.bands
        self._network = CampplusNetwork(state, layout)

    @classmethod
    def loaded(cls, bundle: Bundle, card: ModelCard, threads: int | None) -> Self:
        """Return the model of a bundle that was verified; see :meth:`from_bundle`."""
        layout = read_campplus_layout(bundle.file(HYPERPARAMS))
        if card.normalize:
            raise ModelRefused("A CAM++ has no mean of embeddings to subtract.")
        weights = bundle.file(WEIGHTS)
        prepare_torch(threads)
        return cls(card, layout, read_state(weights, layout.shapes()))

    @property
    def hop(self) -> int:
        """Return how many samples lie between two frames."""
        return 2 * MODEL_RATE // 100

    def frames(self, samples: Samples) -> torch.Tensor:
        """Return what the network hears in every 20 ms."""
        import torch

        with torch.inference_mode():
            return self._network.frames(features(samples, self._bands))

    def pooled(self, frames: torch.Tensor) -> Raw:
        """Return the raw output, shape ``(dim,)``."""
        import torch

        with torch.inference_mode():
            row: Raw = self._network.pooled(frames[None])[0].numpy()
            return row

    def pooled_pieces(self, frames: torch.Tensor, starts: Sequence[int], size: int) -> Raw:
        """Return the raw output for stretches of frames."""
        import torch

        with torch.inference_mode():
            stretches = torch.stack([frames[at : at + size] for at in starts])
            rows: Raw = self._network.pooled(stretches).numpy()
            return rows


def features(samples: Samples, bands: int) -> torch.Tensor:
    """Return Kaldi's log-mel bands, without dither, less their mean over time.

    The front end with which the network was trained.
    """
    import torch
    from torchaudio.compliance.kaldi import fbank

    # A copy of our own: torch takes no read-only or strided arrays without complaint.
    wave = torch.from_numpy(np.array(samples, dtype=np.float32, order="C"))
    heard: torch.Tensor = fbank(
        wave.unsqueeze(0),
        num_mel_bins=bands,
        sample_frequency=float(MODEL_RATE),
        dither=0.0,
    )
    return heard - heard.mean(dim=0, keepdim=True)
