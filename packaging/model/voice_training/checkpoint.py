"""Checkpoints: everything that a training needs to go on as if it had never stopped."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Checkpoint:
    """The state of a training between two steps.

    Attributes:
        step: steps taken in this sitting.
        sitting: how many cosine schedules were completed before.
        progress: share of the schedule that is done.
        network: weights.
        average: their moving average.
        optimizer: state of AdamW.
        centers: class centers of AAM; empty without.
        random: state of torch's generator.
        recent: what the live teacher said last, the anchors of the next step; None without.
        best: the best validation figure so far.
    """

    step: int
    sitting: int
    progress: float
    network: dict[str, Any]
    average: dict[str, Any]
    optimizer: dict[str, Any]
    centers: dict[str, Any] = field(default_factory=dict)
    random: Any = None
    recent: Any = None
    best: float = float("inf")

    def save(self, path: Path) -> None:
        """Write the file so that it is either the old or the new one, whatever happens."""
        save_tensors(asdict(self), path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what :meth:`save` has written, onto the CPU.

        Raises:
            OSError: it cannot be read.
        """
        import torch

        return cls(**torch.load(path, map_location="cpu", weights_only=True))


def save_tensors(content: dict[str, Any], path: Path) -> None:
    """Write tensors and plain values; complete or not at all, even when the power fails."""
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as stream:
        torch.save(content, stream)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)


def read_tensors(path: Path) -> dict[str, Any]:
    """Return named weights, on the CPU, without running anything that the file contains."""
    import torch

    content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return content


def blended(one: dict[str, Any], other: dict[str, Any], share: float) -> dict[str, Any]:
    """Return weights between two that one training has led to from the other.

    What was learned last and what was known before often go together better than either: M.
    Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022.

    Args:
        one: named weights.
        other: of the same network.
        share: of the other, in [0, 1].

    Raises:
        ValueError: they are of different networks.
    """
    if {name: each.shape for name, each in one.items()} != {
        name: each.shape for name, each in other.items()
    }:
        raise ValueError("the weights are of different networks")
    return {
        name: each.float().lerp(other[name].float(), share)
        if each.is_floating_point()
        else other[name]
        for name, each in one.items()
    }
