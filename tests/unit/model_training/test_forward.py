"""The quick forward pass computes what SpeechBrain's own computes."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from voice_training.recipe import Recipe

pytestmark = pytest.mark.usefixtures("torch_ready")


@pytest.mark.parametrize("training", [False, True])
def test_the_quick_pass_is_the_networks_own(recipe: Recipe, training: bool) -> None:
    import torch

    from voice_training.forward import embed_and_frames
    from voice_training.network import Student

    torch.manual_seed(0)
    network = Student(recipe.network, torch.device("cpu")).network.train(training)
    twin = copy.deepcopy(network)
    features = torch.randn(3, 90, recipe.network.mel_bands)
    pooled: list[torch.Tensor] = []
    network.mfa.register_forward_hook(lambda _module, _given, result: pooled.append(result))
    expected = network(features).squeeze(1)
    found, frames = embed_and_frames(twin, features)
    assert torch.allclose(found, expected, atol=2e-3)
    assert torch.allclose(frames, pooled[0].transpose(1, 2), atol=2e-3)
    weight = torch.linspace(-1.0, 1.0, expected.numel()).view(expected.shape)
    (expected * weight).sum().backward()
    (found * weight).sum().backward()  # type: ignore[no-untyped-call]
    one, other = (
        torch.cat([parameter.grad.flatten() for parameter in each.parameters()])
        for each in (network, twin)
    )
    assert float(torch.nn.functional.cosine_similarity(one, other, dim=0)) > 0.9999
    for (name, own), same in zip(network.named_buffers(), twin.buffers(), strict=True):
        if "num_batches" not in name:
            assert torch.allclose(own, same, atol=1e-5), name
