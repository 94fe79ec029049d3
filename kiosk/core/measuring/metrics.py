"""Error rates and costs of verification scores: EER, FMR, FNMR, minDCF, Cllr.

Terms after ISO/IEC 19795-1: a *genuine* trial compares two recordings of one person, an *impostor*
trial recordings of two. A trial is accepted when its score is at or above the threshold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rates:
    """Error rates at one threshold, as shares in [0, 1]."""

    threshold: float
    fmr: float
    fnmr: float


@dataclass(frozen=True, eq=False)
class Curve:
    """FMR and FNMR at every threshold that makes a difference, thresholds ascending.

    All arrays have shape ``(n,)``; the last threshold lies above every score.
    """

    thresholds: Scores
    fmr: Scores
    fnmr: Scores


def curve(genuine: Sequence[float] | Scores, impostor: Sequence[float] | Scores) -> Curve:
    """Return the error rates at every distinct score.

    Raises:
        ValueError: there is no genuine or no impostor trial, or a score is not finite.
    """
    good = np.sort(np.asarray(genuine, dtype=np.float64))
    bad = np.sort(np.asarray(impostor, dtype=np.float64))
    if not len(good) or not len(bad):
        raise ValueError("error rates need genuine and impostor trials")
    if not (np.isfinite(good).all() and np.isfinite(bad).all()):
        raise ValueError("a score is not finite")
    every = np.unique(np.concatenate([good, bad]))
    thresholds = np.append(every, np.nextafter(every[-1], np.inf))
    fnmr = np.searchsorted(good, thresholds, side="left") / len(good)
    # A count over a count: 1 - 99/100 would be a little more than 1/100.
    fmr = (len(bad) - np.searchsorted(bad, thresholds, side="left")) / len(bad)
    return Curve(thresholds, fmr, fnmr)


def eer(rates: Curve) -> tuple[float, float]:
    """Return the equal error rate in [0, 1] and its threshold.

    Between the two neighbouring thresholds where FMR and FNMR cross, both are taken to run
    straight, so that the rate does not depend on which of the two is nearer.
    """
    gap = rates.fnmr - rates.fmr
    after = int(np.argmax(gap >= 0))
    if after == 0 or gap[after] == 0:
        return float((rates.fmr[after] + rates.fnmr[after]) / 2), float(rates.thresholds[after])
    before = after - 1
    share = -gap[before] / (gap[after] - gap[before])
    rate = rates.fnmr[before] + share * (rates.fnmr[after] - rates.fnmr[before])
    return float(rate), float(rates.thresholds[after])


def min_dcf(rates: Curve, p_target: float = 0.01, c_miss: float = 1.0, c_fa: float = 1.0) -> float:
    """Return the least normalised detection cost, as in the NIST speaker recognition evaluations.

    ``min(c_miss * FNMR * p + c_fa * FMR * (1 - p)) / min(c_miss * p, c_fa * (1 - p))``; 1.0 is
    what a system reaches that always answers the same.
    """
    cost = c_miss * rates.fnmr * p_target + c_fa * rates.fmr * (1.0 - p_target)
    best = min(float(cost.min()), c_fa * (1.0 - p_target))
    return best / min(c_miss * p_target, c_fa * (1.0 - p_target))


def cllr(genuine: Scores, impostor: Scores) -> float:
    """Return the cost of log-likelihood ratios in bits; 1.0 is what they cost that say nothing.

    N. Brummer, J. du Preez, "Application-independent evaluation of speaker detection", 2006.

    Args:
        genuine: natural log-likelihood ratios.
        impostor: likewise.
    """
    miss, false_alarm = np.logaddexp(0.0, -genuine).mean(), np.logaddexp(0.0, impostor).mean()
    return float((miss + false_alarm) / (2 * np.log(2.0)))


def min_cllr(genuine: Scores, impostor: Scores) -> float:
    """Return the Cllr of scores once they are calibrated as well as can be, whatever their scale.

    The best log-likelihood ratios that rise with the score are those of the pool adjacent violators
    algorithm (same paper).
    """
    scores = np.concatenate([genuine, impostor])
    places, where = np.unique(scores, return_inverse=True)
    good = np.bincount(where[: len(genuine)], minlength=len(places)) / len(genuine)
    bad = np.bincount(where[len(genuine) :], minlength=len(places)) / len(impostor)
    blocks: list[tuple[float, float]] = []
    for mine in zip(good.tolist(), bad.tolist(), strict=True):
        while blocks and blocks[-1][0] * mine[1] >= mine[0] * blocks[-1][1]:
            mine = tuple(np.add(blocks.pop(), mine))
        blocks.append(mine)
    pooled = np.array(blocks)
    total = pooled.sum(axis=1)
    # A share of nothing costs nothing, however rare it seems.
    cost = [pooled[:, each] * np.log2(_least_one(total, pooled[:, each])) for each in (0, 1)]
    return float(np.sum(cost) / 2)


def _least_one(total: Scores, part: Scores) -> Scores:
    ratios: Scores = np.divide(total, part, out=np.ones_like(total), where=part > 0)
    return ratios


def at_threshold(
    genuine: Sequence[float] | Scores, impostor: Sequence[float] | Scores, threshold: float
) -> Rates:
    """Return FMR and FNMR at one threshold."""
    good = np.asarray(genuine, dtype=np.float64)
    bad = np.asarray(impostor, dtype=np.float64)
    return Rates(threshold, float(np.mean(bad >= threshold)), float(np.mean(good < threshold)))


def threshold_at_fmr(rates: Curve, fmr: float) -> Rates:
    """Return the lowest threshold whose FMR is at most ``fmr``, with its rates."""
    index = int(np.argmax(rates.fmr <= fmr))
    return Rates(float(rates.thresholds[index]), float(rates.fmr[index]), float(rates.fnmr[index]))
