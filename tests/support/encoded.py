"""Sound files of every kind, made by FFmpeg and libsndfile when a test asks for them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

if TYPE_CHECKING:
    from kiosk.core.hearing.audio import Samples


def by_ffmpeg(samples: Samples, rate: int, container: str, codec: str) -> bytes:
    """Return samples of shape ``(n,)`` or ``(n, channels)`` as a file of FFmpeg's making."""
    import av

    planes = np.ascontiguousarray(np.atleast_2d(samples.T), np.float32)
    layout = {1: "mono", 2: "stereo"}[len(planes)]
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream: Any = out.add_stream(codec, rate=rate, layout=layout)
        if codec.startswith("wma"):
            stream.bit_rate = 64_000
        frame = av.AudioFrame.from_ndarray(planes, "fltp", layout)
        frame.sample_rate, frame.pts = rate, 0
        fitting = av.AudioResampler(stream.codec_context.format.name, layout, rate)
        stream.codec_context.open()
        whole = av.AudioFifo()
        for part in (*fitting.resample(frame), *fitting.resample(None)):
            whole.write(part)
        size = stream.codec_context.frame_size or whole.samples
        for part in whole.read_many(size, partial=True):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return file.getvalue()


def by_libsndfile(samples: Samples, rate: int, kind: str, subtype: str) -> bytes:
    """Return samples as a file of libsndfile's making."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, subtype=subtype)
    return file.getvalue()
