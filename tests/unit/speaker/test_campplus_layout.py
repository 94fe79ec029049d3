from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from kiosk.core.errors import ModelRefused
from kiosk.resources import resources_dir
from kiosk.speaker.encoders.campplus_layout import CampplusLayout
from kiosk.speaker.encoders.hyperparams import read_campplus_layout, read_hyperparams

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = resources_dir() / "models" / "campplus" / "hyperparams.yaml"


def changed(folder: Path, old: str, new: str) -> Path:
    text = SETTINGS.read_text(encoding="utf-8")
    assert old in text
    path = folder / "hyperparams.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_the_published_network_has_the_size_that_its_authors_give() -> None:
    shapes = read_campplus_layout(SETTINGS).shapes()
    learned = {n: s for n, s in shapes.items() if n.endswith((".weight", ".bias"))}
    assert len(shapes) == 937
    assert sum(math.prod(shape) for shape in learned.values()) == 6_848_544
    assert shapes["head.conv1.weight"] == (32, 1, 3, 3)
    assert shapes["xvector.tdnn.linear.weight"] == (128, 320, 5)
    assert shapes["xvector.block2.tdnnd24.linear1.weight"] == (128, 992, 1)
    assert shapes["xvector.dense.linear.weight"] == (192, 1024, 1)
    assert "xvector.dense.nonlinear.batchnorm.weight" not in shapes


def test_the_settings_that_come_along_are_the_defaults() -> None:
    assert read_campplus_layout(SETTINGS) == CampplusLayout()


def test_other_sizes_are_read(tmp_path: Path) -> None:
    text = """\
embedding_model: !new:speakerlab.models.campplus.DTDNN.CAMPPlus
    feat_dim: 40
    embedding_size: 16
    growth_rate: 4
    bn_size: 2
    init_channels: 8
"""
    (tmp_path / "hyperparams.yaml").write_text(text)
    assert read_campplus_layout(tmp_path / "hyperparams.yaml") == CampplusLayout(40, 16, 4, 8, 8)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sample_rate: 16000", "sample_rate: 8000"),
        ("feat_dim: 80", "feat_dim: 81"),
        ("feat_dim: 80", "feat_dim: 8000"),
        ("growth_rate: 32", "growth_rate: 33"),
        ("growth_rate: 32", "growth_rate: true"),
        ("init_channels: 128", "init_channels: 1000000"),
        ("bn_size: 4", "bn_size: 4\n    memory_efficient: False"),
        ("!new:speakerlab.models.campplus.DTDNN.CAMPPlus", "!new:os.system"),
        ("!new:speakerlab.models.campplus.DTDNN.CAMPPlus", "!apply:os.system"),
        ("!new:speakerlab.models.campplus.DTDNN.CAMPPlus", "!new:torch.nn.Identity"),
        ("embedding_model:", "another_model:"),
    ],
)
def test_settings_out_of_bounds_are_refused(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(ModelRefused):
        read_campplus_layout(changed(tmp_path, old, new))


def test_the_two_architectures_are_not_mistaken_for_each_other() -> None:
    with pytest.raises(ModelRefused):
        read_hyperparams(SETTINGS)
    with pytest.raises(ModelRefused, match="ECAPA_TDNN in the place of CAMPPlus"):
        read_campplus_layout(resources_dir() / "models" / "ecapa-kiosk" / "hyperparams.yaml")
