"""A widened network computes what the narrow one computed, and can learn more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_training.checkpoint import blended
from voice_training.recipe import Network
from voice_training.widen import channels_of, widened

if TYPE_CHECKING:
    from voice_training.recipe import Recipe

pytestmark = pytest.mark.usefixtures("torch_ready")


def test_a_widened_network_computes_the_same(recipe: Recipe) -> None:
    import torch

    from voice_training.network import Student, load_weights

    torch.manual_seed(0)
    narrow = Student(recipe.network.model_copy(update={"channels": 24}), torch.device("cpu"))
    with torch.no_grad():
        for parameter in narrow.network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    narrow.network.eval()
    wide = Student(recipe.network.model_copy(update={"channels": 40}), torch.device("cpu"))
    state = widened(narrow.network.state_dict(), 40, seed=1)
    assert channels_of(state) == 40
    load_weights(wide.network, state)
    wide.network.eval()
    wave = np.random.default_rng(0).normal(0.0, 0.1, 24_000).astype(np.float32)
    assert float(wide.embed_wave(wave) @ narrow.embed_wave(wave)) > 0.99999
    rows = state["blocks.1.tdnn2.conv.conv.weight"]
    assert len({tuple(row.tolist()) for row in rows[:, :, 0].T}) == 40  # twins have other shares


def test_a_network_does_not_become_narrower(recipe: Recipe) -> None:
    import torch

    from voice_training.network import Student

    student = Student(Network(channels=16, attention_channels=8), torch.device("cpu"))
    with pytest.raises(ValueError, match="16 channels cannot become 8"):
        widened(student.network.state_dict(), 8, seed=1)
    with pytest.raises(ValueError, match="16 channels cannot become 20"):
        widened(student.network.state_dict(), 20, seed=1)


def test_a_blend_lies_between_two_networks_of_one_kind() -> None:
    import torch

    one = {"w": torch.zeros(2).half(), "n": torch.tensor(1)}
    other = {"w": torch.ones(2), "n": torch.tensor(3)}
    assert blended(one, other, 0.25)["w"].tolist() == [0.25, 0.25]
    assert blended(one, other, 0.25)["n"].item() == 3
    with pytest.raises(ValueError, match="different networks"):
        blended(one, {"w": torch.ones(3), "n": torch.tensor(3)}, 0.5)
