"""Makes batches in other processes, in a fixed order however many there are."""

from __future__ import annotations

import multiprocessing
import os
import queue
from typing import TYPE_CHECKING, Any, Self

from voice_training.batches import Batch, BatchMaker

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess
    from types import TracebackType

    from voice_training.layout import Layout
    from voice_training.recipe import Recipe

_LOOK_S = 2.0
"""How often a process that waits looks whether the other side still lives."""


class LoaderDied(Exception):
    """A loader process ended by itself; its own message stands above on the screen."""


class Loader:
    """Yields batches from a first step on.

    Process ``k`` of ``n`` makes the steps ``first + k``, ``first + k + n`` and so on, and each has
    a queue of its own, so the order never depends on who is faster. Without processes the batches
    are made where they are asked for.
    """

    def __init__(
        self,
        recipe: Recipe,
        layout: Layout,
        sitting: int,
        first: int,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        """Start the processes of the recipe.

        Args:
            recipe: decides what is in a batch.
            layout: where the stores lie.
            sitting: which cosine schedule.
            first: step to begin with.
            share: which of how many trainers this is for; each has batches of its own.
        """
        rank, size = share
        self._next = first
        self._first = first
        count = recipe.batches.loaders
        # Spawned, not forked: torch's threads and CUDA do not survive a fork.
        context = multiprocessing.get_context("spawn")
        self._queues: list[Any] = [context.Queue(recipe.batches.ahead) for _ in range(count)]
        self._processes: list[BaseProcess] = []
        for place, own in enumerate(self._queues):
            process = context.Process(
                target=_produce,
                args=(
                    recipe,
                    layout,
                    sitting,
                    (first + place) * size + rank,
                    count * size,
                    own,
                    os.getpid(),
                ),
                daemon=True,
            )
            process.start()
            self._processes.append(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the processes; batches that nobody took are lost, they can be made again."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join()
        for own in self._queues:
            own.close()
            own.join_thread()

    def take(self) -> Batch:
        """Return the next batch.

        Raises:
            LoaderDied: the process that makes it is gone.
        """
        place = (self._next - self._first) % len(self._queues)
        while True:
            try:
                batch: Batch = self._queues[place].get(timeout=_LOOK_S)
            except queue.Empty:
                if not self._processes[place].is_alive():
                    raise LoaderDied("a loader process ended") from None
                continue
            self._next += 1
            return batch


def _produce(
    recipe: Recipe, layout: Layout, sitting: int, first: int, stride: int, own: Any, parent: int
) -> None:
    """Make batches until the parent is gone; runs in a process of its own."""
    if recipe.teacher.mode == "live":
        from voice_training.torch_tools import ready

        ready(1)
    maker = BatchMaker(recipe, layout, sitting)
    step = first
    while True:
        batch = maker.make(step)
        while True:
            try:
                own.put(batch, timeout=_LOOK_S)
                break
            except queue.Full:
                if os.getppid() != parent:
                    own.cancel_join_thread()
                    return
        step += stride
