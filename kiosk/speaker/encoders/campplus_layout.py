"""How large the parts of a CAM++ are, and what its weights are called.

The names are those of the files that the 3D-Speaker project publishes. Nothing here needs torch:
what a file must hold is known before it is opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    Shapes = dict[str, tuple[int, ...]]

HEAD_CHANNELS: Final = 32
"""Channels of the convolutions over time and frequency."""
HEAD_STAGES: Final = ("layer1", "layer2")
"""Residual stages of the head, two blocks each; the first block halves the frequencies."""
HEAD_HALVINGS: Final = 3
"""Two stages and the closing convolution halve the frequencies, so 80 bands leave 10."""
TDNN_TAPS: Final = 5
"""Frames under the filter of the first layer of the trunk, which halves the frame rate."""
BLOCK_TAPS: Final = 3


@dataclass(frozen=True)
class Block:
    """One densely connected block of the trunk.

    Attributes:
        name: prefix of its weights.
        layers: how many; each adds :attr:`CampplusLayout.growth` channels to its input.
        dilation: frames between the taps of its filters.
    """

    name: str
    layers: int
    dilation: int


BLOCKS: Final = (Block("block1", 12, 1), Block("block2", 24, 2), Block("block3", 16, 2))
"""Table 1 of the paper."""


@dataclass(frozen=True)
class CampplusLayout:
    """Sizes of one network.

    Attributes:
        bands: mel bands of the features, a multiple of 8.
        embedding_size: dimensions of the output.
        growth: channels that each dense layer adds.
        bottleneck: channels within a dense layer, even.
        first: channels after the first layer of the trunk, even.
    """

    bands: int = 80
    embedding_size: int = 192
    growth: int = 32
    bottleneck: int = 128
    first: int = 128

    def widths(self) -> list[tuple[int, int]]:
        """Return the channels that enter and that leave each block, before they are halved."""
        found, width = [], self.first
        for block in BLOCKS:
            grown = width + block.layers * self.growth
            found.append((width, grown))
            width = grown // 2
        return found

    def shapes(self) -> Shapes:
        """Return the shape of every weight by its name: all that a file must hold, and no more."""
        found = dict(self._head())
        found.update(self._trunk())
        return found

    def _head(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        wide = HEAD_CHANNELS
        yield "head.conv1.weight", (wide, 1, 3, 3)
        yield from _norm("head.bn1", wide)
        for stage in HEAD_STAGES:
            for index in range(2):
                block = f"head.{stage}.{index}"
                for number in (1, 2):
                    yield f"{block}.conv{number}.weight", (wide, wide, 3, 3)
                    yield from _norm(f"{block}.bn{number}", wide)
            yield f"head.{stage}.0.shortcut.0.weight", (wide, wide, 1, 1)
            yield from _norm(f"head.{stage}.0.shortcut.1", wide)
        yield "head.conv2.weight", (wide, wide, 3, 3)
        yield from _norm("head.bn2", wide)

    def _trunk(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        entering = HEAD_CHANNELS * (self.bands >> HEAD_HALVINGS)
        yield "xvector.tdnn.linear.weight", (self.first, entering, TDNN_TAPS)
        yield from _norm("xvector.tdnn.nonlinear.batchnorm", self.first)
        grown = self.first
        for number, (block, (width, grown)) in enumerate(
            zip(BLOCKS, self.widths(), strict=True), 1
        ):
            for index in range(block.layers):
                layer = f"xvector.{block.name}.tdnnd{index + 1}"
                yield from self._dense_layer(layer, width + index * self.growth)
            yield from _norm(f"xvector.transit{number}.nonlinear.batchnorm", grown)
            yield f"xvector.transit{number}.linear.weight", (grown // 2, grown, 1)
        leaving = grown // 2
        yield from _norm("xvector.out_nonlinear.batchnorm", leaving)
        yield "xvector.dense.linear.weight", (self.embedding_size, 2 * leaving, 1)
        yield from _norm("xvector.dense.nonlinear.batchnorm", self.embedding_size, affine=False)

    def _dense_layer(self, name: str, entering: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        narrow, context = self.bottleneck, self.bottleneck // 2
        yield from _norm(f"{name}.nonlinear1.batchnorm", entering)
        yield f"{name}.linear1.weight", (narrow, entering, 1)
        yield from _norm(f"{name}.nonlinear2.batchnorm", narrow)
        yield f"{name}.cam_layer.linear_local.weight", (self.growth, narrow, BLOCK_TAPS)
        yield f"{name}.cam_layer.linear1.weight", (context, narrow, 1)
        yield f"{name}.cam_layer.linear1.bias", (context,)
        yield f"{name}.cam_layer.linear2.weight", (self.growth, context, 1)
        yield f"{name}.cam_layer.linear2.bias", (self.growth,)


def _norm(
    name: str, channels: int, *, affine: bool = True
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield what a batch normalization keeps."""
    kept = ("weight", "bias") if affine else ()
    for part in (*kept, "running_mean", "running_var"):
        yield f"{name}.{part}", (channels,)
    yield f"{name}.num_batches_tracked", ()
