"""The network of CAM++, for inference only, as operations on the tensors of a weights file.

H. Wang, S. Zheng, Y. Chen, L. Cheng, Q. Chen, "CAM++: A Fast and Efficient Network for Speaker
Verification Using Context-Aware Masking", Interspeech 2023, arXiv 2303.00332. A head of residual
2-D convolutions keeps the local patterns of the spectrum; a densely connected time-delay network
follows, each layer of which masks its output by what it hears around it (the mean of the whole
and of the segment of 100 frames); mean and standard deviation over time become the embedding.

Batch normalizations that follow a convolution are folded into it, masks are computed once for a
segment and not for each frame, and the dense blocks grow within one buffer instead of copying all
that came before for every layer. The head keeps its channels last in memory, and what follows it is
rows of time, so that a normalization is one pass and a convolution one product for each of its
taps. Tested against the authors' network: the same embeddings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kiosk.speaker.encoders.campplus_layout import BLOCKS, HEAD_STAGES, CampplusLayout

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import torch
    from torch import Tensor

    State = Mapping[str, Tensor]

SEGMENT = 100
"""Frames, of 20 ms, over which the near context is averaged: section 2.2 of the paper."""
_EPSILON = 1e-5
"""Added to variances by torch's batch normalization, with which the weights were trained."""
_CHUNK = 4_000
"""Frames of 10 ms that the head takes at once: 41 MB an operation, however long the recording."""
_MARGIN = 10
"""Frames to each side that a frame of the head's output depends on: ten convolutions of three."""


class Filter(NamedTuple):
    """A convolution with what follows it folded in."""

    weight: Tensor
    bias: Tensor


class Scale(NamedTuple):
    """A batch normalization as a factor and a summand for each channel."""

    factor: Tensor
    summand: Tensor


class ResidualBlock(NamedTuple):
    """Two convolutions around which the input is passed by."""

    first: Filter
    second: Filter
    shortcut: Filter | None


class DenseLayer(NamedTuple):
    """A layer of a dense block: bottleneck, taps of the local filter, two steps of its mask."""

    entry: Scale
    bottleneck: Filter
    local: list[Tensor]
    squeeze: Filter
    mask: Filter


class CampplusNetwork:
    """A CAM++ with its weights."""

    def __init__(self, state: State, layout: CampplusLayout) -> None:
        """Prepare the weights.

        Args:
            state: float32 tensors of exactly :meth:`CampplusLayout.shapes`.
            layout: sizes of the network.
        """
        self._entry = _folded(state, "head.conv1", "head.bn1")
        self._residual = [
            _residual(state, f"head.{stage}.{index}") for stage in HEAD_STAGES for index in range(2)
        ]
        self._exit = _folded(state, "head.conv2", "head.bn2")
        tdnn = _folded(state, "xvector.tdnn.linear", "xvector.tdnn.nonlinear.batchnorm")
        self._tdnn, self._tdnn_bias = _taps(tdnn.weight), tdnn.bias
        self._blocks = [
            [
                _dense_layer(state, f"xvector.{block.name}.tdnnd{index + 1}")
                for index in range(block.layers)
            ]
            for block in BLOCKS
        ]
        self._transits = [
            (
                _scale(state, f"xvector.transit{number}.nonlinear.batchnorm"),
                _matrix(state, f"xvector.transit{number}.linear"),
            )
            for number in range(1, len(BLOCKS) + 1)
        ]
        self._out = _scale(state, "xvector.out_nonlinear.batchnorm")
        dense = _folded(state, "xvector.dense.linear", "xvector.dense.nonlinear.batchnorm")
        self._dense = Filter(dense.weight.squeeze(-1).t().contiguous(), dense.bias)
        self._layout = layout

    def __call__(self, features: Tensor) -> Tensor:
        """Return the embedding, shape ``(embedding_size,)``.

        Args:
            features: float32, shape ``(frames, bands)``, at least three frames.
        """
        return self.pooled(self.frames(features)[None])[0]

    def frames(self, features: Tensor) -> Tensor:
        """Return what is pooled, shape ``(frames, channels)``; one frame is 20 ms."""
        import torch

        x = self._narrowed(torch.cat(list(self._head(features.t()))))
        for layers, block, (scale, halving) in zip(
            self._blocks, BLOCKS, self._transits, strict=True
        ):
            x = self._dense_block(x, layers, block.dilation)
            x = torch.mm(_activated(x, scale), halving)
        return _activated(x, self._out)

    def pooled(self, frames: Tensor) -> Tensor:
        """Return the embeddings, shape ``(stretches, embedding_size)``.

        Args:
            frames: shape ``(stretches, frames, channels)``.
        """
        import torch

        mean = frames.mean(dim=1)
        variance = (frames - mean[:, None]).square_().sum(dim=1).div_(frames.shape[1] - 1)
        pooled = torch.cat([mean, variance.sqrt_()], dim=1)
        return torch.addmm(self._dense.bias, pooled, self._dense.weight)

    def _head(self, spectrum: Tensor) -> Iterator[Tensor]:
        """Yield the head's output, ``(frames, channels * bands / 8)``, chunk by chunk.

        The margin of each chunk hears what lies beyond its ends, so the whole is the same as if
        it were computed at once.
        """
        frames = spectrum.shape[1]
        for start in range(0, frames, _CHUNK):
            stop = min(start + _CHUNK, frames)
            left, right = max(0, start - _MARGIN), min(frames, stop + _MARGIN)
            planes = self._convolved(spectrum[:, left:right])[0, :, :, start - left : stop - left]
            yield planes.permute(2, 0, 1).flatten(1)

    def _convolved(self, spectrum: Tensor) -> Tensor:
        import torch
        from torch.nn.functional import conv2d

        plane = spectrum[None, None].contiguous(memory_format=torch.channels_last)
        x = conv2d(plane, *self._entry, padding=1).relu_()
        for first, second, shortcut in self._residual:
            # The frequencies are halved where the way around has a convolution of its own.
            stride = 1 if shortcut is None else (2, 1)
            inner = conv2d(x, *first, stride=stride, padding=1).relu_()
            around = x if shortcut is None else conv2d(x, *shortcut, stride=stride)
            x = conv2d(inner, *second, padding=1).add_(around).relu_()
        return conv2d(x, *self._exit, stride=(2, 1), padding=1).relu_()

    def _narrowed(self, planes: Tensor) -> Tensor:
        """Return the first layer of the trunk, which halves the frame rate."""
        import torch
        from torch.nn.functional import pad

        frames, margin = (planes.shape[0] + 1) // 2, len(self._tdnn) // 2
        wide = pad(planes, (0, 0, margin, margin))
        out = self._tdnn_bias.expand(frames, -1).contiguous()
        for number, tap in enumerate(self._tdnn):
            out.addmm_(wide[number : number + 2 * frames - 1 : 2], tap)
        return torch.relu_(out)

    def _dense_block(self, x: Tensor, layers: list[DenseLayer], dilation: int) -> Tensor:
        import torch

        growth = self._layout.growth
        frames, width = x.shape
        grown = x.new_empty(frames, width + len(layers) * growth)
        grown[:, :width] = x
        padded = x.new_zeros(frames + 2 * dilation, self._layout.bottleneck)
        narrow = padded[dilation : dilation + frames]
        room = torch.empty_like(grown).flatten()  # fresh memory for every layer costs more
        for layer in layers:
            entered = room[: frames * width].view(frames, width)
            _activated(grown[:, :width], layer.entry, entered)
            bias, weight = layer.bottleneck.bias, layer.bottleneck.weight
            torch.addmm(bias, entered, weight, out=narrow).relu_()
            local = torch.mm(padded[:frames], layer.local[0])
            for number, tap in enumerate(layer.local[1:], 1):
                local.addmm_(padded[number * dilation : number * dilation + frames], tap)
            parts = zip(
                torch.split(local, SEGMENT),
                _mask(narrow, layer),
                torch.split(grown[:, width : width + growth], SEGMENT),
                strict=True,
            )
            for part, mask, out in parts:
                torch.mul(part, mask, out=out)
            width += growth
        return grown


def _mask(x: Tensor, layer: DenseLayer) -> Tensor:
    """Return the context-aware mask of each segment and channel, in (0, 1)."""
    import torch

    near = torch.stack([part.mean(dim=0) for part in torch.split(x, SEGMENT)])
    context = near.add_(x.mean(dim=0))
    context = torch.addmm(layer.squeeze.bias, context, layer.squeeze.weight).relu_()
    return torch.addmm(layer.mask.bias, context, layer.mask.weight).sigmoid_()


def _activated(x: Tensor, scale: Scale, out: Tensor | None = None) -> Tensor:
    """Return the normalized and rectified input, in a tensor of its own."""
    import torch

    return torch.addcmul(scale.summand, x, scale.factor, out=out).relu_()


def _scale(state: State, name: str) -> Scale:
    factor = (state[f"{name}.running_var"] + _EPSILON).rsqrt()
    if f"{name}.weight" in state:
        factor = factor * state[f"{name}.weight"]
    summand = -state[f"{name}.running_mean"] * factor
    if f"{name}.bias" in state:
        summand = summand + state[f"{name}.bias"]
    return Scale(factor, summand)


def _folded(state: State, convolution: str, norm: str) -> Filter:
    """Return a convolution without bias together with the normalization that follows it."""
    weight, scale = state[f"{convolution}.weight"], _scale(state, norm)
    factor = scale.factor.reshape(-1, *[1] * (weight.dim() - 1))
    return Filter(_channels_last(weight * factor), scale.summand)


def _residual(state: State, name: str) -> ResidualBlock:
    way_around = f"{name}.shortcut"
    return ResidualBlock(
        _folded(state, f"{name}.conv1", f"{name}.bn1"),
        _folded(state, f"{name}.conv2", f"{name}.bn2"),
        _folded(state, f"{way_around}.0", f"{way_around}.1")
        if f"{way_around}.0.weight" in state
        else None,
    )


def _dense_layer(state: State, name: str) -> DenseLayer:
    weight, bias = _folded(state, f"{name}.linear1", f"{name}.nonlinear2.batchnorm")
    return DenseLayer(
        entry=_scale(state, f"{name}.nonlinear1.batchnorm"),
        bottleneck=Filter(weight.squeeze(-1).t().contiguous(), bias),
        local=_taps(state[f"{name}.cam_layer.linear_local.weight"]),
        squeeze=_affine(state, f"{name}.cam_layer.linear1"),
        mask=_affine(state, f"{name}.cam_layer.linear2"),
    )


def _affine(state: State, name: str) -> Filter:
    return Filter(_matrix(state, name), state[f"{name}.bias"])


def _matrix(state: State, name: str) -> torch.Tensor:
    """Return the weights of a convolution over single frames as a matrix for rows."""
    return state[f"{name}.weight"].squeeze(-1).t().contiguous()


def _taps(weight: Tensor) -> list[Tensor]:
    """Return the weights of a convolution over time as a matrix for each of its taps."""
    return [weight[:, :, tap].t().contiguous() for tap in range(weight.shape[2])]


def _channels_last(weight: Tensor) -> Tensor:
    """Return the weights as the convolution reads them: planes with their channels last."""
    import torch

    layout = torch.channels_last if weight.dim() == 4 else torch.contiguous_format
    return weight.contiguous(memory_format=layout)
