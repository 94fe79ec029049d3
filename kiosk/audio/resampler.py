"""From the microphone's or the file's rate to the model's, with libsoxr."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kiosk.core.hearing.audio import MODEL_RATE

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import Samples

QUALITY = "HQ"
"""Pass-band to 91 % of the lower Nyquist frequency, 20 bit precision: nothing that the model
hears is changed, and a 20 ms block costs some 10 microseconds."""


class SoxrResampler:
    """Converts one stream of samples to :data:`kiosk.core.hearing.audio.MODEL_RATE`.

    The filter holds samples back: about 40 ms come out late, in uneven portions. An instance
    serves one stream in one thread.
    """

    def __init__(self, rate: int, channels: int | None = None) -> None:
        """Begin a stream.

        Args:
            rate: of the samples that will be given, in Hz.
            channels: of samples of shape ``(n, channels)``; None for those of shape ``(n,)``.

        Raises:
            ValueError: the rate is not positive.
        """
        if rate <= 0:
            raise ValueError("the sampling rate is positive")
        self._nothing = np.empty((0,) if channels is None else (0, channels), np.float32)
        self._stream: Any = None
        if rate != MODEL_RATE:
            import soxr

            self._stream = soxr.ResampleStream(
                rate, MODEL_RATE, channels or 1, dtype="float32", quality=QUALITY
            )

    def process(self, samples: Samples) -> Samples:
        """Return what has become available.

        Args:
            samples: float32, shape ``(n,)`` or ``(n, channels)``, following those of the call
                before.

        Returns:
            float32 at 16 kHz, of the same kind; the very same array when nothing is to be done.
        """
        return samples if self._stream is None else self._chunk(samples, last=False)

    def flush(self) -> Samples:
        """End the stream and return what the filter still holds; once, and then no more."""
        return self._nothing if self._stream is None else self._chunk(self._nothing, last=True)

    def _chunk(self, samples: Samples, *, last: bool) -> Samples:
        chunk = self._stream.resample_chunk(np.ascontiguousarray(samples), last=last)
        return np.asarray(chunk, np.float32)


def resample(samples: Samples, rate: int) -> Samples:
    """Return a whole recording at :data:`kiosk.core.hearing.audio.MODEL_RATE`.

    Args:
        samples: float32, shape ``(n,)``.
        rate: of these samples, in Hz.

    Raises:
        ValueError: the rate is not positive.
    """
    resampler = SoxrResampler(rate)
    return np.concatenate([resampler.process(samples), resampler.flush()])
