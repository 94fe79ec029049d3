"""The network of CAM++ as its paper describes it, for comparison with the kiosk's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kiosk.speaker.encoders.campplus_layout import BLOCKS

if TYPE_CHECKING:
    import torch

    State = dict[str, torch.Tensor]


def step_by_step(state: State, features: torch.Tensor) -> torch.Tensor:
    """Return the embedding, shape ``(embedding_size,)``, as the paper describes it.

    Nothing is folded, shared or kept for later: what the program's own network must agree with.
    """
    import torch
    from torch.nn import functional

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        given: list[Any] = [state.get(f"{name}.{part}") for part in ("weight", "bias")]
        mean, variance = state[f"{name}.running_mean"], state[f"{name}.running_var"]
        return functional.batch_norm(x, mean, variance, *given)

    def conv2d(x: torch.Tensor, name: str, stride: int, padding: int = 1) -> torch.Tensor:
        return functional.conv2d(x, state[f"{name}.weight"], None, (stride, 1), padding)

    def rectified(x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.relu(norm(x, f"{name}.batchnorm"))

    x = features.t()[None, None]
    x = functional.relu(norm(conv2d(x, "head.conv1", 1), "head.bn1"))
    for stage in ("layer1", "layer2"):
        for index, stride in enumerate((2, 1)):
            name = f"head.{stage}.{index}"
            inner = functional.relu(norm(conv2d(x, f"{name}.conv1", stride), f"{name}.bn1"))
            inner = norm(conv2d(inner, f"{name}.conv2", 1), f"{name}.bn2")
            if index == 0:
                x = norm(conv2d(x, f"{name}.shortcut.0", 2, 0), f"{name}.shortcut.1")
            x = functional.relu(inner + x)
    x = functional.relu(norm(conv2d(x, "head.conv2", 2), "head.bn2")).flatten(1, 2)

    x = functional.conv1d(x, state["xvector.tdnn.linear.weight"], None, 2, 2)
    x = rectified(x, "xvector.tdnn.nonlinear")
    for number, block in enumerate(BLOCKS, 1):
        for index in range(block.layers):
            name = f"xvector.{block.name}.tdnnd{index + 1}"
            y = rectified(x, f"{name}.nonlinear1")
            y = rectified(
                functional.conv1d(y, state[f"{name}.linear1.weight"]), f"{name}.nonlinear2"
            )
            cam = f"{name}.cam_layer"
            local = functional.conv1d(
                y, state[f"{cam}.linear_local.weight"], None, 1, block.dilation, block.dilation
            )
            segments = [y[:, :, start : start + 100] for start in range(0, y.shape[2], 100)]
            near = torch.cat([s.mean(dim=2, keepdim=True).expand_as(s) for s in segments], dim=2)
            context = near + y.mean(dim=2, keepdim=True)
            for part, activation in (("linear1", torch.relu), ("linear2", torch.sigmoid)):
                weight, bias = state[f"{cam}.{part}.weight"], state[f"{cam}.{part}.bias"]
                context = activation(functional.conv1d(context, weight, bias))
            x = torch.cat([x, local * context], dim=1)
        x = rectified(x, f"xvector.transit{number}.nonlinear")
        x = functional.conv1d(x, state[f"xvector.transit{number}.linear.weight"])
    x = rectified(x, "xvector.out_nonlinear")
    pooled = torch.cat([x.mean(dim=2), x.std(dim=2)], dim=1)[:, :, None]
    pooled = functional.conv1d(pooled, state["xvector.dense.linear.weight"])
    return norm(pooled, "xvector.dense.nonlinear.batchnorm").flatten()
