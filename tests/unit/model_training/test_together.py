"""Several processes take the same steps of one training, each on batches of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from voice_training.batches import BatchMaker
from voice_training.store import Store

if TYPE_CHECKING:
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

    class Alone:
        """Adds up what two processes would share."""

        def __init__(self) -> None:
            self.kept: list[torch.Tensor] = []

        def share_gradients(self, parameters: list[torch.nn.Parameter]) -> None:
            self.kept.append(torch.cat([each.grad.flatten() for each in parameters]))
            if len(self.kept) == 2:
                mean, place = (self.kept[0] + self.kept[1]) / 2.0, 0
                for each in parameters:
                    count = each.numel()
                    each.grad.copy_(mean[place : place + count].view_as(each))
                    place += count

    group, trainers = Alone(), []
    for rank in (1, 0):
        trainer = Trainer(once, work, store, maker.classes, device)
        trainer.group = group
        trainer.step(maker.make(rank), 0.0)
        trainers.append(trainer)
    for name, tensor in trainers[1].student.network.named_parameters():
        assert torch.allclose(tensor, found.network[name], atol=1e-5), name
