"""Encoding time against SpeechBrain's own classifier on the same weights."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.bench.figures import Spread
from kiosk.core.audio import MODEL_RATE, AudioClip

if TYPE_CHECKING:
    from kiosk.services.engine import VoiceEngine


@dataclass(frozen=True)
class EncodingFigures:
    """Encoding of one clip.

    Attributes:
        seconds: length of the clip.
        ours: through the kiosk's encoder port.
        speechbrain: through ``EncoderClassifier.encode_batch``.
        ratio: median of ours over median of SpeechBrain's; below 1 is faster.
        cosine: of the two embeddings; 1 when they are the same.
        threads: that torch computes with.
    """

    seconds: float
    ours: Spread
    speechbrain: Spread
    ratio: float
    cosine: float
    threads: int


def measure_encoding(
    engine: VoiceEngine, seconds: float = 3.0, rounds: int = 40
) -> EncodingFigures:
    """Encode one clip with both, in turns, so that whatever else runs slows both alike."""
    import torch
    from speechbrain.inference.speaker import EncoderClassifier
    from speechbrain.utils.fetching import LocalStrategy

    generator = np.random.default_rng(7)
    noise = generator.standard_normal(int(seconds * MODEL_RATE)).astype(np.float32)
    clip = AudioClip(0.1 * noise)
    wave = torch.from_numpy(clip.samples.copy())[None]
    folder = str(engine.card.folder)
    with tempfile.TemporaryDirectory() as scratch:
        theirs = EncoderClassifier.from_hparams(
            source=folder,
            overrides={"pretrained_path": folder},
            savedir=scratch,
            local_strategy=LocalStrategy.COPY,
        )
        normalize = engine.card.normalize
        times: dict[str, list[float]] = {"ours": [], "speechbrain": []}
        for turn in range(rounds + 3):
            start = time.perf_counter()
            ours = engine.encode_clip(clip)
            middle = time.perf_counter()
            other = theirs.encode_batch(wave, normalize=normalize)
            end = time.perf_counter()
            if turn >= 3:
                times["ours"].append(middle - start)
                times["speechbrain"].append(end - middle)
    reference = other.detach().numpy().reshape(-1)
    cosine = float(ours.vector @ reference / np.linalg.norm(reference))
    return EncodingFigures(
        seconds=seconds,
        ours=Spread.of(times["ours"]),
        speechbrain=Spread.of(times["speechbrain"]),
        ratio=round(float(np.median(times["ours"]) / np.median(times["speechbrain"])), 3),
        cosine=round(cosine, 6),
        threads=torch.get_num_threads(),
    )
