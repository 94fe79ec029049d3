"""Everything that is done once: decode, split, list trials, fetch the teacher, ask it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from kiosk.audio.files import SoundFiles
from kiosk.core.audio import MODEL_RATE
from voice_training.frames import frame_path, make_frames, make_space
from voice_training.split import Utterance, held_out, piece_spans, read_list, spans
from voice_training.store import Store
from voice_training.targets import make_targets, target_path, write_targets
from voice_training.teacher import Teacher
from voice_training.trials import all_trials, read_trials, write_trials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import numpy.typing as npt
    import torch

    from kiosk.core.audio import Samples
    from voice_training.layout import Layout
    from voice_training.recipe import Recipe

_MIN_SECONDS = 1.0
"""A recording to judge by that is shorter is left out."""
_TELL_EVERY = 250

EVAL = "eval"


def prepare_stores(corpus: Path, recipe: Recipe, layout: Layout) -> None:
    """Decode the corpus into stores and write the trial lists; done once, or anew if interrupted.

    Args:
        corpus: holds ``train.tsv``, ``noise.tsv`` and, for ``eval``, ``eval.tsv`` with
            ``eval_trials.txt``; the recordings lie in folders of the same names.
        recipe: decides the split.
        layout: where the results go.

    Raises:
        OSError: a list cannot be read.
        BadAudio: a recording cannot be read.
        ValueError: there are too few speakers to hold out.
    """
    utterances = read_list(corpus / "train.tsv")
    apart = held_out(utterances, recipe.validation, recipe.seed)
    train = (u for u in utterances if u.speaker not in apart)
    Store.write(layout.store("train"), _training_pieces(corpus / "train", train, recipe))
    validation = Store.write(
        layout.store("validation"),
        _to_judge(corpus / "train", (u for u in utterances if u.speaker in apart), recipe),
    )
    noise = _decoded(corpus / "noise", read_list(corpus / "noise.tsv"))
    Store.write(layout.store("noise"), ((u.path, u.speaker, wave) for u, wave in noise))
    _list_validation(validation, recipe, layout)
    if (corpus / "eval.tsv").exists():
        listed = read_list(corpus / "eval.tsv")
        waves = ((u.path, u.speaker, wave) for u, wave in _decoded(corpus / "eval", listed))
        Store.write(layout.store(EVAL), waves)
        write_trials(layout.trials / f"{EVAL}.txt", read_trials(corpus / "eval_trials.txt"))


def _decoded(folder: Path, utterances: Iterable[Utterance]) -> Iterator[tuple[Utterance, Samples]]:
    files = SoundFiles()
    for utterance in utterances:
        yield utterance, files.read(folder / utterance.path).samples


def _training_pieces(
    folder: Path, utterances: Iterable[Utterance], recipe: Recipe
) -> Iterator[tuple[str, str, Samples]]:
    for utterance, wave in _decoded(folder, utterances):
        for number, (start, stop) in enumerate(piece_spans(len(wave), MODEL_RATE, recipe.pieces)):
            yield f"{utterance.path}#{number}", utterance.speaker, wave[start:stop]


def _to_judge(
    folder: Path, utterances: Iterable[Utterance], recipe: Recipe
) -> Iterator[tuple[str, str, Samples]]:
    """Yield the held-out recordings, cut where the recipe says so, a bounded number a speaker."""
    wanted = recipe.validation
    used: dict[str, int] = {}
    for utterance, wave in _decoded(folder, utterances):
        for key, part in _parts(utterance, wave, wanted.cut_seconds.get(utterance.corpus)):
            count = used.get(utterance.speaker, 0)
            if count < wanted.max_recordings and len(part) >= _MIN_SECONDS * MODEL_RATE:
                used[utterance.speaker] = count + 1
                yield key, utterance.speaker, part


def _parts(
    utterance: Utterance, wave: Samples, cut_seconds: float | None
) -> list[tuple[str, Samples]]:
    if cut_seconds is None:
        return [(utterance.path, wave)]
    length = int(cut_seconds * MODEL_RATE)
    whole = len(wave) // length * length
    cuts = spans(whole, length, length)
    return [
        (f"{utterance.path}#{number}", wave[start:stop])
        for number, (start, stop) in enumerate(cuts)
    ]


def _list_validation(store: Store, recipe: Recipe, layout: Layout) -> None:
    """Write one list of trials for each corpus: pairs across corpora would be too easy."""
    for corpus in sorted(recipe.validation.speakers):
        recordings = [
            (item.key, item.speaker)
            for item in store.items
            if item.speaker.split("/", 1)[0] == corpus
        ]
        trials = all_trials(recordings, recipe.validation.max_impostors, recipe.seed)
        write_trials(layout.trials / f"validation-{corpus}.txt", trials)


def speech_seconds(store: Store) -> float:
    """Return how much a store holds."""
    return float(np.sum([len(item) for item in store.items])) / MODEL_RATE


def store_targets(
    recipe: Recipe, layout: Layout, device: torch.device, say: Callable[[str], None]
) -> None:
    """Ask the teacher about every training piece at every speed, as far as the recipe needs it.

    A speed that was done before is left alone, so an interruption costs one speed at most.
    """
    store = Store.open(layout.store("train"))
    teacher = Teacher(layout.models, device, bfloat16=recipe.teacher.bfloat16)
    space = None
    if recipe.loss.frames:
        space = make_space(
            store, layout.targets, lambda wave: teacher.ask(wave)[1], teacher.pooling_to_embedding()
        )
    if recipe.teacher.mode == "live":
        return
    for speed in recipe.teacher.speeds:
        told = _Told(speed, len(store), say)
        path = target_path(layout.targets, store, speed)
        frames = frame_path(layout.targets, store, speed)
        if space is None or frames.exists():
            make_targets(store, speed, path, teacher.embed_wave, told)
            continue
        rows: list[npt.NDArray[np.float16]] = []

        def keep(
            done: int,
            embedding: npt.NDArray[np.float32],
            told: _Told = told,
            rows: list[npt.NDArray[np.float16]] = rows,
        ) -> None:
            rows.append(embedding.astype(np.float16))
            told(done)

        make_frames(store, speed, frames, space, teacher.ask, keep)
        write_targets(rows, path)


class _Told:
    """Says now and then how far the teacher is."""

    def __init__(self, speed: float, count: int, say: Callable[[str], None]) -> None:
        self._speed = speed
        self._count = count
        self._say = say
        self._begin = time.monotonic()

    def __call__(self, done: int) -> None:
        if done % _TELL_EVERY == 0:
            left = (time.monotonic() - self._begin) / done * (self._count - done)
            self._say(
                f"speed {self._speed:.2f}: {done} of {self._count}, {left / 60.0:.0f} min left"
            )
