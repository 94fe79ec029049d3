"""The network of ECAPA-TDNN, for inference only, as operations on the weights of SpeechBrain's.

Everything is kept as rows of time, so that a convolution over single frames is one product of
matrices and a batch normalization one pass over memory; a wider convolution is one product for each
of its taps, on rows shifted in time. SpeechBrain's module is where the weights come from, and what
the tests and ``kiosk bench`` compare with: the same embeddings in half of the time.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import torch
    from torch import Tensor

LEAST_VARIANCE = 1e-12
"""As in SpeechBrain's pooling: no root of less."""


class Scale(NamedTuple):
    """A batch normalization as a factor and a summand for each channel."""

    factor: Tensor
    summand: Tensor

    @classmethod
    def of(cls, norm: Any) -> Scale:
        """Take over a batch normalization of SpeechBrain's."""
        inner = norm.norm
        factor = inner.weight * (inner.running_var + inner.eps).rsqrt()
        return cls(factor, inner.bias - inner.running_mean * factor)

    def __call__(self, x: Tensor, out: Tensor | None = None) -> Tensor:
        """Return the normalized rows."""
        import torch

        return torch.addcmul(self.summand, x, self.factor, out=out)


class Affine:
    """A convolution over time, shape ``(frames, channels)`` to ``(frames, channels)``."""

    def __init__(self, conv: Any) -> None:
        """Take over a convolution of SpeechBrain's, which pads by reflection."""
        inner = conv.conv
        weight = _dense(inner.weight, inner.groups)
        self._taps = [weight[:, :, tap].t().contiguous() for tap in range(weight.shape[2])]
        self._bias = inner.bias
        self._step = inner.dilation[0]

    def __call__(self, x: Tensor) -> Tensor:
        """Return the output for every frame."""
        import torch

        if len(self._taps) == 1:
            return torch.addmm(self._bias, x, self._taps[0])
        reach = self._step * (len(self._taps) - 1)
        wide = x.index_select(0, _reflected(x.shape[0], reach // 2))
        size = wide.shape[0] - reach
        first, *others = self._taps
        out = torch.addmm(self._bias, wide[:size], first)
        for number, tap in enumerate(others, 1):
            out.addmm_(wide[number * self._step : number * self._step + size], tap)
        return out


class Tdnn:
    """A convolution, a rectifier, a normalization: SpeechBrain's ``TDNNBlock``."""

    def __init__(self, block: Any) -> None:
        """Take it over."""
        self.conv = Affine(block.conv)
        self.scale = Scale.of(block.norm)

    def __call__(self, x: Tensor, out: Tensor | None = None) -> Tensor:
        """Return the output for every frame."""
        return self.scale(self.conv(x).relu_(), out)


class Residual:
    """A block of SpeechBrain's ``SERes2NetBlock``."""

    def __init__(self, block: Any) -> None:
        """Take it over."""
        self._entry = Tdnn(block.tdnn1)
        self._steps = [Tdnn(each) for each in block.res2net_block.blocks]
        self._exit = Tdnn(block.tdnn2)
        self._squeeze = Affine(block.se_block.conv1)
        self._mask = Affine(block.se_block.conv2)
        self._shortcut = None if block.shortcut is None else Affine(block.shortcut)

    def __call__(self, x: Tensor, out: Tensor) -> None:
        """Write the output for every frame."""
        import torch

        around = x if self._shortcut is None else self._shortcut(x)
        wide = self._entry(x)
        parts = wide.chunk(len(self._steps) + 1, dim=1)
        for step, (before, part) in zip(self._steps, pairwise(parts), strict=True):
            # The first part goes through as it is, so the second hears nothing of it.
            step(part if before is parts[0] else part + before, part)
        narrow = self._exit.conv(wide).relu_()
        mean = self._exit.scale(narrow.mean(dim=0, keepdim=True))
        mask = self._mask(self._squeeze(mean).relu_()).sigmoid_()
        factor, summand = self._exit.scale
        torch.addcmul(around, narrow, factor * mask, out=out).add_(summand * mask)


class Listening:
    """The first layer of the attention, which hears each frame beside the mean of all of them."""

    def __init__(self, block: Any) -> None:
        """Take over SpeechBrain's ``TDNNBlock`` on frame, mean and standard deviation."""
        weight = block.conv.conv.weight[:, :, 0]
        channels = weight.shape[1] // 3
        self._frame = weight[:, :channels].t().contiguous()
        self._whole = weight[:, channels:].contiguous()
        self._bias = block.conv.conv.bias
        self._scale = Scale.of(block.norm)

    def __call__(self, frames: Tensor) -> Tensor:
        """Return the output for every frame."""
        import torch

        mean = frames.mean(dim=0)
        spread = (frames - mean).square_().mean(dim=0).clamp_(min=LEAST_VARIANCE).sqrt_()
        # The same for every frame, so it is computed once.
        whole = torch.addmv(self._bias, self._whole, torch.cat([mean, spread]))
        return self._scale(torch.addmm(whole, frames, self._frame).relu_())


class EcapaNetwork:
    """An ECAPA-TDNN with its weights."""

    def __init__(self, network: Any) -> None:
        """Take over SpeechBrain's ``ECAPA_TDNN``, filled."""
        import torch

        with torch.no_grad():
            first, *others = network.blocks
            self._first = Tdnn(first)
            self._blocks = [Residual(each) for each in others]
            self._widths = [each.out_channels for each in others]
            self._together = Tdnn(network.mfa)
            self._listen = (
                Listening(network.asp.tdnn)
                if network.asp.global_context
                else Tdnn(network.asp.tdnn)
            )
            self._pay = Affine(network.asp.conv)
            self._norm = Scale.of(network.asp_bn)
            self._last = Affine(network.fc)

    def __call__(self, features: Tensor) -> Tensor:
        """Return the embedding, shape ``(embedding_size,)``.

        Args:
            features: float32, shape ``(frames, bands)``.
        """
        return self.pooled(self.frames(features))[0]

    def pooled(self, frames: Tensor) -> Tensor:
        """Return the embedding of all frames, shape ``(1, embedding_size)``."""
        weight = self.attention(frames).softmax(dim=0)
        mean = (weight * frames).sum(dim=0)
        spread = (weight * (frames - mean).square_()).sum(dim=0).clamp_(min=LEAST_VARIANCE).sqrt_()
        return self.embeddings(mean[None], spread[None])

    def frames(self, features: Tensor) -> Tensor:
        """Return what is pooled, shape ``(frames, channels)``."""
        import torch

        x = self._first(features)
        heard = x.new_empty(x.shape[0], sum(self._widths))
        for block, out in zip(self._blocks, torch.split(heard, self._widths, dim=1), strict=True):
            block(x, out)
            x = out
        return self._together(heard)

    def attention(self, frames: Tensor) -> Tensor:
        """Return how much each channel of each frame counts, before the softmax over time."""
        return self._pay(self._listen(frames).tanh_())

    def embeddings(self, mean: Tensor, spread: Tensor) -> Tensor:
        """Return the embeddings of pooled statistics, each of shape ``(stretches, channels)``."""
        import torch

        return self._last(self._norm(torch.cat([mean, spread], dim=1)))


def _dense(weight: Tensor, groups: int) -> Tensor:
    """Return the weights of a convolution in groups as those of one without."""
    import torch

    if groups == 1:
        return weight
    out, within, taps = weight.shape
    whole = torch.zeros(out, within * groups, taps)
    each = out // groups
    for group in range(groups):
        rows = slice(group * each, (group + 1) * each)
        whole[rows, group * within : (group + 1) * within] = weight[rows]
    return whole


def _reflected(frames: int, margin: int) -> torch.Tensor:
    """Return the numbers of the frames with a mirrored margin at both ends."""
    import torch

    at = torch.arange(-margin, frames + margin).abs_()
    return (frames - 1) - ((frames - 1) - at).abs_()
