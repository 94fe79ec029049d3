"""One table: student, baseline and teacher on every list, at every length."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kiosk.core.hearing.audio import MODEL_RATE
from voice_training.ge2e import Ge2e
from voice_training.judging import (
    Figures,
    TrialTable,
    judged,
    normalised_scores,
    scores,
)
from voice_training.network import stored_student
from voice_training.store import Store
from voice_training.teacher import Teacher
from voice_training.torch_tools import unit_rows
from voice_training.trials import read_trials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt
    import torch

    from voice_training.judging import Embed, Vectors
    from voice_training.layout import Layout
    from voice_training.recipe import Recipe

STUDENT = "student"
BASELINES: Mapping[str, Callable[[Path, torch.device], Embed]] = {
    "ge2e": lambda folder, device: Ge2e(folder, device).embed_wave,
    "campplus": lambda folder, device: Teacher(folder, device).embed_wave,
}
LENGTHS: tuple[float | None, ...] = (None, 5.0, 3.0, 2.0)
"""Seconds that are heard of each recording; None for the whole."""


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
        encoder: ``student``, ``student + AS-norm``, ``ge2e`` or ``campplus``.
        trials: name of the list.
        seconds: what was heard of each recording; None for the whole.
        genuine: genuine trials.
        impostor: impostor trials.
        figures: the error rates.
    """

    encoder: str
    trials: str
    seconds: float | None
    genuine: int
    impostor: int
    figures: Figures

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def embeddings_by_length(
    store: Store, embed: Embed, lengths: Sequence[float | None]
) -> dict[float | None, Vectors]:
    """Return unit embeddings of all recordings at each length.

    A recording that is shorter than two lengths is the same at both, and encoded once.
    """
    rows: dict[float | None, list[npt.NDArray[np.float32]]] = {length: [] for length in lengths}
    for index in range(len(store)):
        wave = store.wave(index)
        known: dict[int, npt.NDArray[np.float32]] = {}
        for length in lengths:
            count = len(wave) if length is None else min(len(wave), int(length * MODEL_RATE))
            if count not in known:
                known[count] = embed(wave[:count])
            rows[length].append(known[count])
    return {length: np.stack(found) for length, found in rows.items()}


def _kept_embeddings(
    path: Path, store: Store, embed: Embed, lengths: Sequence[float | None]
) -> dict[float | None, Vectors]:
    """Return what :func:`embeddings_by_length` does, from a file where there is one."""
    names = {length: "whole" if length is None else f"{length:g}" for length in lengths}
    if path.exists():
        with np.load(path, allow_pickle=False) as content:
            if all(name in content for name in names.values()):
                return {length: content[name] for length, name in names.items()}
    found = embeddings_by_length(store, embed, lengths)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("wb") as stream:
        np.savez(
            stream, allow_pickle=False, **{names[length]: rows for length, rows in found.items()}
        )
    return found


def tables_by_store(layout: Layout) -> dict[str, list[TrialTable]]:
    """Return the trial lists of each store that can be judged by."""
    found: dict[str, list[TrialTable]] = {}
    for path in sorted(layout.trials.glob("*.txt")):
        name = path.stem.split("-", 1)[0]
        store = Store.open(layout.store(name))
        found.setdefault(name, []).append(TrialTable.of(path.stem, read_trials(path), store))
    return {name: [*tables, *_pooled(name, tables)] for name, tables in found.items()}


def _pooled(name: str, tables: Sequence[TrialTable]) -> list[TrialTable]:
    """Return all lists of a store as one, under one threshold, where there are several."""
    if len(tables) < 2:
        return []
    return [
        TrialTable(
            name,
            np.concatenate([table.one for table in tables]),
            np.concatenate([table.other for table in tables]),
            np.concatenate([table.genuine for table in tables]),
            tables[0].speakers,
        )
    ]


def evaluate(
    layout: Layout,
    encoders: Mapping[str, Embed],
    cohorts: Mapping[str, Vectors],
    replicates: int,
    say: Callable[[str], None],
    lengths: Sequence[float | None] = LENGTHS,
    keep: frozenset[str] = frozenset(),
) -> Iterator[Row]:
    """Yield the rows, encoder by encoder.

    Args:
        layout: the prepared working folder.
        encoders: how each turns a wave into a unit embedding, by name.
        cohorts: for AS-norm, by the name of the encoder; it gets rows of its own.
        replicates: of the bootstrap.
        say: told what is being done.
        lengths: see :data:`LENGTHS`.
        keep: encoders that never change, whose embeddings are kept for the next time.
    """
    listed = tables_by_store(layout)
    for name, embed in encoders.items():
        for store_name, tables in listed.items():
            store = Store.open(layout.store(store_name))
            say(f"{name}: {len(store)} recordings of {store_name}")
            if name in keep:
                kept = layout.embeddings / f"{name}-{store.fingerprint()}.npz"
                by_length = _kept_embeddings(kept, store, embed, lengths)
            else:
                by_length = embeddings_by_length(store, embed, lengths)
            for table in tables:
                for length, vectors in by_length.items():
                    kinds = {name: scores(table, vectors)}
                    if name in cohorts:
                        kinds[f"{name} + AS-norm"] = normalised_scores(
                            table, vectors, cohorts[name]
                        )
                    for kind, values in kinds.items():
                        genuine = int(table.genuine.sum())
                        figures = judged(table, values, replicates, seed=0)
                        rest = len(table.genuine) - genuine
                        yield Row(kind, table.name, length, genuine, rest, figures)


def evaluate_all(
    recipe: Recipe,
    layout: Layout,
    weights: Path,
    baselines: Sequence[str],
    device: torch.device,
    replicates: int,
    say: Callable[[str], None],
    lengths: Sequence[float | None] = LENGTHS,
) -> list[Row]:
    """Measure the student, with and without AS-norm, and baselines; keep the figures as files.

    Args:
        recipe: the recipe.
        layout: the prepared working folder.
        weights: the student's; they are judged as the bundle would hold them, in half precision.
        baselines: names out of :data:`BASELINES`.
        device: where to compute.
        replicates: of the bootstrap.
        say: told what is being done.
        lengths: see :data:`LENGTHS`.

    Raises:
        ValueError: a baseline is unknown, or the weights do not fit.
        OSError: weights or lists cannot be read.
    """
    unknown = sorted(set(baselines) - set(BASELINES))
    if unknown:
        raise ValueError(f"unknown baseline {unknown[0]}; there are {', '.join(BASELINES)}")
    student = stored_student(recipe, weights, device)
    encoders: dict[str, Embed] = {STUDENT: student.embed_wave}
    for name in baselines:
        encoders[name] = BASELINES[name](layout.models, device)
    train = Store.open(layout.store("train"))
    say("cohort for AS-norm")
    cohort = speaker_means(train, student.embed_wave, recipe.export.cohort_speakers)
    rows = list(
        evaluate(
            layout,
            encoders,
            {STUDENT: cohort},
            replicates,
            say,
            lengths,
            keep=frozenset(baselines),
        )
    )
    layout.scores.write_text(
        json.dumps([row.as_json() for row in rows], indent=1) + "\n", encoding="utf-8"
    )
    layout.scores_text.write_text(as_text(rows) + "\n", encoding="utf-8")
    return rows


def speaker_means(store: Store, embed: Embed, count: int, pieces: int = 4) -> Vectors:
    """Return the cohort of AS-norm: one unit embedding for each of ``count`` training speakers.

    Speakers are taken evenly from the store's order, which mixes the corpora as training does.

    Args:
        store: the training pieces.
        embed: the encoder.
        count: speakers wanted; all there are when fewer.
        pieces: pieces of one speaker that are averaged, at most.
    """
    own: dict[str, list[int]] = {}
    for index, item in enumerate(store.items):
        own.setdefault(item.speaker, []).append(index)
    names = sorted(own)
    places = np.unique(np.linspace(0, len(names) - 1, min(count, len(names))).round().astype(int))
    rows = [
        np.mean([embed(store.wave(i)) for i in own[names[place]][:pieces]], axis=0)
        for place in places
    ]
    return unit_rows(np.stack(rows))


def as_text(rows: Sequence[Row]) -> str:
    """Return the table in Markdown: EER with its 95 % interval, and minDCF."""
    lines = [
        "| trials | length | encoder | EER (95 %) | minDCF |",
        "|---|---|---|---|---|",
    ]
    # Encoders side by side, whatever order they were measured in.
    lengths = {length: place for place, length in enumerate(LENGTHS)}
    for row in sorted(rows, key=lambda r: (r.trials, lengths.get(r.seconds, len(lengths)))):
        length = "whole" if row.seconds is None else f"{row.seconds:g} s"
        rates = row.figures
        lines.append(
            f"| {row.trials} | {length} | {row.encoder} | {100 * rates.eer:.2f} % "
            f"({100 * rates.low:.2f} to {100 * rates.high:.2f}) | {rates.min_dcf:.3f} |"
        )
    return "\n".join(lines)
