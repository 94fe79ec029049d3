"""The student: SpeechBrain's ECAPA-TDNN with the features that the kiosk computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from voice_training.checkpoint import read_tensors
from voice_training.forward import embed_and_frames
from voice_training.torch_tools import half_precision

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    import torch

    from kiosk.core.hearing.audio import Samples
    from voice_training.frames import FrameSpace
    from voice_training.recipe import Network, Recipe


def layers(settings: Network) -> dict[str, Any]:
    """Return the arguments of ``ECAPA_TDNN``; ``hyperparams.yaml`` of the bundle says the same."""
    wide = settings.channels
    return {
        "input_size": settings.mel_bands,
        "channels": [wide] * 4 + [settings.pooled_channels],
        "kernel_sizes": [5, 3, 3, 3, 1],
        "dilations": [1, 2, 3, 4, 1],
        "attention_channels": settings.attention_channels,
        "lin_neurons": settings.embedding_size,
    }


class Student:
    """Network and features together."""

    def __init__(self, settings: Network, device: torch.device, *, bfloat16: bool = False) -> None:
        """Build the network with random weights, drawn from torch's generator."""
        from speechbrain.lobes.features import Fbank
        from speechbrain.lobes.models.ECAPA_TDNN import ECAPA_TDNN

        self.network: Any = ECAPA_TDNN(**layers(settings)).to(device)
        self._fbank: Any = Fbank(n_mels=settings.mel_bands).to(device)
        self._device = device
        self._bfloat16 = bfloat16

    def embed(self, waves: torch.Tensor, mask: tuple[int, int] = (0, 0)) -> torch.Tensor:
        """Return unit embeddings, shape ``(n, d)``, of waves of shape ``(n, samples)``.

        Args:
            waves: float32 at 16 kHz, all of one length.
            mask: first mel band to silence and how many (SpecAugment); silenced bands hold their
                mean, which is zero.
        """
        return self.embed_with_frames(waves, mask)[0]

    def embed_with_frames(
        self, waves: torch.Tensor, mask: tuple[int, int] = (0, 0)
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what :meth:`embed` does, and what was pooled, shape ``(n, frames, channels)``."""
        import torch

        with torch.no_grad():
            features = self._fbank(waves.to(self._device))
            features = features - features.mean(dim=1, keepdim=True)
            first, width = mask
            features[:, :, first : first + width] = 0.0
        with half_precision(self._device, enabled=self._bfloat16):
            raw, frames = embed_and_frames(self.network, features)
        return torch.nn.functional.normalize(raw.float(), dim=1), frames

    def embed_wave(self, wave: Samples) -> npt.NDArray[np.float32]:
        """Return the unit embedding of a whole wave, shape ``(d,)``; the network is in eval."""
        import torch

        with torch.inference_mode():
            whole = torch.from_numpy(np.ascontiguousarray(wave, dtype=np.float32))
            result: npt.NDArray[np.float32] = self.embed(whole[None])[0].cpu().numpy()
            return result


def take_head(student: Student, space: FrameSpace) -> None:
    """Give the student the teacher's last layer, and a pooling that begins as the teacher's.

    A student that repeats the teacher's frames then returns the teacher's embeddings. Everything
    goes on learning from there.

    Args:
        student: with 512 pooled channels.
        space: in its units the student's frames are.
    """
    import torch

    network = student.network
    like = network.fc.conv.weight
    matrix, offset, mean, deviation, spread, shift = (
        torch.from_numpy(row).to(like)
        for row in (
            space.matrix,
            space.offset,
            space.pooled_mean,
            space.pooled_spread,
            np.tile(space.spread, 2),
            np.concatenate([space.mean, np.zeros_like(space.mean)]),
        )
    )
    with torch.no_grad():
        # Equal attention to every frame.
        network.asp.conv.conv.weight.zero_()
        network.asp.conv.conv.bias.zero_()
        norm = network.asp_bn.norm
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(deviation.square())
        norm.weight.copy_(torch.ones_like(mean))
        norm.bias.zero_()
        scaled = matrix * spread
        network.fc.conv.weight.copy_((scaled * deviation).unsqueeze(-1))
        network.fc.conv.bias.copy_(offset + matrix @ shift + scaled @ mean)


def load_weights(network: torch.nn.Module, state: dict[str, Any]) -> None:
    """Fill the network; half precision becomes single precision.

    Raises:
        ValueError: the weights are of another network.
    """
    try:
        network.load_state_dict(
            {
                name: tensor.float() if tensor.is_floating_point() else tensor
                for name, tensor in state.items()
            }
        )
    except RuntimeError as exc:
        raise ValueError("the weights do not fit the network of the recipe") from exc


def to_half(state: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Return weights in half precision, and whole numbers as they are.

    Raises:
        ValueError: a weight is too large for half precision, or not finite.
    """
    import torch

    halved = {}
    for name, tensor in state.items():
        halved[name] = tensor.half() if tensor.is_floating_point() else tensor
        if not bool(torch.isfinite(halved[name]).all()):
            raise ValueError(f"{name} does not fit into half precision")
    return halved


def stored_student(recipe: Recipe, weights: Path, device: torch.device) -> Student:
    """Return the student as the bundle holds it: rounded to half precision, computed in single."""
    student = Student(recipe.network, device)
    load_weights(student.network, dict(to_half(read_tensors(weights))))
    student.network.eval()
    return student


class Average:
    """Exponential moving average of everything the network holds, statistics included."""

    def __init__(self, network: torch.nn.Module, decay: float) -> None:
        """Start from the present weights."""
        self.state = {
            name: tensor.detach().clone() for name, tensor in network.state_dict().items()
        }
        self._decay = decay

    def update(self, network: torch.nn.Module, step: int) -> None:
        """Move towards the present weights; quickly at first, for they are still random.

        Args:
            network: what is trained.
            step: how many steps it has taken.
        """
        import torch

        decay = min(self._decay, (1.0 + step) / (10.0 + step))
        with torch.no_grad():
            for name, tensor in network.state_dict().items():
                if tensor.is_floating_point():
                    self.state[name].lerp_(tensor, 1.0 - decay)
                else:
                    self.state[name].copy_(tensor)
