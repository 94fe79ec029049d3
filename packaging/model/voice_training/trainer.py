"""The training loop."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from voice_training import losses
from voice_training.checkpoint import Checkpoint, read_tensors, save_tensors
from voice_training.frames import HOP, load_space
from voice_training.network import Average, Student, load_weights, take_head
from voice_training.schedule import Course, learning_rate
from voice_training.targets import load_targets
from voice_training.teacher import Teacher
from voice_training.together import Group
from voice_training.widen import channels_of, widened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import torch

    from voice_training.batches import Batch
    from voice_training.frames import FrameSpace
    from voice_training.layout import Layout
    from voice_training.recipe import Recipe
    from voice_training.store import Store


@dataclass(frozen=True)
class StepResult:
    """What a step has shown, for the log: the parts of the loss, unweighted, and the rate."""

    parts: dict[str, float]
    rate: float


class Trainer:
    """A student, its optimizer and its average; one :meth:`step` after the other."""

    def __init__(
        self, recipe: Recipe, layout: Layout, store: Store, classes: int, device: torch.device
    ) -> None:
        """Build everything with weights that depend on the seed alone.

        Args:
            recipe: the recipe.
            layout: where targets and teacher lie.
            store: the training pieces.
            classes: for AAM.
            device: where to compute.

        Raises:
            FileNotFoundError: targets are missing.
        """
        import torch

        torch.manual_seed(recipe.seed)
        self._recipe = recipe
        self._device = device
        self.student = Student(recipe.network, device, bfloat16=recipe.schedule.bfloat16)
        self._centers = torch.nn.Module()
        if recipe.loss.aam > 0:
            rows = torch.randn(classes, recipe.network.embedding_size, device=device)
            self._centers.register_parameter("rows", torch.nn.Parameter(rows))
        self._parameters = [*self.student.network.parameters(), *self._centers.parameters()]
        self._optimizer = torch.optim.AdamW(
            self._parameters,
            lr=recipe.schedule.rate,
            weight_decay=recipe.schedule.weight_decay,
            fused=True,
        )
        self._targets: torch.Tensor | None = None
        self._teacher: Teacher | None = None
        if recipe.teacher.mode == "stored":
            stored = load_targets(
                layout.targets, store, recipe.teacher.speeds, frames=bool(recipe.loss.frames)
            )
            self._targets = torch.from_numpy(stored).to(device)
        else:
            self._teacher = Teacher(layout.models, device, bfloat16=recipe.teacher.bfloat16)
        self._space: FrameSpace | None = None
        if recipe.loss.frames:
            self._space = load_space(store, layout.targets)
            take_head(self.student, self._space)
        self.average = Average(self.student.network, recipe.schedule.ema)
        self._recent: torch.Tensor | None = None
        self.group = Group()
        self.taken = 0
        self.sitting = 0
        self.best = float("inf")

    @property
    def parameters(self) -> int:
        """Return how many numbers are learned."""
        return sum(parameter.numel() for parameter in self._parameters)

    def start_from(self, path: Path) -> None:
        """Take the network's weights from a file; those of a narrower network are widened.

        Raises:
            ValueError: they do not fit.
        """
        state = {
            name: tensor.float() if tensor.is_floating_point() else tensor
            for name, tensor in read_tensors(path).items()
        }
        if channels_of(state) < self._recipe.network.channels:
            state = widened(state, self._recipe.network.channels, self._recipe.seed)
        load_weights(self.student.network, state)
        self.average = Average(self.student.network, self._recipe.schedule.ema)

    def restart(self, path: Path) -> None:
        """Begin another schedule with other batches, from weights that a former one left.

        Raises:
            ValueError: they do not fit.
        """
        self.start_from(path)
        self._optimizer.state.clear()
        self.taken = 0
        self.sitting += 1

    def resume(self, path: Path) -> float:
        """Go on from a checkpoint and return the progress it had.

        Raises:
            ValueError: it is of another network.
        """
        import torch

        found = Checkpoint.load(path)
        load_weights(self.student.network, found.network)
        for name, tensor in found.average.items():
            self.average.state[name].copy_(tensor)
        self._optimizer.load_state_dict(found.optimizer)
        self._centers.load_state_dict(found.centers)
        torch.set_rng_state(found.random)
        self._recent = None if found.recent is None else found.recent.to(self._device)
        self.taken, self.sitting, self.best = found.step, found.sitting, found.best
        return found.progress

    def save(self, path: Path, progress: float) -> None:
        """Write a checkpoint."""
        import torch

        Checkpoint(
            step=self.taken,
            sitting=self.sitting,
            progress=progress,
            network=self.student.network.state_dict(),
            average=self.average.state,
            optimizer=self._optimizer.state_dict(),
            centers=self._centers.state_dict(),
            random=torch.get_rng_state(),
            recent=self._recent,
            best=self.best,
        ).save(path)

    def step(self, batch: Batch, progress: float) -> StepResult:
        """Learn from one batch."""
        import torch

        settings = self._recipe.schedule
        rate = learning_rate(settings, self.taken, progress)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self.student.network.train()
        waves = torch.from_numpy(batch.waves)
        if self._space is None:
            teacher = self._wanted(batch)
            student = self.student.embed(waves, batch.mask)
            parts = self._parts(student, teacher, batch)
        else:
            teacher, wanted, there = self._wanted_frames(batch, self._space)
            student, given = self.student.embed_with_frames(waves, batch.mask)
            parts = self._parts(student, teacher, batch)
            parts["frames"] = losses.frame_loss(given, wanted, there)
        weights = self._recipe.loss.model_dump()
        total = torch.stack([weights[name] * value for name, value in parts.items()]).sum()
        self._optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        self.group.share_gradients(self._parameters)
        torch.nn.utils.clip_grad_norm_(self._parameters, settings.clip_norm)
        self._optimizer.step()
        self.taken += 1
        self.average.update(self.student.network, self.taken)
        return StepResult({name: float(value.detach()) for name, value in parts.items()}, rate)

    def _wanted(self, batch: Batch) -> torch.Tensor:
        """Return what the teacher says of each crop's piece."""
        import torch

        if batch.targets is not None:
            return torch.from_numpy(batch.targets).to(self._device)
        if self._teacher is None or batch.features is None:
            raise ValueError("a batch without features needs stored targets")
        return self._teacher.embed(torch.from_numpy(batch.features))

    def _wanted_frames(
        self, batch: Batch, space: FrameSpace
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return what the teacher says of each crop's piece, its frames, and which there are."""
        import torch

        if batch.frames is not None and batch.there is not None:
            units = torch.from_numpy(space.to_units(batch.frames)).to(self._device)
            there = torch.from_numpy(batch.there).to(self._device)
            return self._wanted(batch), units, there
        if self._teacher is None or batch.features is None:
            raise ValueError("a batch without features needs stored frames")
        embeddings, frames = self._teacher.embed_with_frames(torch.from_numpy(batch.features))
        # As they are stored: pairs of frames, in units.
        pairs = torch.nn.functional.avg_pool1d(frames, 2).transpose(1, 2)
        mean, spread = (torch.from_numpy(row).to(pairs) for row in (space.mean, space.spread))
        count = batch.waves.shape[1] // HOP
        places = torch.from_numpy(batch.starts)[:, None] + torch.arange(count)
        there = (places < pairs.shape[1]).to(self._device)
        places = places.clamp(max=pairs.shape[1] - 1).to(self._device)
        cut = torch.take_along_dim(pairs, places[:, :, None], dim=1)
        return embeddings, (cut - mean) / spread, there

    def _parts(
        self, student: torch.Tensor, teacher: torch.Tensor, batch: Batch
    ) -> dict[str, torch.Tensor]:
        import torch

        wanted = self._recipe.loss
        parts = {"cosine": losses.cosine_loss(student, teacher)}
        if wanted.relational:
            parts["relational"] = losses.relational_loss(student, teacher)
        anchors = self._anchors(teacher, batch)
        if wanted.anchors and anchors is not None:
            parts["anchors"] = losses.anchor_loss(
                student, teacher, anchors, wanted.anchor_temperature
            )
        if wanted.aam:
            centers = torch.nn.functional.normalize(self._centers.get_parameter("rows"), dim=1)
            labels = torch.from_numpy(batch.labels).to(self._device)
            parts["aam"] = losses.aam_loss(
                student, centers, labels, wanted.aam_margin, wanted.aam_scale
            )
        return parts

    def _anchors(self, teacher: torch.Tensor, batch: Batch) -> torch.Tensor | None:
        """Return known voices: random stored targets, or what the live teacher said last."""
        import torch

        count = self._recipe.loss.anchor_count
        if self._targets is not None:
            flat = self._targets.flatten(0, 1)
            generator = np.random.default_rng((self._recipe.seed, self.sitting, batch.step, 1))
            chosen = generator.integers(0, len(flat), count)
            return flat[torch.from_numpy(chosen).to(self._device)]
        before, self._recent = self._recent, teacher
        if before is not None:
            self._recent = torch.cat([teacher, before])[:count]
        return before


def train(
    trainer: Trainer,
    course: Course,
    take: Callable[[], Batch],
    hooks: Hooks,
    now: Callable[[], float] = time.monotonic,
) -> float:
    """Take steps until the course is done or :attr:`Hooks.stopping` says so.

    Returns:
        The progress that was reached, in [0, 1].
    """
    while (progress := course.progress(trainer.taken, now())) < 1.0 and not hooks.stopping():
        trainer.group.agree(progress)
        result = trainer.step(take(), progress)
        hooks.stepped(course.progress(trainer.taken, now()), result)
    return course.progress(trainer.taken, now())


class Hooks:
    """What happens between steps; this base does nothing."""

    def stopping(self) -> bool:
        """Return whether to stop before the next step."""
        return False

    def stepped(self, progress: float, result: StepResult) -> None:
        """Be told about a step."""


def save_average(average: Average, path: Path) -> None:
    """Write averaged weights as the kiosk's encoder reads them: named tensors, nothing else."""
    save_tensors(dict(average.state), path)


def average_student(recipe: Recipe, average: dict[str, Any], device: torch.device) -> Student:
    """Return a student with the averaged weights, ready to judge as fast as it learns."""
    student = Student(recipe.network, device, bfloat16=recipe.schedule.bfloat16)
    load_weights(student.network, average)
    student.network.eval()
    return student
