"""Scores of trials, their error rates, and how sure those are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.hearing.audio import MODEL_RATE
from kiosk.core.measuring import metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from kiosk.core.hearing.audio import Samples
    from voice_training.store import Store
    from voice_training.trials import Trial

    Vectors = npt.NDArray[np.float32]
    Embed = Callable[[Samples], Vectors]

NORM_NEIGHBOURS = 100
"""Cohort members that AS-norm compares with: those nearest to each side of a trial."""


@dataclass(frozen=True, eq=False)
class TrialTable:
    """A trial list in numbers; all arrays have the shape ``(trials,)``.

    Attributes:
        name: of the list.
        one: row of the first recording in the embeddings.
        other: row of the second.
        genuine: whether one person speaks in both.
        speakers: speaker of each *recording*, as a number, shape ``(recordings,)``.
    """

    name: str
    one: npt.NDArray[np.int64]
    other: npt.NDArray[np.int64]
    genuine: npt.NDArray[np.bool_]
    speakers: npt.NDArray[np.int64]

    @classmethod
    def of(cls, name: str, trials: Sequence[Trial], store: Store) -> TrialTable:
        """Look the recordings up.

        Raises:
            ValueError: one is not in the store, or a trial's label contradicts the speakers.
        """
        place = {item.key: index for index, item in enumerate(store.items)}
        numbers: dict[str, int] = {}
        speakers = np.array([numbers.setdefault(i.speaker, len(numbers)) for i in store.items])
        try:
            one = np.array([place[trial.one] for trial in trials], dtype=np.int64)
            other = np.array([place[trial.other] for trial in trials], dtype=np.int64)
        except KeyError as exc:
            raise ValueError(f"{name}: {exc} is not in the store") from exc
        genuine = np.array([trial.genuine for trial in trials], dtype=np.bool_)
        if not np.array_equal(genuine, speakers[one] == speakers[other]):
            raise ValueError(f"{name}: a label contradicts the speakers")
        return cls(name, one, other, genuine, speakers)


@dataclass(frozen=True)
class Figures:
    """Error rates of one list, shares in [0, 1].

    Attributes:
        eer: equal error rate.
        low: lower end of its 95 % interval by bootstrap over speakers.
        high: upper end.
        min_dcf: least normalised detection cost at a prior of 1 %.
    """

    eer: float
    low: float
    high: float
    min_dcf: float


def embed_store(store: Store, embed: Embed, seconds: float | None) -> Vectors:
    """Return the unit embeddings of all recordings, of their first ``seconds`` or of the whole."""
    count = None if seconds is None else int(seconds * MODEL_RATE)
    return np.stack([embed(store.wave(index)[:count]) for index in range(len(store))])


def scores(table: TrialTable, vectors: Vectors) -> metrics.Scores:
    """Return the cosine of each trial."""
    one = vectors[table.one].astype(np.float64)
    return np.asarray(np.sum(one * vectors[table.other], axis=1))


def normalised_scores(
    table: TrialTable, vectors: Vectors, cohort: Vectors, neighbours: int = NORM_NEIGHBOURS
) -> metrics.Scores:
    """Return scores after adaptive symmetric normalisation (AS-norm).

    ``((s - m1) / d1 + (s - m2) / d2) / 2`` with mean and standard deviation of the scores of each
    recording against its nearest cohort members. P. Matejka et al., "Analysis of Score
    Normalization in Multilingual Speaker Recognition", Interspeech 2017.
    """
    against = np.sort(vectors @ cohort.T, axis=1)[:, -neighbours:].astype(np.float64)
    mean, spread = against.mean(axis=1), np.maximum(against.std(axis=1), 1e-6)
    raw = scores(table, vectors)
    one = (raw - mean[table.one]) / spread[table.one]
    other = (raw - mean[table.other]) / spread[table.other]
    return np.asarray((one + other) / 2.0)


def equal_error_rate(table: TrialTable, values: metrics.Scores) -> float:
    """Return the equal error rate, in [0, 1]."""
    rates = metrics.curve(values[table.genuine], values[~table.genuine])
    return metrics.eer(rates)[0]


def judged(table: TrialTable, values: metrics.Scores, replicates: int, seed: int) -> Figures:
    """Return the error rates with a confidence interval.

    The bootstrap draws speakers, not trials: trials of one speaker rise and fall together. A
    speaker drawn ``m`` times counts ``m`` times in the own genuine trials, and ``m * n`` times
    against one drawn ``n`` times.
    """
    rates = metrics.curve(values[table.genuine], values[~table.genuine])
    generator = np.random.default_rng(seed)
    here = np.unique(table.speakers[np.concatenate([table.one, table.other])])
    first, second = table.speakers[table.one], table.speakers[table.other]
    found = []
    for _ in range(replicates):
        drawn = np.bincount(
            generator.choice(here, len(here)), minlength=int(table.speakers.max()) + 1
        )
        weight = np.where(table.genuine, drawn[first], drawn[first] * drawn[second])
        genuine = np.repeat(values[table.genuine], weight[table.genuine])
        impostor = np.repeat(values[~table.genuine], weight[~table.genuine])
        if len(genuine) and len(impostor):
            found.append(metrics.eer(metrics.curve(genuine, impostor))[0])
    low, high = np.percentile(found, [2.5, 97.5]) if found else (0.0, 1.0)
    return Figures(metrics.eer(rates)[0], float(low), float(high), metrics.min_dcf(rates))
