"""Reads files of tensors without running anything that they contain."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

from kiosk.core.errors import ModelRefused
from kiosk.speaker.bundles.manifest import MAX_FILE_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch


def read_tensors(path: Path) -> dict[str, Any]:
    """Return the dictionary that ``torch.save`` has written, its tensors on the CPU.

    Args:
        path: the file; the caller has compared its hash already.

    Raises:
        ModelRefused: it is no such file, or holds anything but tensors and plain numbers.
    """
    import torch

    _refuse_bomb(path)
    try:
        # weights_only: a pickle otherwise runs whatever its author has put into it.
        content = torch.load(path, map_location="cpu", weights_only=True)
    # The restricted unpickler trips over a broken file in as many ways as files can be broken:
    # UnpicklingError, struct.error, AssertionError, KeyError, UnicodeDecodeError ...
    except Exception as exc:
        raise ModelRefused(f"{path.name} is not a file of weights.") from exc
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise ModelRefused(f"{path.name} does not hold named weights.")
    return content


def read_state(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, torch.Tensor]:
    """Return the weights of a network in single precision.

    Args:
        path: the file; the caller has compared its hash already.
        shapes: what it must hold, by name; a scalar has the shape ``()``.

    Raises:
        ModelRefused: a weight is missing, left over, of another shape, or not finite.
    """
    state = _single_precision(read_tensors(path), path)
    odd = sorted(shapes.keys() ^ state.keys())
    odd += [
        name
        for name in sorted(shapes.keys() & state.keys())
        if tuple(state[name].shape) != shapes[name]
    ]
    if odd:
        raise ModelRefused(
            f"{path.name} does not fit the network of hyperparams.yaml: {odd[0][:80]}."
        )
    return state


def load_network(network: torch.nn.Module, path: Path) -> None:
    """Fill a network with the weights of a file; half precision becomes single precision.

    Stricter than SpeechBrain's transfer, which leaves what is missing at random values.

    Raises:
        ModelRefused: a weight is missing, left over, of another shape, or not finite.
    """
    from speechbrain.utils.checkpoints import hook_on_loading_state_dict_checkpoint

    state = _single_precision(hook_on_loading_state_dict_checkpoint(read_tensors(path)), path)
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as exc:
        raise ModelRefused(f"{path.name} does not fit the network of hyperparams.yaml.") from exc


def _single_precision(content: Mapping[str, Any], path: Path) -> dict[str, torch.Tensor]:
    """Return the tensors of a file, those of real numbers in single precision and finite."""
    import torch

    state: dict[str, torch.Tensor] = {}
    for name, tensor in content.items():
        if not isinstance(tensor, torch.Tensor) or tensor.is_complex() or tensor.is_sparse:
            raise ModelRefused(f"{path.name} holds something else than weights.")
        if tensor.is_floating_point():
            tensor = tensor.float()
            if not bool(torch.isfinite(tensor).all()):
                raise ModelRefused(f"{path.name} holds weights that are not finite.")
        state[name] = tensor
    return state


def load_statistics(normalization: torch.nn.Module, path: Path, size: int) -> None:
    """Fill SpeechBrain's global normalization with its statistics.

    The file holds ``count``, ``glob_mean`` and ``glob_std``; older ones per-speaker values too,
    which SpeechBrain no longer reads.

    Args:
        normalization: an ``InputNormalization``.
        path: the file.
        size: dimensions of an embedding.

    Raises:
        ModelRefused: something is missing, of another size, or not finite.
    """
    import torch

    content: Mapping[str, Any] = read_tensors(path)
    statistics: dict[str, Any] = {"count": content.get("count")}
    if not isinstance(statistics["count"], int | float) or statistics["count"] <= 0:
        raise ModelRefused(f"{path.name} holds no statistics.")
    for name in ("glob_mean", "glob_std"):
        tensor = content.get(name)
        if not isinstance(tensor, torch.Tensor) or tensor.numel() not in (1, size):
            raise ModelRefused(f"{path.name} does not fit embeddings of size {size}.")
        statistics[name] = tensor.float()
        if not bool(torch.isfinite(statistics[name]).all()):
            raise ModelRefused(f"{path.name} holds statistics that are not finite.")
    if statistics["glob_mean"].numel() != size:
        raise ModelRefused(f"{path.name} does not fit embeddings of size {size}.")
    normalization._load_statistics_dict(statistics)  # type: ignore[operator]  # noqa: SLF001


def _refuse_bomb(path: Path) -> None:
    """Refuse an archive that would unpack to more than its own size: torch stores, it never packs.

    Raises:
        ModelRefused: it would.
    """
    try:
        if not zipfile.is_zipfile(path):
            return
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError) as exc:
        raise ModelRefused(f"{path.name} is not a file of weights.") from exc
    if unpacked > min(path.stat().st_size, MAX_FILE_BYTES):
        raise ModelRefused(f"{path.name} is packed, which weights never are.")
