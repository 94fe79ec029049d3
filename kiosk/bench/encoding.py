"""Encoding time against SpeechBrain's own classifier, and the CAM++ of its paper."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.bench.figures import Spread
from kiosk.core.hearing.audio import MODEL_RATE, AudioClip

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from kiosk.services.voice.engine import VoiceEngine

    Vector = npt.NDArray[np.float32]


@dataclass(frozen=True)
class EncodingFigures:
    """Encoding of one clip.

    Attributes:
        seconds: length of the clip.
        ours: through the kiosk's encoder port.
        eager: through SpeechBrain's ``EncoderClassifier.encode_batch``, or the paper's CAM++.
        ratio: median of ours over median of the other; below 1 is faster.
        cosine: of the two embeddings; 1 when they are the same.
        threads: that torch computes with.
    """

    seconds: float
    ours: Spread
    eager: Spread
    ratio: float
    cosine: float
    threads: int


def measure_encoding(
    engine: VoiceEngine, seconds: float = 3.0, rounds: int = 40
) -> EncodingFigures:
    """Encode one clip with the engine's encoder and with SpeechBrain's own classifier."""
    import torch
    from speechbrain.inference.speaker import EncoderClassifier
    from speechbrain.utils.fetching import LocalStrategy

    clip = _noise(seconds)
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
        return _compared(
            lambda: engine.encode_clip(clip).vector,
            lambda: theirs.encode_batch(wave, normalize=normalize).detach().numpy().reshape(-1),
            seconds,
            rounds,
        )


def measure_campplus(seconds: float = 3.0, rounds: int = 40) -> EncodingFigures:
    """Encode one clip with the built-in CAM++ and with the same weights as the paper has it."""
    import torch

    from kiosk.bench.plain_campplus import step_by_step
    from kiosk.resources import resources_dir
    from kiosk.speaker.bundles.bundle import Bundle
    from kiosk.speaker.bundles.manifest import HYPERPARAMS, WEIGHTS
    from kiosk.speaker.encoders.campplus import CampplusEncoder, features
    from kiosk.speaker.encoders.hyperparams import read_campplus_layout
    from kiosk.speaker.encoders.weights import read_state

    bundle = Bundle.open(resources_dir() / "models" / "campplus")
    encoder = CampplusEncoder.from_bundle(bundle, builtin=True)
    layout = read_campplus_layout(bundle.file(HYPERPARAMS))
    state = read_state(bundle.file(WEIGHTS), layout.shapes())
    clip = _noise(seconds)

    def plain() -> Vector:
        with torch.inference_mode():
            return step_by_step(state, features(clip.samples, layout.bands)).numpy()

    return _compared(lambda: encoder.encode(clip).vector, plain, seconds, rounds)


def _noise(seconds: float) -> AudioClip:
    generator = np.random.default_rng(7)
    noise = generator.standard_normal(int(seconds * MODEL_RATE)).astype(np.float32)
    return AudioClip(0.1 * noise)


def _compared(
    ours: Callable[[], Vector], theirs: Callable[[], Vector], seconds: float, rounds: int
) -> EncodingFigures:
    """Encode with both in turns, so that whatever else runs slows both alike."""
    import torch

    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    for turn in range(rounds + 3):
        start = time.perf_counter()
        vector = ours()
        middle = time.perf_counter()
        reference = theirs()
        end = time.perf_counter()
        if turn >= 3:
            times["ours"].append(middle - start)
            times["theirs"].append(end - middle)
    return EncodingFigures(
        seconds=seconds,
        ours=Spread.of(times["ours"]),
        eager=Spread.of(times["theirs"]),
        ratio=round(float(np.median(times["ours"]) / np.median(times["theirs"])), 3),
        cosine=round(float(vector @ reference / np.linalg.norm(reference)), 6),
        threads=torch.get_num_threads(),
    )
