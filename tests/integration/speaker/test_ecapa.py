from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kiosk.core.errors import BadAudio, ModelRefused
from kiosk.core.hearing.audio import MODEL_RATE, AudioClip
from kiosk.core.hearing.several_speakers import Pieces
from kiosk.core.voice import embedding
from kiosk.speaker.bundles.bundle import Bundle, write_manifest
from kiosk.speaker.encoders.ecapa import EcapaEncoder
from tests.integration.speaker.support import (
    DIM,
    cosine,
    noise,
    small_model,
    speechbrain_embedding,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Speech = dict[tuple[str, int], AudioClip]


def bundle(folder: Path, *, normalize: bool = False, size: int = DIM) -> Bundle:
    return write_manifest(
        folder,
        model_id="small",
        title="Small",
        embedding_size=size,
        normalize=normalize,
        threshold=0.25,
        threshold_basis="made up",
        licence="none",
        source="test",
    )


def save(content: Mapping[str, Any], path: Path) -> None:
    import torch

    torch.save(dict(content), path)


def state(folder: Path) -> dict[str, Any]:
    import torch

    content: dict[str, Any] = torch.load(folder / "embedding_model.ckpt", weights_only=True)
    return content


def test_built_in_model_equals_speechbrain(
    encoder: EcapaEncoder, speech: Speech, tmp_path: Path
) -> None:
    clip = speech["slt", 0]
    ours = encoder.encode(clip)
    theirs = speechbrain_embedding(
        encoder.card.folder, tmp_path / "saved", clip.samples, normalize=False
    )
    assert cosine(ours.vector, theirs) >= 0.9999
    assert np.allclose(encoder.raw(clip.samples), theirs, rtol=1e-3, atol=1e-3)
    assert ours.model_id == "ecapa-kiosk-2"


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("half", [False, True])
def test_voxceleb_layout_equals_speechbrain(
    torch_ready: None, tmp_path: Path, speech: Speech, *, normalize: bool, half: bool
) -> None:
    folder = small_model(tmp_path / "model", half=half)
    clip = speech["rms", 1]
    theirs = speechbrain_embedding(folder, tmp_path / "saved", clip.samples, normalize=normalize)
    ours = EcapaEncoder.from_bundle(bundle(folder, normalize=normalize), threads=1)
    assert ours.raw(clip.samples).dtype == np.float32
    assert cosine(ours.encode(clip).vector, theirs) >= 0.9999
    assert np.allclose(ours.raw(clip.samples), theirs, rtol=1e-3, atol=1e-4)


def test_normalizing_makes_a_difference(model: Path, speech: Speech) -> None:
    # Otherwise the comparison above would prove nothing about the flag.
    plain = EcapaEncoder.from_bundle(bundle(model, normalize=False), threads=1)
    centred = EcapaEncoder.from_bundle(bundle(model, normalize=True), threads=1)
    clip = speech["slt", 0]
    assert cosine(plain.raw(clip.samples), centred.raw(clip.samples)) < 0.99


def test_tells_voices_apart(encoder: EcapaEncoder, speech: Speech) -> None:
    prints = {key: encoder.encode(clip) for key, clip in speech.items()}
    same: list[float] = []
    different: list[float] = []
    for (one, a), (other, b) in itertools.combinations(prints.items(), 2):
        (same if one[0] == other[0] else different).append(embedding.cosine(a, b))
    assert min(same) >= 0.75
    assert max(different) <= 0.55
    assert min(same) > encoder.card.threshold > max(different)


def test_same_sound_gives_the_same_embedding(encoder: EcapaEncoder, speech: Speech) -> None:
    clip = speech["awb", 0]
    first = encoder.encode(clip)
    encoder.encode(speech["slt", 1])
    assert np.array_equal(encoder.encode(clip).vector, first.vector)
    assert np.linalg.norm(first.vector) == pytest.approx(1.0, abs=1e-6)
    assert first.vector.dtype == np.float32
    assert first.dim == encoder.card.dim == 192


def test_any_layout_in_memory_will_do(encoder: EcapaEncoder, speech: Speech) -> None:
    samples = speech["slt", 0].samples
    expected = encoder.encode(AudioClip(samples.copy())).vector
    locked = samples.copy()
    locked.setflags(write=False)
    doubled = np.repeat(samples, 2)
    for variant in (locked, doubled[::2], samples[::-1].copy()[::-1]):
        assert np.array_equal(encoder.encode(AudioClip(variant)).vector, expected)


@pytest.mark.parametrize("samples", [0, 1, 1599])
def test_too_short_a_clip_is_bad_audio(encoder: EcapaEncoder, samples: int) -> None:
    with pytest.raises(BadAudio, match="too short"):
        encoder.encode(AudioClip(np.zeros(samples, dtype=np.float32)))


def test_the_shortest_clip_is_encoded(encoder: EcapaEncoder) -> None:
    assert encoder.encode(noise(0.1)).dim == 192


def test_silence_is_encoded_without_a_crash(encoder: EcapaEncoder) -> None:
    # The quality gate refuses it; the encoder must only not return nonsense such as NaN.
    assert np.isfinite(encoder.encode(AudioClip(np.zeros(16_000, dtype=np.float32))).vector).all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_no_numbers_are_bad_audio(encoder: EcapaEncoder, value: float) -> None:
    samples = noise(1.0).samples.copy()
    samples[500] = value
    with pytest.raises(BadAudio, match="not numbers"):
        encoder.encode(AudioClip(samples))


def test_another_rate_is_a_defect_of_the_caller(encoder: EcapaEncoder) -> None:
    with pytest.raises(ValueError, match="16000 Hz"):
        encoder.encode(replace(noise(1.0), rate=8_000))


def test_promised_size_must_be_true(model: Path) -> None:
    with pytest.raises(ModelRefused, match="embeddings of size 192"):
        EcapaEncoder.from_bundle(bundle(model, size=192), threads=1)


def test_weights_of_another_network_are_refused(model: Path) -> None:
    text = (model / "hyperparams.yaml").read_text()
    (model / "hyperparams.yaml").write_text(text.replace("channels: 8", "channels: 16"))
    with pytest.raises(ModelRefused, match="does not fit the network"):
        EcapaEncoder.from_bundle(bundle(model), threads=1)


def test_features_that_do_not_fit_are_refused(model: Path) -> None:
    text = (model / "hyperparams.yaml").read_text()
    (model / "hyperparams.yaml").write_text(
        text.replace("    n_mels: !ref <n_mels>", "    n_mels: 30")
    )
    with pytest.raises(ModelRefused, match="do not fit together"):
        EcapaEncoder.from_bundle(bundle(model), threads=1)


def test_missing_and_extra_weights_are_refused(model: Path) -> None:
    whole = state(model)
    first = next(iter(whole))
    for spoilt in (
        {name: tensor for name, tensor in whole.items() if name != first},
        {**whole, "extra.weight": whole[first]},
    ):
        save(spoilt, model / "embedding_model.ckpt")
        with pytest.raises(ModelRefused, match="does not fit the network"):
            EcapaEncoder.from_bundle(bundle(model), threads=1)


def test_weights_that_are_not_finite_are_refused(model: Path) -> None:
    whole = state(model)
    next(iter(whole.values())).view(-1)[0] = float("nan")
    save(whole, model / "embedding_model.ckpt")
    with pytest.raises(ModelRefused, match="not finite"):
        EcapaEncoder.from_bundle(bundle(model), threads=1)


@pytest.mark.parametrize("content", [b"", b"junk", b"PK\x03\x04 not really", b"\x80\x02}."])
def test_a_file_of_something_else_is_refused(model: Path, content: bytes) -> None:
    (model / "embedding_model.ckpt").write_bytes(content)
    with pytest.raises(ModelRefused):
        EcapaEncoder.from_bundle(bundle(model), threads=1)


def test_statistics_are_needed_to_normalize(model: Path) -> None:
    import torch

    path = model / "mean_var_norm_emb.ckpt"
    good = torch.load(path, weights_only=True)
    for spoilt in (
        {},
        {**good, "glob_mean": torch.randn(DIM + 1)},
        {**good, "glob_mean": torch.full((DIM,), float("nan"))},
        {**good, "count": 0},
    ):
        save(spoilt, path)
        with pytest.raises(ModelRefused, match="mean_var_norm_emb"):
            EcapaEncoder.from_bundle(bundle(model, normalize=True), threads=1)
    path.unlink()
    with pytest.raises(ModelRefused, match="not listed"):
        EcapaEncoder.from_bundle(bundle(model, normalize=True), threads=1)
    # Without normalizing nobody reads them.
    EcapaEncoder.from_bundle(bundle(model, normalize=False), threads=1)


def test_model_without_an_embedding_mean_cannot_normalize(builtin_folder: Path) -> None:
    known = Bundle.open(builtin_folder / "ecapa-kiosk")
    wrong = replace(known, manifest=known.manifest.model_copy(update={"normalize": True}))
    with pytest.raises(ModelRefused, match="no mean of embeddings"):
        EcapaEncoder.from_bundle(wrong, threads=1)


def test_a_piece_is_the_embedding_of_what_lies_in_it(encoder: EcapaEncoder) -> None:
    clip = noise(3.0)
    half, whole = len(clip) // 2, len(clip)
    both = Pieces(((0, whole),), (0, half), half)
    heard, rows = encoder.encode_with(clip, Pieces(((0, whole),), (0,), whole))
    assert np.allclose(rows[0], heard.vector, atol=1e-3)
    assert np.array_equal(heard.vector, encoder.encode(clip).vector)
    first, second = encoder.encode_with(clip, both)[1]
    assert np.allclose([np.linalg.norm(first), np.linalg.norm(second)], 1.0, atol=1e-5)
    assert cosine(first, second) < 0.9999
    # Pauses are left out: the second half is all that is spoken.
    alone = encoder.encode_with(clip, Pieces(((half, whole),), (0,), half))[1]
    assert cosine(alone[0], second) > 0.99


@pytest.mark.parametrize("length", [1.0, 3.0])
def test_pieces_longer_than_the_speech_are_none(encoder: EcapaEncoder, length: float) -> None:
    pieces = Pieces(((0, 8_000),), (0,), round(length * MODEL_RATE))
    assert len(encoder.encode_with(noise(3.0), pieces)[1]) == 0
