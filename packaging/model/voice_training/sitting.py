"""One sitting: train until the end, keep checkpoints, validate, tell how long it takes."""

from __future__ import annotations

import json
import signal
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.hearing.audio import MODEL_RATE
from voice_training.batches import BatchMaker
from voice_training.judging import TrialTable, embed_store, equal_error_rate, scores
from voice_training.loader import Loader
from voice_training.schedule import Course, WorkingTime
from voice_training.store import Store
from voice_training.together import gathered
from voice_training.trainer import Hooks, StepResult, Trainer, average_student, save_average, train
from voice_training.trials import read_trials

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import torch

    from voice_training.layout import Layout
    from voice_training.recipe import Recipe

VALIDATION_SECONDS = 3.0
"""What is heard of each recording to choose a checkpoint by: about what a kiosk gets."""
_SPEAK_EVERY_S = 20.0


def validation_tables(layout: Layout, store: Store) -> list[TrialTable]:
    """Return the validation lists."""
    return [
        TrialTable.of(path.stem, read_trials(path), store)
        for path in sorted(layout.trials.glob("validation-*.txt"))
    ]


def validate(
    recipe: Recipe, layout: Layout, average: dict[str, torch.Tensor], device: torch.device
) -> dict[str, float]:
    """Return the EER of the averaged weights on each validation list, and their ``mean``.

    The mean counts each list as its speakers: the EER of five speakers says little. Lists of single
    words are left out of it where there are others.
    """
    store = Store.open(layout.store("validation"))
    student = average_student(recipe, average, device)
    vectors = embed_store(store, student.embed_wave, VALIDATION_SECONDS)
    tables = validation_tables(layout, store)
    found = {table.name: equal_error_rate(table, scores(table, vectors)) for table in tables}
    words = {f"validation-{name}" for name in recipe.validation.words}
    only_words = all(table.name in words for table in tables)
    speakers = [
        len(np.unique(table.speakers[table.one])) if only_words or table.name not in words else 0
        for table in tables
    ]
    return {**found, "mean": float(np.average(list(found.values()), weights=speakers))}


class Keeper(Hooks):
    """Keeps checkpoints and the log while a training runs."""

    def __init__(
        self,
        trainer: Trainer,
        recipe: Recipe,
        layout: Layout,
        device: torch.device,
        say: Callable[[str], None],
    ) -> None:
        """Begin; everything is due one interval from now."""
        self._trainer = trainer
        self._recipe = recipe
        self._layout = layout
        self._device = device
        self._say = say
        self._stop = threading.Event()
        self._begin = self._saved = self._judged = self._spoken = time.monotonic()
        self._first_progress: float | None = None
        self._smooth: dict[str, float] = {}

    def stop(self) -> None:
        """Ask for an end after the present step; for signal handlers."""
        self._stop.set()

    def stopping(self) -> bool:
        """Return whether somebody asked for an end."""
        return self._stop.is_set()

    def stepped(self, progress: float, result: StepResult) -> None:
        """Save, judge and speak when it is time."""
        for name, value in result.parts.items():
            self._smooth[name] = 0.95 * self._smooth.get(name, value) + 0.05 * value
        now = time.monotonic()
        if self._first_progress is None:
            self._first_progress = progress
        schedule = self._recipe.schedule
        if now - self._spoken >= _SPEAK_EVERY_S:
            self._spoken = now
            self._say(self._line(progress, result.rate, now))
        if now - self._saved >= 60.0 * schedule.checkpoint_minutes:
            self._saved = now
            self._trainer.save(self._layout.last, progress)
        if now - self._judged >= 60.0 * schedule.validation_minutes:
            self.judge(progress)
            self._judged = time.monotonic()

    def judge(self, progress: float) -> None:
        """Validate the averaged weights and keep them when they are the best so far."""
        trainer = self._trainer
        found = validate(self._recipe, self._layout, trainer.average.state, self._device)
        better = found["mean"] < trainer.best
        if better:
            trainer.best = found["mean"]
            save_average(trainer.average, self._layout.best)
        trainer.save(self._layout.last, progress)
        entry = {
            "sitting": trainer.sitting,
            "step": trainer.taken,
            "cpu_s": round(time.process_time()),
            "eer": found,
            "best": better,
        }
        with (self._layout.run / "validation.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry) + "\n")
        listed = ", ".join(f"{name} {100 * rate:.2f} %" for name, rate in found.items())
        self._say(f"validation at {VALIDATION_SECONDS:g} s: {listed}{' (best)' if better else ''}")

    def _line(self, progress: float, rate: float, now: float) -> str:
        parts = ", ".join(f"{name} {value:.4f}" for name, value in self._smooth.items())
        gained = progress - (self._first_progress or 0.0)
        left = "?"
        if gained > 0:
            seconds = (now - self._begin) / gained * (1.0 - progress)
            left = str(timedelta(seconds=round(seconds)))
        return (
            f"step {self._trainer.taken}, {100 * progress:.1f} %, {left} left: {parts}, "
            f"rate {rate:.2e}"
        )


class NothingToDo(Exception):
    """The schedule is complete."""


def run_sitting(
    recipe: Recipe,
    layout: Layout,
    device: torch.device,
    say: Callable[[str], None],
    *,
    seconds: float | None = None,
    pauses_count: bool = True,
    initial: Path | None = None,
    again: bool = False,
    together: int = 1,
    threads: int = 1,
) -> bool:
    """Train, from the last checkpoint where there is one, and validate at the end.

    Args:
        recipe: the recipe; between sittings everything but the network may change.
        layout: the prepared working folder.
        device: where to compute.
        say: prints a line.
        seconds: how long the rest of the schedule may take; None to go by the recipe's steps.
        pauses_count: whether that includes the time in which the process was stopped.
        initial: weights to begin with instead of random ones; ignored when resuming.
        again: begin another cosine from the best weights of the one before.
        together: processes that train the network, see :mod:`voice_training.together`.
        threads: of each.

    Returns:
        Whether the schedule is complete; False when a signal ended it before.

    Raises:
        NothingToDo: it was complete already.
        FileNotFoundError: ``prepare`` has not been run.
        ValueError: a checkpoint is of another network.
    """
    layout.run.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = Store.open(layout.store("train"))
    maker = BatchMaker(recipe, layout)
    trainer = Trainer(recipe, layout, store, maker.classes, device)
    done = _begin(trainer, layout, initial, again=again, say=say)
    now = time.monotonic if pauses_count else WorkingTime(time.monotonic)
    begin = now()
    end = None if seconds is None else begin + seconds
    course = Course(recipe.schedule.steps, done, begin, end)
    keeper = Keeper(trainer, recipe, layout, device, say)
    hours = store.total / MODEL_RATE / 3600.0
    say(
        f"{len(store)} pieces, {hours:.1f} h, {trainer.parameters / 1e6:.2f} M parameters, {device}"
    )
    before = {number: signal.signal(number, lambda *_: keeper.stop()) for number in _SIGNALS}
    if together > 1:
        trainer.save(layout.last, done)
    try:
        with (
            Loader(recipe, layout, trainer.sitting, trainer.taken, (0, together)) as loader,
            gathered(recipe, layout, together, threads) as trainer.group,
        ):
            reached = train(trainer, course, loader.take, keeper, now)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if keeper.stopping():
        trainer.save(layout.last, reached)
        return False
    keeper.judge(1.0)
    return True


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _begin(
    trainer: Trainer,
    layout: Layout,
    initial: Path | None,
    *,
    again: bool,
    say: Callable[[str], None],
) -> float:
    """Load what there is to load and return the progress to go on from."""
    if layout.last.exists():
        progress = trainer.resume(layout.last)
        if not again:
            if progress >= 1.0:
                raise NothingToDo("the schedule is complete; --again begins another one")
            say(f"going on at step {trainer.taken}, {100 * progress:.1f} %")
            return progress
        best = trainer.best
        trainer.restart(layout.best)
        trainer.best = best
        say(f"sitting {trainer.sitting + 1} from the best weights, {100 * best:.2f} % mean EER")
    elif initial is not None:
        trainer.start_from(initial)
        say(f"beginning with the weights of {initial}")
    return 0.0
