from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import torch

pytestmark = pytest.mark.usefixtures("torch_ready")


def _rows(*degrees: float) -> torch.Tensor:
    """Return unit vectors in the plane."""
    import torch

    angles = torch.tensor(degrees, dtype=torch.float64) * math.pi / 180.0
    return torch.stack([angles.cos(), angles.sin()], dim=1)


def test_cosine_loss() -> None:
    from voice_training.losses import cosine_loss

    # cos 60 = 0.5 and cos 180 = -1: the mean of 0.5 and 2.
    assert cosine_loss(_rows(0, 0), _rows(60, 180)).item() == pytest.approx(1.25)


def test_relational_loss_compares_cosines_between_rows() -> None:
    from voice_training.losses import relational_loss

    # The three pairs: cos 60, cos 90, cos 30 against cos 90, cos 180, cos 90.
    expected = (0.5**2 + 1.0**2 + 0.75) / 3.0
    value = relational_loss(_rows(0, 60, 90), _rows(0, 90, 180))
    assert value.item() == pytest.approx(expected)


def test_relational_loss_does_not_see_a_rotation() -> None:
    from voice_training.losses import relational_loss

    assert relational_loss(_rows(0, 50, 80), _rows(120, 170, 200)).item() == pytest.approx(0.0)


def test_anchor_loss_is_the_divergence_of_two_neighbourhoods() -> None:
    from voice_training.losses import anchor_loss

    anchors = _rows(0, 90)
    # Teacher at 0: logits 1/T and 0; student at 45: both equal.
    share = 1.0 / (1.0 + math.exp(-2.0))
    expected = share * math.log(share / 0.5) + (1 - share) * math.log((1 - share) / 0.5)
    assert anchor_loss(_rows(45), _rows(0), anchors, 0.5).item() == pytest.approx(expected)
    assert anchor_loss(_rows(30), _rows(30), anchors, 0.5).item() == pytest.approx(0.0)


def test_aam_adds_the_margin_to_the_own_angle() -> None:
    import torch

    from voice_training.losses import aam_loss

    margin, scale = math.pi / 6, 2.0
    # The row lies 30 degrees from its own center and 60 from the other.
    value = aam_loss(_rows(30), _rows(0, 90), torch.tensor([0]), margin, scale)
    own, other = scale * math.cos(math.radians(60)), scale * math.cos(math.radians(60))
    assert value.item() == pytest.approx(-own + math.log(math.exp(own) + math.exp(other)))


def test_aam_grows_with_the_angle_even_where_the_margin_passes_half_a_turn() -> None:
    import torch

    from voice_training.losses import aam_loss

    centers = torch.eye(3, dtype=torch.float64)[[0, 2]]  # the rows lie at right angles to one
    values = []
    for degrees in range(0, 180, 10):
        row = torch.nn.functional.pad(_rows(degrees), (0, 1))
        values.append(aam_loss(row, centers, torch.tensor([0]), 0.5, 4.0).item())
    assert values == sorted(values)
    assert len(set(values)) == len(values)


def test_aam_leaves_rows_without_a_class_out() -> None:
    import torch

    from voice_training.losses import aam_loss

    centers = _rows(0, 90)
    both = aam_loss(_rows(30, 77), centers, torch.tensor([0, -1]), 0.2, 10.0)
    alone = aam_loss(_rows(30), centers, torch.tensor([0]), 0.2, 10.0)
    assert both.item() == pytest.approx(alone.item())
    assert aam_loss(_rows(30), centers, torch.tensor([-1]), 0.2, 10.0).item() == 0.0
