"""Adaptive symmetric normalization of cosine scores (AS-norm).

P. Matejka et al., "Analysis of Score Normalization in Multilingual Speaker Recognition",
Interspeech 2017: a score is told in standard deviations above what the nearest other people reach,
seen from the voiceprint and seen from the recording, and the two are averaged. The others are the
people who came with the voice model and the people enrolled here: these share the microphone and
the room, which is what makes impostors' scores high at one site and low at another.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]
    Scores = npt.NDArray[np.float64]

_LEAST_SPREAD = 1e-3
"""Of cosines; less is no spread but one voice many times."""


@dataclass(frozen=True, eq=False)
class Nearest:
    """The scores of the nearest others to some voices.

    Attributes:
        top: shape ``(n, top + 1)``: one more than count, who steps in for whoever is left out.
        own: shape ``(n, own)``: the scores of the people enrolled here.
    """

    top: Scores
    own: Vectors

    def moments(self) -> tuple[Scores, Scores]:
        """Return mean and standard deviation, each of shape ``(n,)``."""
        spare, total, squares = self._sums
        return _moments(total - spare, squares - spare**2, self.top.shape[1] - 1)

    def without(self, places: npt.NDArray[np.intp]) -> tuple[Scores, Scores]:
        """Return the same with each of some people enrolled here left out in turn.

        Args:
            places: rows of the cohort's ``own``.

        Returns:
            Each of shape ``(n, places)``.
        """
        spare, total, squares = self._sums
        left = np.maximum(self.own[:, places].astype(np.float64), spare[:, None])
        count = self.top.shape[1] - 1
        return _moments(total[:, None] - left, squares[:, None] - left**2, count)

    @cached_property
    def _sums(self) -> tuple[Scores, Scores, Scores]:
        return self.top.min(axis=1), self.top.sum(axis=1), np.square(self.top).sum(axis=1)


@dataclass(frozen=True, eq=False)
class Cohort:
    """Other people, as one encoder hears them.

    Attributes:
        bundled: shape ``(people, dim)``, rows of unit norm: who came with the voice model; more
            than ``top``.
        own: shape ``(people, dim)``, rows of unit norm: who is enrolled here.
        top: how many of the nearest count.
    """

    bundled: Vectors
    own: Vectors
    top: int

    def bundled_alone(self) -> Cohort:
        """Return those who came with the model, without the people enrolled here."""
        return Cohort(self.bundled, self.own[:0], self.top)

    def nearest(self, voices: Vectors, besides: npt.NDArray[np.intp] | None = None) -> Nearest:
        """Return what the nearest others score.

        Args:
            voices: shape ``(n, dim)``, rows of unit norm.
            besides: shape ``(n,)``: a row of ``own`` that is left out in any case, such as the
                voice itself; -1 for none.
        """
        scores = np.concatenate([voices @ self.bundled.T, voices @ self.own.T], axis=1)
        if besides is not None:
            rows = np.flatnonzero(besides >= 0)
            scores[rows, len(self.bundled) + besides[rows]] = -1.0
        # Of single precision while they are sorted; the sums of their squares are not.
        top = np.partition(scores, scores.shape[1] - self.top - 1, axis=1)[:, -self.top - 1 :]
        own = scores[:, len(self.bundled) :]
        return Nearest(top.astype(np.float64), own)


def _moments(total: Scores, squares: Scores, count: int) -> tuple[Scores, Scores]:
    mean = total / count
    variance = np.maximum(squares / count - np.square(mean), _LEAST_SPREAD**2)
    return mean, np.sqrt(variance)


def unit(vectors: npt.NDArray[np.floating]) -> Vectors:
    """Return rows scaled to unit norm."""
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Vectors = (vectors / np.maximum(norms, 1e-9)).astype(np.float32)
    return scaled
