"""The few things that every module here wants from PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kiosk.speaker.encoders.torch_setup import prepare_torch

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import numpy.typing as npt
    import torch


def ready(threads: int) -> None:
    """Import PyTorch and SpeechBrain with the kiosk's own care, and limit the threads."""
    prepare_torch(threads)


def device_named(name: str) -> torch.device:
    """Return the device; ``auto`` is CUDA where there is one.

    Raises:
        ValueError: it does not exist here.
    """
    import torch

    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError("there is no CUDA device")
    return torch.device(name)


def half_precision(device: torch.device, *, enabled: bool) -> AbstractContextManager[Any]:
    """Return a context in which matrix products are computed in bfloat16."""
    import torch

    return torch.autocast(device.type, torch.bfloat16, enabled=enabled)


def unit_rows(matrix: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the rows, shape ``(n, d)``, scaled to unit Euclidean norm, as float32."""
    import numpy as np

    wide = matrix.astype(np.float32)
    length = np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-9)
    return np.asarray(wide / length)
