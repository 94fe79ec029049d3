"""The CAM++ encoder: the same network as step by step, and strict about its weights."""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from kiosk.bench.plain_campplus import step_by_step
from kiosk.core.errors import BadAudio, ModelAltered, ModelRefused
from kiosk.core.hearing.audio import AudioClip
from kiosk.core.hearing.several_speakers import Pieces
from kiosk.core.voice import embedding
from kiosk.speaker.bundles.bundle import Bundle
from kiosk.speaker.encoders.campplus import CampplusEncoder
from kiosk.speaker.encoders.campplus_layout import CampplusLayout
from kiosk.speaker.encoders.campplus_network import CampplusNetwork
from kiosk.speaker.encoders.ecapa import EcapaEncoder
from kiosk.speaker.encoders.loading import load_encoder
from kiosk.speaker.shelf import FolderModelShelf
from tests.integration.speaker.campplus_support import (
    SMALL,
    campplus_bundle,
    manifest,
    random_state,
)
from tests.integration.speaker.support import Steps, cosine, noise

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.speaker.campplus_support import State

Speech = dict[tuple[str, int], AudioClip]

AUTHORS = (-1.3092101, -0.45326307, 0.76896507, -1.0783637, -0.9549018, 1.2138283)
"""What the authors' own network begins with, on the same weights and ``noise(2.0)``."""

pytestmark = pytest.mark.usefixtures("torch_ready")


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return campplus_bundle(tmp_path / "small")


def state_of(bundle: Bundle) -> State:
    import torch

    state: State = torch.load(bundle.file("embedding_model.ckpt"), weights_only=True)
    return state


def spoil(bundle: Bundle, state: object) -> Bundle:
    """Put other weights into a bundle, and vouch for them."""
    import torch

    torch.save(state, bundle.folder / "embedding_model.ckpt")
    return manifest(bundle.folder)


# --- the network -----------------------------------------------------------------------------


@pytest.mark.parametrize("frames", [8, 9, 197, 199, 200, 201, 402])
def test_network_equals_step_by_step(frames: int) -> None:
    import torch

    state = random_state(SMALL, seed=frames)
    features = torch.randn(frames, SMALL.bands, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        ours, theirs = CampplusNetwork(state, SMALL)(features), step_by_step(state, features)
    assert ours.shape == (SMALL.embedding_size,)
    assert torch.allclose(ours, theirs, rtol=1e-3, atol=1e-4)


def test_whole_size_equals_step_by_step() -> None:
    import torch

    layout = CampplusLayout()
    state = random_state(layout)
    features = torch.randn(150, layout.bands, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        ours, theirs = CampplusNetwork(state, layout)(features), step_by_step(state, features)
    assert cosine(ours.numpy(), theirs.numpy()) > 0.99999


@pytest.mark.parametrize("frames", [4_000, 4_001, 8_005])
def test_long_recordings_are_taken_in_pieces_without_a_seam(frames: int) -> None:
    import torch

    state = random_state(SMALL)
    features = torch.randn(frames, SMALL.bands, generator=torch.Generator().manual_seed(5))
    with torch.inference_mode():
        ours, theirs = CampplusNetwork(state, SMALL)(features), step_by_step(state, features)
    assert cosine(ours.numpy(), theirs.numpy()) > 0.999999


def test_computing_leaves_weights_and_features_alone() -> None:
    import torch

    state = random_state(SMALL)
    features = torch.randn(50, SMALL.bands)
    kept = {name: tensor.clone() for name, tensor in state.items()}
    network, given = CampplusNetwork(state, SMALL), features.clone()
    with torch.inference_mode():
        first, second = network(features), network(features)
    assert torch.equal(first, second)
    assert torch.equal(features, given)
    assert all(torch.equal(state[name], tensor) for name, tensor in kept.items())


# --- the encoder -----------------------------------------------------------------------------


def test_encodes_as_any_other_model(bundle: Bundle) -> None:
    encoder = load_encoder(bundle, threads=1)
    assert isinstance(encoder, CampplusEncoder)
    made = encoder.encode(noise(1.0))
    assert (made.dim, made.model_id) == (SMALL.embedding_size, "small-campplus")
    assert np.linalg.norm(made.vector) == pytest.approx(1.0, abs=1e-6)
    assert (encoder.card.architecture, encoder.card.threshold) == ("campplus", 0.4)
    assert encoder.encode(noise(1.0)).vector.tolist() == made.vector.tolist()


def test_front_end_is_that_of_kaldi_less_its_mean(bundle: Bundle) -> None:
    import torch
    from torchaudio.compliance import kaldi

    wave = torch.from_numpy(noise(1.5).samples.copy())[None]
    bands = kaldi.fbank(wave, num_mel_bins=SMALL.bands, dither=0.0, sample_frequency=16_000.0)
    theirs = step_by_step(state_of(bundle), bands - bands.mean(dim=0, keepdim=True))
    ours = load_encoder(bundle, threads=1).raw(noise(1.5).samples)
    assert np.allclose(ours, theirs.numpy(), rtol=1e-3, atol=1e-4)


def test_any_layout_in_memory_will_do(bundle: Bundle) -> None:
    encoder = load_encoder(bundle, threads=1)
    samples = noise(1.0).samples
    strided = np.repeat(samples, 2)[::2]
    strided.flags.writeable = False
    assert encoder.raw(strided).tolist() == encoder.raw(samples).tolist()


def test_what_cannot_be_compared_is_refused(bundle: Bundle) -> None:
    encoder = load_encoder(bundle, threads=1)
    assert encoder.encode(noise(0.1)).dim == SMALL.embedding_size
    with pytest.raises(BadAudio, match="too short"):
        encoder.encode(noise(0.09))
    broken = noise(1.0).samples.copy()
    broken[7] = np.nan
    with pytest.raises(BadAudio, match="not numbers"):
        encoder.encode(AudioClip(broken))
    with pytest.raises(ValueError, match="8000 Hz"):
        encoder.encode(AudioClip(noise(1.0).samples, 8_000))


def test_scores_across_models_are_refused(bundle: Bundle, encoder: EcapaEncoder) -> None:
    from kiosk.core.errors import ReenrollmentNeeded

    one, other = load_encoder(bundle, threads=1).encode(noise(1.0)), encoder.encode(noise(1.0))
    with pytest.raises(ReenrollmentNeeded):
        embedding.cosine(one, other)


# --- strictness ------------------------------------------------------------------------------


def test_weights_must_be_exactly_those_of_the_network(bundle: Bundle) -> None:
    import torch

    whole = state_of(bundle)
    name = "xvector.block2.tdnnd3.linear1.weight"
    for spoilt in (
        {key: tensor for key, tensor in whole.items() if key != name},
        {**whole, "xvector.block4.tdnnd1.linear1.weight": whole[name]},
        {**whole, name: whole[name].repeat(2, 1, 1)},
        {**whole, name: whole[name].squeeze(-1)},
    ):
        with pytest.raises(ModelRefused, match=r"does not fit .* xvector\.block"):
            load_encoder(spoil(bundle, spoilt), threads=1)
    with pytest.raises(ModelRefused, match="something else than weights"):
        load_encoder(spoil(bundle, {**whole, name: "text"}), threads=1)
    with pytest.raises(ModelRefused, match="not finite"):
        load_encoder(
            spoil(bundle, {**whole, name: torch.full_like(whole[name], torch.nan)}), threads=1
        )
    with pytest.raises(ModelRefused):
        load_encoder(spoil(bundle, [whole]), threads=1)


def test_variances_that_no_training_leaves_are_refused(bundle: Bundle) -> None:
    whole = state_of(bundle)
    name = "head.bn1.running_var"
    with pytest.raises(ModelRefused, match="does not return embeddings"):
        load_encoder(spoil(bundle, {**whole, name: -whole[name]}), threads=1)


def test_half_precision_is_loaded(bundle: Bundle) -> None:
    whole = load_encoder(bundle, threads=1).raw(noise(1.0).samples)
    state = {k: v.half() if v.is_floating_point() else v for k, v in state_of(bundle).items()}
    half = load_encoder(spoil(bundle, state), threads=1).raw(noise(1.0).samples)
    assert half.dtype == np.float32
    assert cosine(whole, half) > 0.999


def test_altered_files_are_not_opened(bundle: Bundle) -> None:
    (bundle.folder / "hyperparams.yaml").write_text("a: !apply:os.abort []\n")
    with pytest.raises(ModelAltered, match=r"hyperparams\.yaml"):
        load_encoder(bundle, threads=1)


@pytest.mark.parametrize(
    "changes", [{"embedding_size": 13}, {"normalize": True}, {"architecture": "ecapa"}]
)
def test_a_manifest_that_promises_something_else_is_refused(
    bundle: Bundle, changes: dict[str, Any]
) -> None:
    with pytest.raises(ModelRefused):
        load_encoder(manifest(bundle.folder, **changes), threads=1)


def test_an_unknown_architecture_is_refused(bundle: Bundle) -> None:
    path = bundle.folder / "manifest.json"
    path.write_text(path.read_text().replace('"campplus",', '"transformer",'))
    with pytest.raises(ModelRefused, match="architecture"):
        Bundle.open(bundle.folder)


def test_a_manifest_without_architecture_is_of_an_ecapa(builtin_folder: Path) -> None:
    text = (builtin_folder / "ecapa-kiosk" / "manifest.json").read_text()
    known = Bundle.open(builtin_folder / "ecapa-kiosk")
    assert '"architecture"' not in text or '"ecapa"' in text
    assert known.manifest.architecture == known.card(builtin=True).architecture == "ecapa"


def test_a_bundle_is_carried_to_another_kiosk(
    shelf: FolderModelShelf, bundle: Bundle, tmp_path: Path
) -> None:
    (bundle.folder / "NOTICE").write_text("by somebody")
    (bundle.folder / "LICENSE").write_text("a license")
    given = manifest(bundle.folder).manifest
    archive = shutil.make_archive(str(tmp_path / "carried"), "zip", bundle.folder)
    card = shelf.install(archive, Steps([]))
    assert (card.model_id, card.architecture) == ("small-campplus", "campplus")
    assert Bundle.open(card.folder).manifest == given
    assert isinstance(shelf.load("small-campplus"), CampplusEncoder)
    assert isinstance(shelf.load("ecapa-kiosk-2"), EcapaEncoder)


# --- the one in the box ----------------------------------------------------------------------


def test_the_built_in_one_hears_as_that_of_its_authors(
    shelf: FolderModelShelf, speech: Speech
) -> None:
    card = shelf.card("campplus")
    assert (card.builtin, card.dim, card.licence) == (True, 192, "Apache-2.0")
    assert {"LICENSE", "NOTICE", "MODEL_CARD.md"} <= Bundle.open(card.folder).manifest.files.keys()
    encoder = shelf.load("campplus")
    # The weights are kept in half precision, hence the tolerance.
    assert np.allclose(encoder.raw(noise(2.0).samples)[: len(AUTHORS)], AUTHORS, atol=1e-2)
    prints = {key: encoder.encode(clip) for key, clip in speech.items()}
    same: list[float] = []
    different: list[float] = []
    for (one, a), (other, b) in itertools.combinations(prints.items(), 2):
        (same if one[0] == other[0] else different).append(embedding.cosine(a, b))
    assert min(same) > card.threshold
    assert min(same) > max(different)  # synthetic voices are alike, but not that much


@pytest.mark.parametrize("people", [0, 3])
def test_it_works_with_and_without_a_cohort(
    builtin_folder: Path, tmp_path: Path, people: int
) -> None:
    shutil.copytree(builtin_folder / "campplus", tmp_path / "campplus")
    (tmp_path / "campplus" / "cohort.npy").unlink(missing_ok=True)
    if people:
        others = np.random.default_rng(1).normal(size=(people, 192)).astype(np.float16)
        np.save(tmp_path / "campplus" / "cohort.npy", others)
    manifest(tmp_path / "campplus", 192, model_id="campplus")
    shelf = FolderModelShelf(tmp_path, tmp_path / "none", threads=1)
    cohort = shelf.cohort("campplus")
    assert (0 if cohort is None else len(cohort)) == people
    assert shelf.load("campplus").encode(noise(1.0)).dim == 192


def test_one_that_was_installed_earlier_gives_way(
    shelf: FolderModelShelf, user_folder: Path
) -> None:
    campplus_bundle(user_folder / "campplus")
    manifest(user_folder / "campplus", model_id="campplus")
    assert [card.model_id for card in shelf.models()] == ["ecapa-kiosk-2", "campplus"]
    assert shelf.card("campplus").builtin
    assert shelf.load("campplus").encode(noise(1.0)).dim == 192


def test_what_is_in_the_box_need_not_be_installed(
    shelf: FolderModelShelf, user_folder: Path
) -> None:
    steps = Steps([])
    assert shelf.install("campplus", steps) == shelf.card("campplus")
    assert steps.last == ("Already installed", 1.0)
    assert not user_folder.exists()


def test_a_piece_is_the_embedding_of_what_lies_in_it(bundle: Bundle) -> None:
    encoder, clip = load_encoder(bundle, threads=1), noise(3.0)
    half, whole = len(clip) // 2, len(clip)
    heard, rows = encoder.encode_with(clip, Pieces(((0, whole),), (0, half), half))
    assert np.array_equal(heard.vector, encoder.encode(clip).vector)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    # The front end loses the last frames of a clip, and with them a piece of all of it.
    nearly = whole - 1_600
    all_of_it = encoder.encode_with(clip, Pieces(((0, nearly),), (0,), nearly))[1]
    assert cosine(all_of_it[0], heard.vector) > 0.99
    # Pauses are left out: the second half is all that is spoken.
    alone = encoder.encode_with(clip, Pieces(((half, nearly),), (0,), nearly - half))[1]
    assert cosine(alone[0], rows[1]) > 0.99
