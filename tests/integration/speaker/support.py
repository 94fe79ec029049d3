"""Voice models and speech for the tests, made on the spot."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kiosk.core.hearing.audio import MODEL_RATE, AudioClip
from kiosk.resources import resources_dir
from kiosk.speaker.vad_silero import SileroDetector

if TYPE_CHECKING:
    from pathlib import Path

    from kiosk.core.hearing.audio import Samples
    from kiosk.core.ports import ModelCard

DIM = 24
"""Embedding size of the small model."""
BUILTIN = ["ecapa-kiosk-2", "campplus"]
"""The models in the box, the one to use first."""

HYPERPARAMS = f"""\
# The layout of SpeechBrain's VoxCeleb model, with few channels.
n_mels: 40
pretrained_path: somewhere/else
out_n_neurons: 5
compute_features: !new:speechbrain.lobes.features.Fbank
    n_mels: !ref <n_mels>
mean_var_norm: !new:speechbrain.processing.features.InputNormalization
    norm_type: sentence
    std_norm: False
embedding_model: !new:speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN
    input_size: !ref <n_mels>
    channels: [16, 16, 16, 16, 48]
    kernel_sizes: [5, 3, 3, 3, 1]
    dilations: [1, 2, 3, 4, 1]
    attention_channels: 8
    lin_neurons: {DIM}
classifier: !new:speechbrain.lobes.models.ECAPA_TDNN.Classifier
    input_size: {DIM}
    out_neurons: !ref <out_n_neurons>
mean_var_norm_emb: !new:speechbrain.processing.features.InputNormalization
    norm_type: global
    std_norm: False
modules:
    compute_features: !ref <compute_features>
    mean_var_norm: !ref <mean_var_norm>
    embedding_model: !ref <embedding_model>
    mean_var_norm_emb: !ref <mean_var_norm_emb>
    classifier: !ref <classifier>
label_encoder: !new:speechbrain.dataio.encoder.CategoricalEncoder
pretrainer: !new:speechbrain.utils.parameter_transfer.Pretrainer
    loadables:
        embedding_model: !ref <embedding_model>
        mean_var_norm_emb: !ref <mean_var_norm_emb>
        classifier: !ref <classifier>
        label_encoder: !ref <label_encoder>
    paths:
        embedding_model: !ref <pretrained_path>/embedding_model.ckpt
        mean_var_norm_emb: !ref <pretrained_path>/mean_var_norm_emb.ckpt
        classifier: !ref <pretrained_path>/classifier.ckpt
        label_encoder: !ref <pretrained_path>/label_encoder.txt
"""


def small_model(folder: Path, *, seed: int = 1, half: bool = False) -> Path:
    """Write a small complete model with random weights, without a manifest.

    Args:
        folder: is created.
        seed: other seeds give other weights.
        half: whether the weights are stored in half precision.
    """
    import torch
    from speechbrain.dataio.encoder import CategoricalEncoder
    from speechbrain.lobes.models.ECAPA_TDNN import ECAPA_TDNN, Classifier

    folder.mkdir(parents=True)
    (folder / "hyperparams.yaml").write_text(HYPERPARAMS)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = ECAPA_TDNN(
            40,
            lin_neurons=DIM,
            channels=[16, 16, 16, 16, 48],
            kernel_sizes=[5, 3, 3, 3, 1],
            dilations=[1, 2, 3, 4, 1],
            attention_channels=8,
        )
        for name, buffer in network.named_buffers():
            # Running statistics of a fresh network are 0 and 1 and would hide that they are lost.
            if name.endswith("running_mean"):
                buffer.normal_(0.0, 0.3)
            elif name.endswith("running_var"):
                buffer.uniform_(0.5, 2.0)
        state: dict[str, Any] = network.state_dict()
        if half:
            state = {k: v.half() if v.is_floating_point() else v for k, v in state.items()}
        torch.save(state, folder / "embedding_model.ckpt")
        statistics = {
            "count": 1234,
            "glob_mean": torch.randn(DIM),
            "glob_std": torch.rand(DIM) + 0.5,
            # Files of older SpeechBrain versions have these; the present one ignores them.
            "spk_dict_mean": {},
            "spk_dict_std": {},
            "spk_dict_count": {},
        }
        torch.save(statistics, folder / "mean_var_norm_emb.ckpt")
        torch.save(Classifier(DIM, out_neurons=5).state_dict(), folder / "classifier.ckpt")
    labels = CategoricalEncoder()
    labels.update_from_iterable(f"id{i}" for i in range(5))
    labels.save(str(folder / "label_encoder.txt"))
    return folder


def speechbrain_embedding(
    folder: Path, savedir: Path, samples: Samples, *, normalize: bool
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return what SpeechBrain itself makes of a recording, shape ``(dim,)``."""
    import torch
    from speechbrain.inference.classifiers import EncoderClassifier

    classifier = EncoderClassifier.from_hparams(
        source=str(folder), overrides={"pretrained_path": str(folder)}, savedir=str(savedir)
    )
    wave = torch.from_numpy(np.array(samples)).unsqueeze(0)
    with torch.no_grad():
        encoded = classifier.encode_batch(wave, normalize=normalize)
    vector: np.ndarray[Any, np.dtype[np.float32]] = encoded.reshape(-1).numpy()
    return vector


def cosine(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    """Return the cosine of two vectors."""
    a, b = one.astype(np.float64), other.astype(np.float64)
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def speak(text: str, voice: str, folder: Path) -> AudioClip:
    """Return a text as one of flite's voices speaks it, at 16 kHz."""
    path = folder / "speech.raw"
    wav = folder / "speech.wav"
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(wav)], check=True)
    subprocess.run(
        ["sox", "-D", wav, "-t", "raw", "-e", "signed", "-b", "16", "-r", "16000", "-c", "1", path],
        check=True,
    )
    samples = np.frombuffer(path.read_bytes(), dtype="<i2").astype(np.float32) / 32768
    return AudioClip(samples.astype(np.float32))


def noise(seconds: float, level: float = 0.05, seed: int = 0) -> AudioClip:
    """Return white noise of an RMS level."""
    generator = np.random.default_rng(seed)
    samples = generator.normal(0.0, level, int(seconds * MODEL_RATE))
    return AudioClip(samples.astype(np.float32))


@dataclass
class Steps:
    """Collects what a progress callback is told."""

    said: list[tuple[str, float]]

    def __call__(self, phrase: str, share: float) -> None:
        """Keep one step."""
        self.said.append((phrase, share))

    @property
    def shares(self) -> list[float]:
        """Return the shares in the order in which they came."""
        return [share for _, share in self.said]

    @property
    def last(self) -> tuple[str, float]:
        """Return the last step."""
        return self.said[-1]


def ids(cards: list[ModelCard]) -> list[str]:
    """Return the identities of models."""
    return [card.model_id for card in cards]


def detector() -> SileroDetector:
    """Return the speech detector in the box."""
    return SileroDetector(resources_dir() / "speech-detector" / "weights.npz")
