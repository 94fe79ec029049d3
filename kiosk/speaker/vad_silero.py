"""Speech detection with the network of Silero VAD 5, computed by numpy; needs no torch.

The layers are those of its published model for 16 kHz (``resources/speech-detector``): the
magnitudes of a short-time Fourier transform, four convolutions and an LSTM, which alone goes from
frame to frame; everything before it is computed for many frames at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.errors import ModelRefused
from kiosk.core.hearing.audio import MODEL_RATE

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from kiosk.core.hearing.audio import Samples

    Values = npt.NDArray[np.float32]

_FRAME = 512
_CONTEXT = 64
"""Samples of the frame before that are heard along with a frame; so many more mirror its end."""
_WINDOW, _STEP = 256, 128
_BINS = _WINDOW // 2 + 1
_CELLS = 128
_AT_ONCE = 64
"""Frames; two seconds."""


class SileroDetector:
    """A :class:`~kiosk.core.ports.SpeechDetector`; one instance serves one thread.

    Args:
        weights: file of the network's weights.

    Raises:
        ModelRefused: it is missing, or has not those of this network.
    """

    def __init__(self, weights: Path) -> None:
        try:
            with np.load(weights) as kept:
                found = {name: kept[name] for name in kept.files}
            self._basis = _columns(found["stft.basis"][:, 0])
            self._convolutions = [
                (_taps(found[f"encoder.{each}.weight"]), found[f"encoder.{each}.bias"])
                for each in range(4)
            ]
            self._into = _columns(found["lstm.weight_ih"])
            self._over = _columns(found["lstm.weight_hh"])
            self._gates = found["lstm.bias_ih"] + found["lstm.bias_hh"]
            self._output = found["output.weight"][0, :, 0]
            self._bias = found["output.bias"][0]
        except (OSError, ValueError, KeyError, IndexError) as exc:
            raise ModelRefused(
                "The speech detector cannot be loaded.", hint="Install the program again."
            ) from exc
        self.reset()

    @property
    def rate(self) -> int:
        """Return the sampling rate in Hz that it expects."""
        return MODEL_RATE

    @property
    def frame(self) -> int:
        """Return the samples per frame: 512, which is 32 ms."""
        return _FRAME

    def reset(self) -> None:
        """Forget what was heard."""
        self._hidden = np.zeros(_CELLS, np.float32)
        self._cell = np.zeros(_CELLS, np.float32)
        self._before = np.zeros(_CONTEXT, np.float32)

    def probabilities(self, samples: Samples) -> Values:
        """Return the probabilities, in [0, 1], that the next frames hold speech.

        Args:
            samples: float32, whole frames of 512; any layout in memory, read-only or not.

        Returns:
            Shape ``(frames,)``.

        Raises:
            ValueError: they are not whole frames.
        """
        if samples.ndim != 1 or len(samples) % _FRAME:
            raise ValueError(f"{samples.shape} are not frames of {_FRAME} samples")
        frames = samples.reshape(-1, _FRAME)
        found = [
            self._remember(self._features(frames[start : start + _AT_ONCE]))
            for start in range(0, len(frames), _AT_ONCE)
        ]
        return np.concatenate(found) if found else np.empty(0, np.float32)

    def _features(self, frames: Values) -> Values:
        """Return what the LSTM is given of each frame, shape ``(frames, 4 * cells)``."""
        sound = np.empty((len(frames), _CONTEXT + _FRAME + _CONTEXT), np.float32)
        sound[:, _CONTEXT:-_CONTEXT] = frames
        sound[0, :_CONTEXT] = self._before
        sound[1:, :_CONTEXT] = frames[:-1, -_CONTEXT:]
        sound[:, -_CONTEXT:] = sound[:, -_CONTEXT - 2 : -2 * _CONTEXT - 2 : -1]
        self._before = frames[-1, -_CONTEXT:].copy()
        windows = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW, axis=1)[:, ::_STEP]
        waves = windows @ self._basis
        heard: Values = np.hypot(waves[..., :_BINS], waves[..., _BINS:])
        for (weights, bias), stride in zip(self._convolutions, (1, 2, 2, 1), strict=True):
            padded = np.pad(heard, ((0, 0), (1, 1), (0, 0)))
            last = heard.shape[1]
            around = [padded[:, tap : tap + last : stride] for tap in range(3)]
            heard = np.maximum(np.concatenate(around, axis=2) @ weights + bias, 0.0)
        features: Values = heard[:, 0] @ self._into + self._gates
        return features

    def _remember(self, features: Values) -> Values:
        """Let the LSTM go over the frames, and return what it makes of each."""
        hidden, cell = self._hidden, self._cell
        states = np.empty((len(features), _CELLS), np.float32)
        for row, given in enumerate(features):
            gates = given + hidden @ self._over
            admit, keep, _, tell = _sigmoid(gates).reshape(4, _CELLS)
            cell = keep * cell + admit * np.tanh(gates[2 * _CELLS : 3 * _CELLS])
            hidden = tell * np.tanh(cell)
            states[row] = hidden
        self._hidden, self._cell = hidden, cell
        return _sigmoid(np.maximum(states, 0.0) @ self._output + self._bias)


def _sigmoid(values: Values) -> Values:
    squashed: Values = 0.5 + 0.5 * np.tanh(0.5 * values)
    return squashed


def _columns(weights: Values) -> Values:
    """Return a matrix to multiply rows with."""
    return np.ascontiguousarray(weights.T)


def _taps(weights: Values) -> Values:
    """Return a convolution over three neighbours as one matrix."""
    return np.ascontiguousarray(weights.transpose(2, 1, 0).reshape(-1, len(weights)))
