"""Several processes take the same steps of one training, each on batches of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from voice_training.batches import BatchMaker
from voice_training.store import Store
from voice_training.together import Group

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from voice_training.layout import Layout
    from voice_training.recipe import Recipe

pytestmark = pytest.mark.usefixtures("torch_ready")


def test_a_step_of_two_is_a_step_on_the_mean_of_their_gradients(
    work: Layout, recipe: Recipe
) -> None:
    import torch

    from voice_training.checkpoint import Checkpoint
    from voice_training.sitting import run_sitting
    from voice_training.trainer import Trainer

    device = torch.device("cpu")
    once = recipe.model_copy(update={"schedule": recipe.schedule.model_copy(update={"steps": 1})})
    assert run_sitting(once, work, device, lambda _: None, together=2)
    found = Checkpoint.load(work.last)
    assert found.step == 1

    maker = BatchMaker(once, work)
    store = Store.open(work.store("train"))

    class Summed(Group):
        """Adds up, one after the other, what two processes would share."""

        kept: ClassVar[list[torch.Tensor]] = []

        def share_gradients(self, parameters: Sequence[torch.nn.Parameter]) -> None:
            own = [each.grad for each in parameters if each.grad is not None]
            self.kept.append(torch.cat([gradient.flatten() for gradient in own]))
            mean = torch.stack(self.kept).mean(dim=0)
            lengths = [gradient.numel() for gradient in own]
            parts = mean.split(lengths)  # type: ignore[no-untyped-call]
            for gradient, part in zip(own, parts, strict=True):
                gradient.copy_(part.view_as(gradient))

    for rank in (1, 0):
        trainer = Trainer(once, work, store, maker.classes, device)
        trainer.group = Summed()
        trainer.step(maker.make(rank), 0.0)
    for name, tensor in trainer.student.network.named_parameters():
        assert torch.allclose(tensor, found.network[name], atol=1e-5), name
