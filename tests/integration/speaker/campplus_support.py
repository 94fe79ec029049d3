"""A CAM++ with random weights."""

from __future__ import annotations

import math
import shutil
from typing import TYPE_CHECKING, Any

from kiosk.resources import resources_dir
from kiosk.speaker.bundles.bundle import Bundle, write_manifest
from kiosk.speaker.encoders.campplus_layout import CampplusLayout

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    State = dict[str, torch.Tensor]

SMALL = CampplusLayout(bands=16, embedding_size=12, growth=4, bottleneck=8, first=8)
SETTINGS = """\
embedding_model: !new:speakerlab.models.campplus.DTDNN.CAMPPlus
    feat_dim: 16
    embedding_size: 12
    growth_rate: 4
    bn_size: 2
    init_channels: 8
"""


def random_state(layout: CampplusLayout, seed: int = 1) -> State:
    """Return weights under which signals neither vanish nor explode."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    state: State = {}
    for name, shape in layout.shapes().items():
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(7)
        elif name.endswith("running_var"):
            state[name] = torch.rand(shape, generator=generator) + 0.5
        elif len(shape) == 1:
            # Around 1 for factors; other values than 0 and 1 show whether one of them is lost.
            middle = 1.0 if name.endswith("weight") else 0.0
            state[name] = middle + 0.3 * torch.randn(shape, generator=generator)
        else:
            spread = math.sqrt(2.0 / math.prod(shape[1:]))
            state[name] = spread * torch.randn(shape, generator=generator)
    return state


def campplus_bundle(folder: Path, state: State | None = None, *, small: bool = True) -> Bundle:
    """Write a complete CAM++ with these or random weights."""
    import torch

    layout = SMALL if small else CampplusLayout()
    folder.mkdir(parents=True, exist_ok=True)
    if small:
        (folder / "hyperparams.yaml").write_text(SETTINGS)
    else:
        shutil.copy(resources_dir() / "models" / "campplus" / "hyperparams.yaml", folder)
    torch.save(random_state(layout) if state is None else state, folder / "embedding_model.ckpt")
    return manifest(folder, layout.embedding_size)


def manifest(folder: Path, size: int = SMALL.embedding_size, **changes: Any) -> Bundle:
    """Vouch for what lies in a folder."""
    values: dict[str, Any] = {
        "model_id": "small-campplus",
        "title": "Small",
        "architecture": "campplus",
        "embedding_size": size,
        "normalize": False,
        "threshold": 0.4,
        "threshold_basis": "made up",
        "licence": "none",
        "source": "test",
    }
    return write_manifest(folder, **{**values, **changes})
