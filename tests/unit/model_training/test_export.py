from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from kiosk.core.hearing.audio import AudioClip
from kiosk.speaker.bundles.bundle import Bundle
from kiosk.speaker.bundles.manifest import read_manifest
from kiosk.speaker.encoders.ecapa import EcapaEncoder

if TYPE_CHECKING:
    from pathlib import Path

    from voice_training.layout import Layout
    from voice_training.recipe import Recipe

pytestmark = pytest.mark.usefixtures("torch_ready")


@pytest.fixture
def weights(work: Layout, recipe: Recipe) -> Path:
    """Return weights as a training leaves them; untrained, the network still tells sounds apart."""
    import torch

    from voice_training.checkpoint import save_tensors
    from voice_training.network import Student

    torch.manual_seed(5)
    student = Student(recipe.network, torch.device("cpu"))
    save_tensors(dict(student.network.state_dict()), work.best)
    return work.best


@pytest.fixture
def bundle(work: Layout, recipe: Recipe, weights: Path) -> Bundle:
    import torch

    from voice_training.export import export

    work.scores_text.write_text("| a table |\n", encoding="utf-8")
    return export(recipe, work, weights, work.root / "bundle", torch.device("cpu"), lambda _: None)


def test_the_kiosk_loads_the_bundle_and_gives_the_same_embedding(
    bundle: Bundle, recipe: Recipe, weights: Path
) -> None:
    import torch

    from voice_training.network import stored_student

    encoder = EcapaEncoder.from_bundle(Bundle.open(bundle.folder), threads=1)
    student = stored_student(recipe, weights, torch.device("cpu"))
    for seed, seconds in enumerate((0.5, 1.0, 2.3)):
        noise = np.random.default_rng(seed).normal(0.0, 0.1, int(seconds * 16_000))
        wave = noise.astype(np.float32)
        theirs = encoder.encode(AudioClip(wave)).vector
        assert np.allclose(theirs, student.embed_wave(wave), atol=1e-5)


def test_weights_lie_in_half_precision(bundle: Bundle) -> None:
    import torch

    content = torch.load(bundle.file("embedding_model.ckpt"), weights_only=True)
    kinds = {tensor.dtype for tensor in content.values() if tensor.is_floating_point()}
    assert kinds == {torch.float16}


def test_the_cohort_is_a_listed_file_of_unit_rows(bundle: Bundle, recipe: Recipe) -> None:
    cohort = np.load(bundle.file("cohort.npy"), allow_pickle=False)
    assert cohort.dtype == np.float16
    assert cohort.shape == (recipe.export.cohort_speakers, recipe.network.embedding_size)
    assert np.allclose(np.linalg.norm(cohort.astype(np.float32), axis=1), 1.0, atol=2e-3)


def test_the_threshold_keeps_its_promise_on_the_validation_trials(
    bundle: Bundle, work: Layout, recipe: Recipe, weights: Path
) -> None:
    import torch

    from voice_training.evaluation import tables_by_store
    from voice_training.judging import embed_store, scores
    from voice_training.network import stored_student
    from voice_training.store import Store

    entry = read_manifest(bundle.folder).threshold
    student = stored_student(recipe, weights, torch.device("cpu"))
    vectors = embed_store(Store.open(work.store("validation")), student.embed_wave, None)
    table = tables_by_store(work)["validation"][-1]
    impostors = scores(table, vectors)[~table.genuine]
    assert np.mean(impostors >= entry.value) <= recipe.export.fmr
    assert "FMR 1 %" in entry.basis
    assert "5 speakers" in entry.basis


def test_the_card_names_teacher_data_and_figures(bundle: Bundle) -> None:
    card = bundle.file("MODEL_CARD.md").read_text(encoding="utf-8")
    for expected in ("tiny-1", "CAM++", "CC BY 4.0", "LibriSpeech", "| a table |", "8 channels"):
        assert expected in card
    assert "$" not in card


def test_a_folder_in_use_is_left_alone(
    bundle: Bundle, work: Layout, recipe: Recipe, weights: Path
) -> None:
    import torch

    from voice_training.export import export

    before = read_manifest(bundle.folder)
    with pytest.raises(FileExistsError):
        export(recipe, work, weights, bundle.folder, torch.device("cpu"), lambda _: None)
    assert read_manifest(bundle.folder) == before


def test_weights_beyond_half_precision_are_refused() -> None:
    import torch

    from voice_training.network import to_half

    with pytest.raises(ValueError, match="half precision"):
        to_half({"large": torch.tensor([1e6])})
