"""What the student is asked for; embeddings are unit rows.

Cosine and relational losses: W. Park et al., "Relational Knowledge Distillation", CVPR 2019, with
cosine as the relation, because scores are cosines. Anchors: Z. Fang et al., "SEED", ICLR 2021.
AAM: J. Deng et al., "ArcFace", CVPR 2019.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def frame_loss(student: torch.Tensor, teacher: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    """Return the mean squared difference of frames, in units of the channels' variance.

    Args:
        student: what is pooled, before the pooling, shape ``(n, frames, c)``; four times as many
            frames as the teacher's, and up to seven more.
        teacher: mean zero and spread one in each channel, shape ``(n, frames, c)``.
        there: which of the teacher's frames exist, bool, shape ``(n, frames)``.
    """
    rows, count, channels = teacher.shape
    # SpeechBrain centers a frame on its sample, Kaldi begins it there: 1.25 frames of difference.
    means = student[:, 1 : 1 + 4 * count].reshape(rows, count, 4, channels).float().mean(dim=2)
    gap = (means - teacher).square().mean(dim=2)
    weight = there.to(gap.dtype)
    return (gap * weight).sum() / weight.sum().clamp(min=1.0)


def cosine_loss(student: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """Return the mean of ``1 - cos`` between rows of shape ``(n, d)``; in [0, 2]."""
    return (1.0 - (student * teacher).sum(dim=1)).mean()


def relational_loss(student: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """Return the mean squared difference between the two tables of cosines within the batch.

    The diagonal, where both are one, is left out. Rows have the shape ``(n, d)``, n at least 2.
    """
    count = len(student)
    gap = (student @ student.T - teacher @ teacher.T).square()
    return (gap.sum() - gap.diagonal().sum()) / (count * (count - 1))


def anchor_loss(
    student: torch.Tensor, teacher: torch.Tensor, anchors: torch.Tensor, temperature: float
) -> torch.Tensor:
    """Return how far the student's neighbourhood among known voices is from the teacher's.

    The mean Kullback-Leibler divergence between ``softmax(cos / temperature)`` over the anchors,
    the teacher's first. It dwells on the nearest voices, where false matches come from.

    Args:
        student: shape ``(n, d)``.
        teacher: shape ``(n, d)``.
        anchors: embeddings by the teacher, shape ``(m, d)``.
        temperature: the smaller, the fewer neighbours count.
    """
    from torch.nn.functional import kl_div, log_softmax

    wanted = log_softmax(teacher @ anchors.T / temperature, dim=1)
    given = log_softmax(student @ anchors.T / temperature, dim=1)
    return kl_div(given, wanted, reduction="batchmean", log_target=True)


def aam_loss(
    student: torch.Tensor,
    centers: torch.Tensor,
    labels: torch.Tensor,
    margin: float,
    scale: float,
) -> torch.Tensor:
    """Return the classification loss with an additive angular margin.

    Args:
        student: shape ``(n, d)``.
        centers: one unit row per class, shape ``(c, d)``.
        labels: class of each row, shape ``(n,)``; rows below zero have none and are left out.
        margin: added to the angle to the own class, in radians. Where that would pass pi, the
            cosine is lowered linearly instead, so that the loss keeps its direction.
        scale: factor of the cosines.

    Returns:
        The mean cross-entropy; zero when no row has a class.
    """
    import torch
    from torch.nn.functional import cross_entropy

    known = labels >= 0
    if not bool(known.any()):
        return student.sum() * 0.0
    labels = labels[known]
    cosines = (student[known] @ centers.T).clamp(-1.0 + 1e-6, 1.0 - 1e-6)
    own = cosines.gather(1, labels[:, None])
    beyond = own < math.cos(math.pi - margin)
    hardened = torch.where(
        beyond, own - margin * math.sin(math.pi - margin), torch.cos(torch.acos(own) + margin)
    )
    return cross_entropy(cosines.scatter(1, labels[:, None], hardened) * scale, labels)
