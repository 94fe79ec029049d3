"""Fits fusion weights, where impostors lie, and their tails, on arranged sites."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

from kiosk.core.voice.calibration import Calibration, Tail
from site_calibration.sites import TOP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.voice.normalization import Scores
    from site_calibration.sites import Arranged

ONE_IN = (2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
_QUARTILE = 0.75
"""A tail is that of the upper quartile of the groups: at three of four kinds of site the rate of
impostors is what was asked for, or less."""
_LEAST_RISE = 0.2
"""Deviations by which a tail rises with each factor e of rarity, at least; a normal one rises by
0.4 at one in a hundred and by 0.3 at one in a thousand."""
_RIDGE = (1e-3, 0.02, 2e-4)
_TRUST = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0)
_REFUSED = 0.01
"""Share of people whose good takes may be taken for those of two."""
_SAME_SESSION = ("speechocean762", "speech_commands", "arabic_sc", "digits:en", "digits:de")
"""Groups whose recordings of one person are known to be of one person and one microphone."""


class Fused:
    """Sites on the fused scale of some weights."""

    def __init__(self, sites: Sequence[Arranged], models: Sequence[str], weights: Sequence[float]):
        pairs = list(zip(models, weights, strict=True))
        self.groups = [site.group for site in sites]
        self.people = np.array([site.people for site in sites])
        self.genuine = [sum(w * site.genuine[m] for m, w in pairs) for site in sites]
        self.impostor = [sum(w * site.impostor[m] for m, w in pairs) for site in sites]
        self.gallery = [sum(w * site.gallery[m] for m, w in pairs) for site in sites]
        self.between = [sum(w * site.between[m] for m, w in pairs) for site in sites]
        self.features = np.array(
            [
                [
                    1.0,
                    sum(w * s.agreement[m] for m, w in pairs),
                    sum(w * s.nearness[m] for m, w in pairs),
                ]
                for s in sites
            ]
        )
        self.mean = np.array([each.mean() for each in self.impostor])
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
    spread = float(np.sqrt(np.average([v.var() for v in fused.impostor], weights=fused.weight)))
    prior = _prior(fused)
    typical = np.average(fused.features, axis=0, weights=fused.weight)
    made = Calibration(
        models=tuple(models),
        weights=tuple(weights),
        top=TOP,
        prior=prior,
        typical=(float(typical[1]), float(typical[2])),
        prior_people=_trust(fused, prior, spread),
        spread=spread,
        tails=(),
        llr=(1.0, 0.0),
        agreement=0.0,
    )
    deviations = _deviations(fused.impostor, _estimates(fused, made))
    made = replace(made, tails=_tails(fused, deviations))
    return replace(made, llr=_llr(fused, made, deviations), agreement=_agreement(fused, made))


def _prior(fused: Fused) -> tuple[float, float, float]:
    x, w = fused.features, fused.weight
    ridge = np.diag(np.array(_RIDGE) * w.sum())
    found = np.linalg.solve(x.T @ (x * w[:, None]) + ridge, x.T @ (fused.mean * w))
    return float(found[0]), float(found[1]), float(found[2])


def _trust(fused: Fused, prior: tuple[float, float, float], spread: float) -> tuple[float, float]:
    """Return for how many people the priors of mean and spread count."""
    several = np.flatnonzero(fused.people > 1)
    others, w = fused.people[several] - 1, fused.weight[several]
    measured = np.array([fused.gallery[each].mean() for each in several])
    expected = fused.features[several] @ np.array(prior)
    found = []
    for truth, seen, base in (
        (fused.mean[several], measured, expected),
        (
            np.log([fused.impostor[each].std() for each in several]),
            np.array([fused.gallery[each].var() for each in several]),
            np.full(len(several), spread**2),
        ),
    ):
        errors = []
        for people in _TRUST:
            trust = others / (others + people)
            estimate = trust * seen + (1 - trust) * base
            if base is not expected:
                estimate = 0.5 * np.log(np.maximum(estimate, 1e-6))
            errors.append(float(np.average((estimate - truth) ** 2, weights=w)))
        found.append(_TRUST[int(np.argmin(errors))])
    return found[0], found[1]


def _estimates(fused: Fused, made: Calibration) -> list[tuple[float, float]]:
    """Return mean and spread as the kiosk would estimate them at each site."""
    found = []
    expected = fused.features @ np.array(made.prior)
    for place, people in enumerate(fused.people):
        if people < 2:
            found.append((float(expected[place]), made.spread))
            continue
        gallery, others = fused.gallery[place], people - 1
        trust = others / (others + made.prior_people[0])
        mean = trust * gallery.mean() + (1 - trust) * expected[place]
        trust = others / (others + made.prior_people[1])
        variance = trust * gallery.var() + (1 - trust) * made.spread**2
        found.append((float(mean), float(np.sqrt(variance))))
    return found


def _deviations(scores: Sequence[Scores], estimates: Sequence[tuple[float, float]]) -> list[Scores]:
    pairs = zip(scores, estimates, strict=True)
    return [(each - mean) / spread for each, (mean, spread) in pairs]


def _tails(fused: Fused, deviations: Sequence[Scores]) -> tuple[Tail, ...]:
    tails = []
    for people in sorted(set(fused.people.tolist())):
        by_group = defaultdict(list)
        for place in np.flatnonzero(fused.people == people):
            by_group[fused.groups[place]].append(deviations[place])
        pooled = [np.sort(np.concatenate(each)) for each in by_group.values()]
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


def _llr(fused: Fused, made: Calibration, deviations: Sequence[Scores]) -> tuple[float, float]:
    """Return slope and offset of the natural log-likelihood ratio: a logistic fit at equal odds."""
    estimates = _estimates(fused, made)
    own = _deviations(fused.genuine, estimates)
    x = np.concatenate([*own, *deviations])
    labels = np.concatenate([np.ones(sum(map(len, own))), np.zeros(sum(map(len, deviations)))])
    weights = np.concatenate(
        [
            np.full(len(each), w / max(1, len(each)))
            for each, w in zip(own, fused.weight, strict=True)
        ]
        + [
            np.full(len(each), w / len(each))
            for each, w in zip(deviations, fused.weight, strict=True)
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
    """Return the deviations that two takes must reach: at most one in a hundred people is refused.

    In every group of which it is known that the takes of a person are of one person.
    """
    estimates = _estimates(fused, made)
    by_group = defaultdict(list)
    for place, group in enumerate(fused.groups):
        mean, spread = estimates[place]
        by_group[group].append((fused.between[place].min(axis=1) - mean) / spread)
    lowest = [
        np.quantile(np.concatenate(each), _REFUSED)
        for group, each in by_group.items()
        if group in _SAME_SESSION
    ]
    return float(round(min(lowest), 4))
