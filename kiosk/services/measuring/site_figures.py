"""Error rates of comparisons, with intervals by speaker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kiosk.core.measuring import metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Values = npt.NDArray[np.float64]

_REPLICATES = 400
_INTERVAL = (2.5, 97.5)


@dataclass(frozen=True)
class Figures:
    """What one scorer did; rates are shares in [0, 1], None where nothing was compared.

    Attributes:
        genuine: comparisons.
        impostor: comparisons.
        eer: equal error rate over all of them.
        min_dcf: least detection cost at a target prior of 0.01.
        min_cllr: cost in bits of the best log-likelihood ratios that such scores can tell.
        cllr: that of those which the scorer tells; None where it tells none.
        fmr: at the scorer's threshold.
        fmr_interval: 95 %, by bootstrap over the speakers of the probes.
        fmr_enrolled: of impostors who are enrolled themselves.
        fmr_strangers: of those who are not.
        fnmr: at the scorer's threshold.
        fnmr_interval: likewise.
    """

    genuine: int
    impostor: int
    eer: float | None
    min_dcf: float | None
    min_cllr: float | None
    cllr: float | None
    fmr: float | None
    fmr_interval: tuple[float, float] | None
    fmr_enrolled: float | None
    fmr_strangers: float | None
    fnmr: float | None
    fnmr_interval: tuple[float, float] | None


class Scored(NamedTuple):
    """What a scorer says about probes and people.

    Attributes:
        values: shape ``(probes, people)``.
        threshold: accepted is what reaches it.
        ratios: natural log-likelihood ratios, likewise; None where it tells none.
    """

    values: Values
    threshold: float
    ratios: Values | None = None


@dataclass
class Comparisons:
    """Comparisons of several repeats, as distances to the threshold.

    Attributes:
        ratios: log-likelihood ratios, genuine and impostor; empty where the scorer tells none.
        last_fmr: of the latest repeat; None without impostors.
    """

    genuine: list[Values] = field(default_factory=list)
    whose: list[str] = field(default_factory=list)
    impostor: list[Values] = field(default_factory=list)
    by: list[str] = field(default_factory=list)
    by_enrolled: list[bool] = field(default_factory=list)
    ratios: tuple[list[Values], list[Values]] = field(default_factory=lambda: ([], []))
    last_fmr: float | None = None

    def add(self, scored: Scored, speakers: Sequence[str], enrolled: Sequence[str]) -> None:
        """Add one repeat.

        Args:
            scored: of probes against people.
            speakers: of the probes.
            enrolled: of the people.
        """
        accepted, compared = 0, 0
        names = np.array(enrolled)
        for place, speaker in enumerate(speakers):
            row, own = scored.values[place] - scored.threshold, names == speaker
            if scored.ratios is not None:
                self.ratios[0].append(scored.ratios[place][own])
                self.ratios[1].append(scored.ratios[place][~own])
            if own.any():
                self.genuine.append(row[own])
                self.whose.append(speaker)
            others = row[~own]
            if len(others):
                self.impostor.append(others)
                self.by.append(speaker)
                self.by_enrolled.append(bool(own.any()))
                accepted += int((others >= 0).sum())
                compared += len(others)
        self.last_fmr = accepted / compared if compared else None

    def figures(self) -> Figures:
        """Return the error rates of all repeats together."""
        genuine = np.concatenate(self.genuine) if self.genuine else np.empty(0)
        impostor = np.concatenate(self.impostor) if self.impostor else np.empty(0)
        both = len(genuine) > 0 and len(impostor) > 0
        rates = metrics.curve(genuine, impostor) if both else None
        pairs = list(zip(self.impostor, self.by_enrolled, strict=True))
        enrolled = [values for values, known in pairs if known]
        strangers = [values for values, known in pairs if not known]
        return Figures(
            len(genuine),
            len(impostor),
            metrics.eer(rates)[0] if rates else None,
            metrics.min_dcf(rates) if rates else None,
            metrics.min_cllr(genuine, impostor) if rates else None,
            metrics.cllr(*map(np.concatenate, self.ratios)) if both and self.ratios[0] else None,
            _share([np.asarray(each >= 0) for each in self.impostor]),
            _interval([np.asarray(each >= 0) for each in self.impostor], self.by),
            _share([np.asarray(each >= 0) for each in enrolled]),
            _share([np.asarray(each >= 0) for each in strangers]),
            _share([np.asarray(each < 0) for each in self.genuine]),
            _interval([np.asarray(each < 0) for each in self.genuine], self.whose),
        )


def _share(hits: Sequence[npt.NDArray[np.bool_]]) -> float | None:
    return float(np.concatenate(hits).mean()) if hits else None


def _interval(
    hits: Sequence[npt.NDArray[np.bool_]], speakers: Sequence[str]
) -> tuple[float, float] | None:
    """Return the 95 % interval of a share: speakers are drawn anew, with all that is theirs."""
    if not hits:
        return None
    names = sorted(set(speakers))
    place = {name: row for row, name in enumerate(names)}
    counts = np.zeros((len(names), 2))
    for each, speaker in zip(hits, speakers, strict=True):
        counts[place[speaker]] += (each.sum(), len(each))
    generator = np.random.default_rng(1)
    drawn = counts[generator.integers(0, len(names), (_REPLICATES, len(names)))].sum(axis=1)
    low, high = np.percentile(drawn[:, 0] / drawn[:, 1], _INTERVAL)
    return float(low), float(high)
