"""Fits fusion weights, where impostors lie, and their tails, on arranged sites."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

from kiosk.core.voice.calibration import Calibration, Tail, Trust
from kiosk.core.voice.impostors import Impostors
from site_calibration.sites import TOP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kiosk.core.voice.normalization import Scores
    from site_calibration.sites import Arranged

ONE_IN = (2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
_QUARTILE = 0.75
"""A tail is that of the upper quartile of the groups: at three of four kinds of site the rate of
impostors is what was asked for, or less."""
_LEAST_RISE = 0.2
"""Deviations by which a tail rises with each factor e of rarity, at least; a normal one rises by
0.4 at one in a hundred and by 0.3 at one in a thousand."""
_RIDGE = (1e-3, 0.02)
TRUST = Trust(mean=2.0, spread=4.0, tail=6.0)
"""Found by leaving out one kind of site after the other; little depends on the exact figures."""
_FOUND = 0.95
"""Share of the takes of somebody else that are found among somebody's takes, in half of the groups.
More would refuse real people whose takes differ: of those with two microphones one in twenty."""


class Fused:
    """Sites on the fused scale of some weights."""

    def __init__(
        self, sites: Sequence[Arranged], models: Sequence[str], weights: Sequence[float]
    ) -> None:
        pairs = list(zip(models, weights, strict=True))

        def fused(scores: Mapping[str, Scores]) -> Scores:
            total: Scores = np.sum([weight * scores[m] for m, weight in pairs], axis=0)
            return total

        self.groups = [site.group for site in sites]
        self.people = np.array([site.people for site in sites])
        self.genuine = [fused(site.genuine) for site in sites]
        self.impostor = [fused(site.impostor) for site in sites]
        self.gallery = [fused(site.gallery) for site in sites]
        self.between = [fused(site.between) for site in sites]
        self.intruding = [fused(site.intruding) for site in sites]
        self.agreement = np.array(
            [sum(weight * site.agreement[m] for m, weight in pairs) for site in sites]
        )
        counts = {group: self.groups.count(group) for group in set(self.groups)}
        self.weight = np.array([1.0 / counts[group] for group in self.groups])


def weights_of(sites: Sequence[Arranged], models: Sequence[str]) -> tuple[float, ...]:
    """Return weights that sum to one: logistic regression, every group and size counting alike."""
    rows, labels, weights = [], [], []
    for site in sites:
        for scores, label in ((site.genuine, 1.0), (site.impostor, 0.0)):
            table = np.stack([scores[model_id] for model_id in models], axis=1)
            if not len(table):
                continue
            rows.append(table - np.array([site.impostor[m].mean() for m in models]))
            labels.append(np.full(len(table), label))
            weights.append(np.full(len(table), 1.0 / len(table)))
    x, y, w = np.concatenate(rows), np.concatenate(labels), np.concatenate(weights)

    def loss(theta: Scores) -> float:
        z = x @ theta[:-1] + theta[-1]
        penalty = 1e-3 * float(theta[:-1] @ theta[:-1])
        return float(np.sum(w * np.logaddexp(0.0, np.where(y > 0, -z, z))) / w.sum()) + penalty

    found = minimize(loss, np.append(np.full(len(models), 0.5), -2.0), method="L-BFGS-B").x[:-1]
    positive = np.maximum(found, 0.05 * found.max())
    return tuple(float(round(each, 4)) for each in positive / positive.sum())


def fit(sites: Sequence[Arranged], models: Sequence[str], weights: Sequence[float]) -> Calibration:
    """Return what is measured about some encoders together."""
    fused = Fused(sites, models, weights)
    made = Calibration(
        models=tuple(models),
        weights=tuple(weights),
        top=TOP,
        mean=_line(fused, np.array([each.mean() for each in fused.impostor])),
        spread=_line(fused, np.array([each.std() for each in fused.impostor])),
        typical=float(np.average(fused.agreement, weights=fused.weight)),
        trust=TRUST,
        tails=(Tail(1, (1.0, 10.0), (0.0, 1.0)),),
        llr=(1.0, 0.0),
        agreement=0.0,
    )
    here = estimates(fused, made)
    deviations = _deviations(fused.impostor, here)
    made = replace(made, tails=_tails(fused, deviations))
    return replace(made, llr=_llr(fused, here, deviations), agreement=_agreement(fused, made))


def estimates(fused: Fused, made: Calibration) -> list[Impostors]:
    """Return where the kiosk would expect impostors at each site."""
    return [
        Impostors.estimate(made, int(people), gallery, float(agreement))
        for people, gallery, agreement in zip(
            fused.people, fused.gallery, fused.agreement, strict=True
        )
    ]


def _line(fused: Fused, values: Scores) -> tuple[float, float]:
    """Return constant and slope by how alike takes are, every group counting alike."""
    x = np.stack([np.ones(len(values)), fused.agreement], axis=1)
    w = fused.weight
    ridge = np.diag(np.array(_RIDGE) * w.sum())
    found = np.linalg.solve(x.T @ (x * w[:, None]) + ridge, x.T @ (values * w))
    return float(round(found[0], 4)), float(round(found[1], 4))


def _deviations(scores: Sequence[Scores], sites: Sequence[Impostors]) -> list[Scores]:
    return [(each - at.mean) / at.scale for each, at in zip(scores, sites, strict=True)]


def _tails(fused: Fused, deviations: Sequence[Scores]) -> tuple[Tail, ...]:
    tails = []
    for people in sorted(set(fused.people.tolist())):
        by_group = defaultdict(list)
        for group, size, scores in zip(fused.groups, fused.people, deviations, strict=True):
            if size == people:
                by_group[group].append(scores)
        pooled = [np.concatenate(each) for each in by_group.values()]
        reached = []
        for one_in in ONE_IN:
            # Of few comparisons the rarest are not known: beyond them the tail goes on as before.
            known = [np.quantile(each, 1 - 1 / one_in) for each in pooled if len(each) > 4 * one_in]
            reached.append(float(np.quantile(known, _QUARTILE)) if known else np.nan)
        tails.append(Tail(people, ONE_IN, _ascending(reached)))
    return tuple(tails)


def _ascending(reached: Sequence[float]) -> tuple[float, ...]:
    """Return a tail that goes on where too little was compared, and never less than it should."""
    made = [reached[0]]
    for place in range(1, len(reached)):
        least = made[-1] + _LEAST_RISE * float(np.log(ONE_IN[place] / ONE_IN[place - 1]))
        made.append(least if np.isnan(reached[place]) else max(least, reached[place]))
    return tuple(float(round(each, 4)) for each in made)


def _llr(
    fused: Fused, sites: Sequence[Impostors], deviations: Sequence[Scores]
) -> tuple[float, float]:
    """Return slope and offset of the natural log-likelihood ratio: a logistic fit at equal odds."""
    own = _deviations(fused.genuine, sites)
    x = np.concatenate([*own, *deviations])
    labels = np.concatenate([np.ones(sum(map(len, own))), np.zeros(sum(map(len, deviations)))])
    weights = np.concatenate(
        [
            np.full(len(each), weight / max(1, len(each)))
            for kind in (own, deviations)
            for each, weight in zip(kind, fused.weight, strict=True)
        ]
    )
    weights[labels > 0] /= weights[labels > 0].sum()
    weights[labels < 1] /= weights[labels < 1].sum()

    def loss(theta: Scores) -> float:
        z = theta[0] * x + theta[1]
        return float(np.sum(weights * np.logaddexp(0.0, np.where(labels > 0, -z, z))))

    slope, offset = minimize(loss, np.array([2.0, -6.0]), method="L-BFGS-B").x
    return float(round(slope, 4)), float(round(offset, 4))


def _agreement(fused: Fused, made: Calibration) -> float:
    """Return the deviations that two takes must reach, so that intruders are found.

    The take of an intruder is found where it is unlike one of two others.
    """
    by_group = defaultdict(list)
    for group, scores, alike in zip(fused.groups, fused.intruding, fused.agreement, strict=True):
        at = Impostors.estimate(made, 0, np.empty(0), float(alike))
        by_group[group].append((scores.min(axis=1) - at.mean) / at.scale)
    pooled = [np.concatenate(each) for each in by_group.values()]
    return float(round(np.median([np.quantile(each, _FOUND) for each in pooled if len(each)]), 4))
