"""More channels for a trained network, without losing what it has learned.

Some channels are given a twin, and what listened to one now listens to both, with shares that add
up to one: the wider network computes the same and has room to learn more. T. Chen et al.,
"Net2Net", ICLR 2016. The shares are drawn at random, so that the twins grow apart.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import torch

    Places = npt.NDArray[np.int64]

_SCALE = 8
"""Parts that a Res2Net block cuts its channels into."""
_FIRST = "blocks.0.conv.conv.weight"
_OUT = re.compile(r"blocks\.(0|\d\.tdnn[12])\.|blocks\.\d\.se_block\.conv2\.")
_IN = re.compile(r"blocks\.\d\.(tdnn[12]|se_block\.conv1)\.conv\.(conv\.)?weight$")
_PART = re.compile(r"blocks\.\d\.res2net_block\.")
_ALL_IN = "mfa.conv.conv.weight"


def channels_of(state: dict[str, Any]) -> int:
    """Return how many channels the blocks of a network have."""
    return int(state[_FIRST].shape[0])


def widened(state: dict[str, torch.Tensor], channels: int, seed: int) -> dict[str, torch.Tensor]:
    """Return the weights of a network of more channels that computes the same.

    Raises:
        ValueError: the channels are fewer, or no multiple of eight.
    """
    before = channels_of(state)
    if channels < before or channels % _SCALE:
        raise ValueError(f"{before} channels cannot become {channels}")
    generator = np.random.default_rng(seed)
    old, new = before // _SCALE, channels // _SCALE
    twins = generator.integers(0, old, new - old)
    part = np.concatenate([np.arange(old), twins])
    whole = np.concatenate([k * old + part for k in range(_SCALE)])
    result = {}
    for name, tensor in state.items():
        wide = tensor
        if _PART.match(name) and tensor.ndim:
            wide = _take(wide, part)
            if tensor.ndim == 3:
                wide = _share(wide, part, generator)
        elif _OUT.match(name) and tensor.ndim:
            wide = _take(wide, whole)
        if _IN.match(name):
            wide = _share(wide, whole, generator)
        if name == _ALL_IN:
            three = np.concatenate([whole, whole + before, whole + 2 * before])
            wide = _share(wide, three, generator)
        result[name] = wide
    return result


def _take(tensor: torch.Tensor, places: Places) -> torch.Tensor:
    """Return the rows at these places."""
    return tensor[places.tolist()].clone()


def _share(weight: torch.Tensor, places: Places, generator: np.random.Generator) -> torch.Tensor:
    """Return a weight that listens to these places, the shares of each adding up to one."""
    import torch

    drawn = generator.uniform(0.5, 1.0, len(places))
    total = np.zeros(int(places.max()) + 1)
    np.add.at(total, places, drawn)
    shares = torch.from_numpy(drawn / total[places]).to(weight.dtype)
    return weight[:, places.tolist()] * shares[None, :, None]
