"""Everything that is done once: decode, split, list trials, fetch the teacher, ask it."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np

from kiosk.audio.files import SoundFiles
from kiosk.core.hearing.audio import MODEL_RATE
from voice_training.frames import make_space
from voice_training.split import (
    Utterance,
    held_out,
    order_key,
    piece_spans,
    read_list,
    spans,
)
from voice_training.store import Store
from voice_training.targets import make_targets
from voice_training.teacher import Teacher
from voice_training.trials import all_trials, read_trials, write_trials

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence
    from pathlib import Path

    import torch

    from kiosk.core.hearing.audio import Samples
    from voice_training.layout import Layout
    from voice_training.recipe import Recipe

_MIN_SECONDS = 1.0
"""A recording to judge by that is shorter is left out."""
_TELL_EVERY = 250

EVAL = "eval"


def prepare_stores(corpora: Sequence[Path], recipe: Recipe, layout: Layout) -> None:
    """Decode the corpora into stores and write the trial lists; anew if interrupted.

    Args:
        corpora: folders with ``train.tsv``, ``noise.tsv`` and, where there are any, ``rir.tsv`` for
            rooms and ``eval.tsv`` with ``eval_trials.txt``; the recordings lie in folders of the
            same names.
        recipe: decides the split.
        layout: where the results go.

    Raises:
        OSError: a list cannot be read.
        BadAudio: a recording cannot be read.
        ValueError: there are too few speakers to hold out.
    """
    utterances = [u for corpus in corpora for u in read_list(corpus / "train.tsv")]
    apart = held_out(utterances, recipe.validation, recipe.seed)
    write_held_out(layout.held_out, utterances, apart)
    train = in_order((u for u in utterances if u.speaker not in apart), recipe)
    Store.write(layout.store("train"), _training_pieces(train, recipe))
    validation = Store.write(
        layout.store("validation"),
        _to_judge((u for u in utterances if u.speaker in apart), recipe),
    )
    for name, list_name in (("noise", "noise.tsv"), ("rooms", "rir.tsv")):
        lists = [corpus / list_name for corpus in corpora if (corpus / list_name).exists()]
        decoded = _decoded(u for path in lists for u in read_list(path))
        Store.write(layout.store(name), ((u.path, u.speaker, wave) for u, wave in decoded))
    _list_validation(validation, recipe, layout)
    for corpus in corpora:
        if (corpus / "eval.tsv").exists():
            decoded = _decoded(read_list(corpus / "eval.tsv"))
            Store.write(layout.store(EVAL), ((u.path, u.speaker, wave) for u, wave in decoded))
            write_trials(layout.trials / f"{EVAL}.txt", read_trials(corpus / "eval_trials.txt"))


def in_order(utterances: Iterable[Utterance], recipe: Recipe) -> list[Utterance]:
    """Return the utterances as they are best asked about: any first part is a fair sample.

    Sources stand in it as often as they are drawn, by their shares, so training can begin with
    what the teacher has said so far.
    """
    listed = list(utterances)
    seconds: dict[str, float] = {}
    for utterance in listed:
        seconds[utterance.corpus] = seconds.get(utterance.corpus, 0.0) + utterance.seconds
    shares = {name: part for name, part in recipe.batches.shares.items() if name in seconds}
    rest = sum(length for name, length in seconds.items() if name not in shares)
    left = max(0.0, 1.0 - sum(shares.values()))

    def place(utterance: Utterance) -> float:
        # Weighted sampling without replacement: P. Efraimidis and P. Spirakis, 2006.
        name = utterance.corpus
        density = shares[name] / seconds[name] if name in shares else left / rest
        number = int(order_key(recipe.seed, utterance.path)[:12], 16) / 16.0**12
        return math.log(number + 1e-15) * -1.0 / max(density * utterance.seconds, 1e-12)

    return sorted(listed, key=place)


def write_held_out(path: Path, utterances: Iterable[Utterance], apart: Container[str]) -> None:
    """Write who is kept out: speaker and the name of the corpus, separated by tabs."""
    rows = sorted({(u.speaker, u.folder.parent.name) for u in utterances if u.speaker in apart})
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_text(
        "".join(f"{speaker}\t{corpus}\n" for speaker, corpus in [("speaker", "corpus"), *rows]),
        encoding="utf-8",
    )


def _decoded(utterances: Iterable[Utterance]) -> Iterator[tuple[Utterance, Samples]]:
    files = SoundFiles()
    for utterance in utterances:
        yield utterance, files.read(utterance.folder / utterance.path).samples


def _training_pieces(
    utterances: Iterable[Utterance], recipe: Recipe
) -> Iterator[tuple[str, str, Samples]]:
    for utterance, wave in _decoded(utterances):
        for number, (start, stop) in enumerate(piece_spans(len(wave), MODEL_RATE, recipe.pieces)):
            yield f"{utterance.path}#{number}", utterance.speaker, wave[start:stop]


def _to_judge(
    utterances: Iterable[Utterance], recipe: Recipe
) -> Iterator[tuple[str, str, Samples]]:
    """Yield the held-out recordings, cut where the recipe says so, a bounded number a speaker."""
    wanted = recipe.validation
    used: dict[str, int] = {}
    for utterance, wave in _decoded(utterances):
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

    What was done before is left alone, so an interruption costs nothing.
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
        make_targets(
            store, speed, layout.targets, teacher.ask, _Told(speed, len(store), say), space
        )


class _Told:
    """Says now and then how far the teacher is."""

    def __init__(self, speed: float, count: int, say: Callable[[str], None]) -> None:
        self._speed = speed
        self._count = count
        self._say = say
        self._begin = time.monotonic()
        self._first: int | None = None

    def __call__(self, done: int) -> None:
        if self._first is None:
            self._first = done - 1
        if done % _TELL_EVERY == 0 and done > self._first:
            each = (time.monotonic() - self._begin) / (done - self._first)
            left = each * (self._count - done)
            self._say(
                f"speed {self._speed:.2f}: {done} of {self._count}, {left / 60.0:.0f} min left"
            )
