"""Several processes that train one network, each on batches of its own.

On a machine that others use too, threads of one process wait for each other at every layer;
processes wait once a step. All hold the same weights and take the same steps, by the mean of their
gradients; the first leads: it keeps the time, the average and the checkpoints.
"""

from __future__ import annotations

import multiprocessing
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import torch

    from voice_training.layout import Layout
    from voice_training.recipe import Recipe

_PATIENCE = timedelta(hours=12)
"""How long the others wait for a process that was paused."""
_STOP = -1.0


class Group:
    """The processes of a training, seen from one of them.

    Attributes:
        rank: of this process; the leader's is 0.
        size: how many there are.
    """

    def __init__(self, rank: int = 0, size: int = 1, meeting: Path | None = None) -> None:
        """Meet the others at a file that did not exist before; alone there is nobody to meet."""
        self.rank = rank
        self.size = size
        if meeting is not None:
            import torch.distributed as dist

            dist.init_process_group(
                "gloo",
                init_method=f"file://{meeting}",
                rank=rank,
                world_size=size,
                timeout=_PATIENCE,
            )

    def agree(self, progress: float | None) -> float | None:
        """Return the leader's progress, None when it stops; the others' is not asked for."""
        if self.size == 1:
            return progress
        import torch
        import torch.distributed as dist

        told = torch.tensor([_STOP if progress is None else progress], dtype=torch.float64)
        dist.broadcast(told, src=0)
        return None if float(told) == _STOP else float(told)

    def share_gradients(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Replace each gradient by its mean over the processes."""
        if self.size == 1:
            return
        import torch
        import torch.distributed as dist

        own = [parameter.grad for parameter in parameters if parameter.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in own])
        dist.all_reduce(flat)
        flat /= self.size
        lengths = [gradient.numel() for gradient in own]
        parts = flat.split(lengths)  # type: ignore[no-untyped-call]
        for gradient, part in zip(own, parts, strict=True):
            gradient.copy_(part.view_as(gradient))


@contextmanager
def gathered(recipe: Recipe, layout: Layout, size: int, threads: int) -> Iterator[Group]:
    """Start the other processes from the last checkpoint, and meet them."""
    if size == 1:
        yield Group()
        return
    import torch.distributed as dist

    meeting = layout.run.resolve() / "meeting"
    meeting.unlink(missing_ok=True)
    context = multiprocessing.get_context("spawn")
    others: list[Any] = [
        context.Process(target=_help, args=(recipe, layout, rank, size, meeting, threads))
        for rank in range(1, size)
    ]
    for other in others:
        other.start()
    group = Group(0, size, meeting)
    try:
        yield group
        group.agree(None)
    except BaseException:
        for other in others:
            other.terminate()
        raise
    finally:
        for other in others:
            other.join()
        dist.destroy_process_group()


def _help(
    recipe: Recipe, layout: Layout, rank: int, size: int, meeting: Path, threads: int
) -> None:
    """Take every step that the leader takes; runs in a process of its own."""
    import signal

    import torch

    from voice_training.batches import BatchMaker
    from voice_training.loader import Loader
    from voice_training.store import Store
    from voice_training.torch_tools import ready
    from voice_training.trainer import Trainer

    # Whoever stops the group stops the leader.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ready(threads)
    store = Store.open(layout.store("train"))
    classes = BatchMaker(recipe, layout).classes
    trainer = Trainer(recipe, layout, store, classes, torch.device("cpu"))
    trainer.resume(layout.last)
    trainer.group = Group(rank, size, meeting)
    with Loader(recipe, layout, trainer.sitting, trainer.taken, (rank, size)) as loader:
        while (progress := trainer.group.agree(None)) is not None:
            trainer.step(loader.take(), progress)
