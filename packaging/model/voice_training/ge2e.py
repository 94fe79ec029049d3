"""The baseline: GE2E as published in ``resemblyzer``, Apache-2.0.

L. Wan et al., "Generalized End-to-End Loss for Speaker Verification", ICASSP 2018. Network and
front end are written anew here, so that neither librosa nor a C compiler is needed; the speech
detector of the original is left out, because the recordings are trimmed already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kiosk.core.hearing.audio import MODEL_RATE, dbfs
from voice_training.wheels import GE2E

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    import torch

    from kiosk.core.hearing.audio import Samples

_BANDS, _HIDDEN, _LAYERS, _SIZE = 40, 256, 3, 256
_WINDOW, _HOP = 400, 160
_LEVEL_DBFS = -30.0
_PARTIAL_FRAMES = 160
_FRAMES_PER_STEP = 77
"""1.3 partials a second, the original's default."""
_LEAST_COVERAGE = 0.75


class Ge2e:
    """Three LSTM layers over 1.6 s partials, whose embeddings are averaged."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        """Load the weights from where :func:`voice_training.wheels.fetch` put them."""
        import torch
        from torchaudio.transforms import MelSpectrogram

        state = torch.load(folder / GE2E, map_location="cpu", weights_only=True)["model_state"]
        self._lstm = torch.nn.LSTM(_BANDS, _HIDDEN, _LAYERS, batch_first=True)
        self._linear = torch.nn.Linear(_HIDDEN, _SIZE)
        for part, name in ((self._lstm, "lstm."), (self._linear, "linear.")):
            own = {k.removeprefix(name): v for k, v in state.items() if k.startswith(name)}
            part.load_state_dict(own)
            part.to(device).eval()
        self._mel: Any = MelSpectrogram(
            MODEL_RATE,
            n_fft=_WINDOW,
            hop_length=_HOP,
            n_mels=_BANDS,
            norm="slaney",
            mel_scale="slaney",
            pad_mode="constant",
        ).to(device)
        self._device = device

    def embed_wave(self, wave: Samples) -> npt.NDArray[np.float32]:
        """Return the unit embedding of a whole wave, shape ``(256,)``."""
        import torch
        from torch.nn.functional import normalize

        level = dbfs(wave)
        if level < _LEVEL_DBFS:
            wave = wave * np.float32(10.0 ** ((_LEVEL_DBFS - level) / 20.0))
        starts = partials(len(wave))
        padded = np.zeros(max(len(wave), (starts[-1] + _PARTIAL_FRAMES) * _HOP), dtype=np.float32)
        padded[: len(wave)] = wave
        with torch.inference_mode():
            mels = self._mel(torch.from_numpy(padded).to(self._device)).T
            batch = torch.stack([mels[start : start + _PARTIAL_FRAMES] for start in starts])
            hidden = self._lstm(batch)[1][0][-1]
            each = normalize(torch.relu(self._linear(hidden)), dim=1)
            result: npt.NDArray[np.float32] = normalize(each.mean(dim=0), dim=0).cpu().numpy()
        return result


def partials(count: int) -> list[int]:
    """Return the first frame of each partial of a wave of ``count`` samples, as the original."""
    frames = -(-(count + 1) // _HOP)
    starts = list(
        range(0, max(1, frames - _PARTIAL_FRAMES + _FRAMES_PER_STEP + 1), _FRAMES_PER_STEP)
    )
    covered = (count - starts[-1] * _HOP) / (_PARTIAL_FRAMES * _HOP)
    if covered < _LEAST_COVERAGE and len(starts) > 1:
        starts.pop()
    return starts
