"""The bundle: what the kiosk is shipped with."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.measuring import metrics
from kiosk.speaker.bundles.bundle import Bundle, write_manifest
from voice_training.checkpoint import read_tensors, save_tensors
from voice_training.evaluation import embeddings_by_length, speaker_means, tables_by_store
from voice_training.judging import scores
from voice_training.network import layers, stored_student, to_half
from voice_training.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from voice_training.judging import Embed
    from voice_training.layout import Layout
    from voice_training.recipe import Export, Recipe

WEIGHTS = "embedding_model.ckpt"
COHORT = "cohort.npy"
CARD = "MODEL_CARD.md"
MAX_BYTES = 45_000_000
"""Of the weights; what a repository and an installer can still carry."""
MAX_COHORT_BYTES = 1_000_000
THRESHOLD_LIST = "validation"
"""The list, all validation lists as one, on which the threshold is chosen."""

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


@dataclass(frozen=True)
class Operating:
    """The default threshold and the error rates that it was chosen by, shares in [0, 1]."""

    threshold: float
    fmr: float
    fnmr: float
    genuine: int
    impostor: int
    speakers: int

    def basis(self, wanted_fmr: float) -> str:
        """Return one line for the manifest."""
        return (
            f"FMR {100 * wanted_fmr:g} % on validation trials: FMR {100 * self.fmr:.2f} %, FNMR "
            f"{100 * self.fnmr:.1f} % over {self.genuine} genuine and {self.impostor} impostor "
            f"pairs of single recordings of {self.speakers} speakers kept out of this training; "
            "not measured on a kiosk."
        )


def operating_point(layout: Layout, embed: Embed, fmr: float) -> Operating:
    """Return the lowest threshold at which the validation trials, whole, reach the FMR."""
    store = Store.open(layout.store("validation"))
    vectors = embeddings_by_length(store, embed, (None,))[None]
    tables = tables_by_store(layout)["validation"]
    table = tables[-1]  # the pooled list, or the only one
    values = scores(table, vectors)
    genuine, impostor = values[table.genuine], values[~table.genuine]
    rates = metrics.threshold_at_fmr(metrics.curve(genuine, impostor), fmr)
    # Rounded up: three digits are what people read, and the FMR must not rise.
    threshold = float(np.ceil(rates.threshold * 1000.0) / 1000.0)
    exact = metrics.at_threshold(genuine, impostor, threshold)
    return Operating(
        threshold,
        exact.fmr,
        exact.fnmr,
        len(genuine),
        len(impostor),
        len({item.speaker for item in store.items}),
    )


def export(
    recipe: Recipe,
    layout: Layout,
    weights: Path,
    folder: Path,
    device: torch.device,
    say: Callable[[str], None],
) -> Bundle:
    """Write the bundle into an empty or new folder.

    Args:
        recipe: names it.
        layout: the prepared working folder.
        weights: averaged weights that a training has left.
        folder: where to; its manifest is written last, so a partial bundle is never accepted.
        device: where to compute cohort and threshold.
        say: told what is being done.

    Raises:
        ValueError: the weights do not fit, or a file would be too large.
        FileExistsError: the folder is not empty.
        ModelRefused: the manifest cannot be written.
    """
    student = stored_student(recipe, weights, device)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    save_tensors(dict(to_half(read_tensors(weights))), folder / WEIGHTS)
    (folder / "hyperparams.yaml").write_text(hyperparams(recipe), encoding="utf-8")
    say(f"cohort of {recipe.export.cohort_speakers} training speakers")
    cohort = speaker_means(
        Store.open(layout.store("train")), student.embed_wave, recipe.export.cohort_speakers
    )
    np.save(folder / COHORT, cohort.astype(np.float16), allow_pickle=False)
    _check_sizes(folder)
    say("threshold on the validation trials")
    point = operating_point(layout, student.embed_wave, recipe.export.fmr)
    figures = layout.scores_text.read_text(encoding="utf-8") if layout.scores_text.exists() else ""
    size = sum(parameter.numel() for parameter in student.network.parameters())
    card = model_card(recipe, point, size, len(cohort), figures)
    (folder / CARD).write_text(card, encoding="utf-8")
    return _write_manifest(folder, recipe.export, recipe.network.embedding_size, point)


def _check_sizes(folder: Path) -> None:
    for name, most in ((WEIGHTS, MAX_BYTES), (COHORT, MAX_COHORT_BYTES)):
        size = (folder / name).stat().st_size
        if size > most:
            shutil.rmtree(folder)
            raise ValueError(f"{name} would have {size} bytes, more than {most}")


def _write_manifest(folder: Path, wanted: Export, size: int, point: Operating) -> Bundle:
    return write_manifest(
        folder,
        model_id=wanted.model_id,
        title=wanted.title,
        embedding_size=size,
        normalize=False,
        threshold=point.threshold,
        threshold_basis=point.basis(wanted.fmr),
        licence=wanted.licence,
        source="Trained for this program, distilled from CAM++ (3D-Speaker, Apache-2.0); "
        "data in MODEL_CARD.md",
    )


def hyperparams(recipe: Recipe) -> str:
    """Return ``hyperparams.yaml`` in SpeechBrain's layout."""
    network = layers(recipe.network)
    return _filled(
        "hyperparams.yaml",
        title=recipe.export.title,
        mel_bands=recipe.network.mel_bands,
        channels=network["channels"],
        kernel_sizes=network["kernel_sizes"],
        dilations=network["dilations"],
        attention_channels=network["attention_channels"],
        embedding_size=network["lin_neurons"],
    )


def model_card(recipe: Recipe, point: Operating, parameters: int, cohort: int, figures: str) -> str:
    """Return the model card; ``figures`` is the table that ``evaluate`` has left."""
    return _filled(
        "MODEL_CARD.md",
        model_id=recipe.export.model_id,
        channels=recipe.network.channels,
        pooled_channels=recipe.network.pooled_channels,
        embedding_size=recipe.network.embedding_size,
        mel_bands=recipe.network.mel_bands,
        threshold=f"{point.threshold:.3f}",
        basis=point.basis(recipe.export.fmr),
        parameters=f"{parameters / 1e6:.2f}",
        licence=recipe.export.licence,
        history=recipe.export.history,
        cohort=cohort,
        figures=figures or "Not measured: run `evaluate` before `export`.",
    )


def _filled(name: str, **values: object) -> str:
    text = (_TEMPLATES / name).read_text(encoding="utf-8")
    return Template(text).substitute({key: str(value) for key, value in values.items()})
