"""Embeddings of speech and the voiceprints made of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.errors import ReenrollmentNeeded

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Embedding:
    """The direction that a voice model assigns to one piece of speech.

    Attributes:
        vector: float32, shape ``(dim,)``, unit Euclidean norm.
        model_id: the model that made it; embeddings of two models are never compared.
    """

    vector: npt.NDArray[np.float32]
    model_id: str

    @classmethod
    def of(cls, raw: npt.NDArray[np.floating], model_id: str) -> Embedding:
        """Normalise a raw model output of shape ``(dim,)``.

        Raises:
            ValueError: the output is not finite or has no direction.
        """
        vector = np.asarray(raw, dtype=np.float64).reshape(-1)
        norm = float(np.linalg.norm(vector))
        if not np.isfinite(norm) or norm < 1e-9:
            raise ValueError("the voice model returned no usable embedding")
        return cls((vector / norm).astype(np.float32), model_id)

    @property
    def dim(self) -> int:
        """Return the number of dimensions."""
        return len(self.vector)

    def __repr__(self) -> str:
        """Never show the vector: it is biometric data and would end up in logs."""
        return f"Embedding({self.dim} dimensions, {self.model_id})"

    def wipe(self) -> None:
        """Overwrite the vector: it is not left in memory for the garbage collector to leave there.

        Whoever does this is the last one to use it. A read-only array stays as it is.
        """
        if self.vector.flags.writeable:
            self.vector.fill(0.0)


@dataclass(frozen=True, eq=False)
class Voiceprint:
    """What is kept of a person's voice: the embedding of every accepted take, of one model."""

    takes: tuple[Embedding, ...]

    def __post_init__(self) -> None:
        """Refuse an empty or a mixed voiceprint."""
        if not self.takes:
            raise ValueError("a voiceprint has at least one take")
        if len({take.model_id for take in self.takes}) != 1:
            raise ReenrollmentNeeded("The takes were made with different voice models.")

    @property
    def model_id(self) -> str:
        """Return the model that made all takes."""
        return self.takes[0].model_id

    def wipe(self) -> None:
        """Overwrite every take; see :meth:`Embedding.wipe`."""
        for take in self.takes:
            take.wipe()


def cosine(one: Embedding, other: Embedding) -> float:
    """Return the cosine score of two embeddings, in [-1, 1].

    Raises:
        ReenrollmentNeeded: they were made by different models.
        ValueError: one of them is not finite, so that there is no score.
    """
    if one.model_id != other.model_id or one.dim != other.dim:
        raise ReenrollmentNeeded(
            f"The voiceprint was made with model {one.model_id}; {other.model_id} is in use."
        )
    value = float(np.dot(one.vector.astype(np.float64), other.vector.astype(np.float64)))
    # Clamping would turn a NaN into a perfect score: min() keeps what no comparison replaces.
    if not np.isfinite(value):
        raise ValueError("an embedding is not finite")
    return max(-1.0, min(1.0, value))


def score(voiceprint: Voiceprint, probe: Embedding) -> float:
    """Return the mean cosine score of a probe against every take, in [-1, 1].

    The mean over takes, and not the cosine to their centroid: the latter grows with the number
    of takes, so one threshold could not serve voiceprints of one and of five takes.

    Raises:
        ReenrollmentNeeded: the probe was made by another model.
    """
    return sum(cosine(take, probe) for take in voiceprint.takes) / len(voiceprint.takes)


def consistency(takes: tuple[Embedding, ...]) -> tuple[tuple[float, ...], ...]:
    """Return the symmetric matrix of cosine scores between takes, ones on its diagonal."""
    return tuple(tuple(1.0 if a is b else cosine(a, b) for b in takes) for a in takes)


def weakest_take(takes: tuple[Embedding, ...]) -> tuple[int, float]:
    """Return the take that agrees least with the others, and the lowest score of any two takes.

    A single take agrees with itself: ``(0, 1.0)``.
    """
    if len(takes) < 2:
        return 0, 1.0
    matrix = np.asarray(consistency(takes))
    worst = int(np.argmin(matrix.sum(axis=1)))
    lowest = min(float(matrix[i, j]) for i, j in combinations(range(len(takes)), 2))
    return worst, lowest


def centroid(voiceprint: Voiceprint) -> Embedding:
    """Return the mean direction of all takes.

    For others that expect one vector; scores are made by :func:`score`, which does not use it.

    Raises:
        ValueError: the takes cancel out, as those of one voice never do.
    """
    mean = np.mean([take.vector.astype(np.float64) for take in voiceprint.takes], axis=0)
    return Embedding.of(mean, voiceprint.model_id)
