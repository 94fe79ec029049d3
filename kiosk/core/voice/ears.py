"""One encoder at this site: whom it knows, and scores normalized by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.errors import ReenrollmentNeeded
from kiosk.core.voice.normalization import unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from kiosk.core.embedding import Voiceprint
    from kiosk.core.voice.heard import Heard, Voice
    from kiosk.core.voice.normalization import Cohort, Scores, Vectors


@dataclass(frozen=True, eq=False)
class Known:
    """Everybody enrolled here whom one encoder knows.

    Attributes:
        ids: of the people.
        voices: shape ``(people, dim)``, rows of unit norm: the mean of each one's takes.
        takes: of each person, shape ``(takes, dim)``.
    """

    ids: tuple[str, ...]
    voices: Vectors
    takes: tuple[Vectors, ...]

    @classmethod
    def of(cls, people: Mapping[str, Voice], model_id: str, dim: int) -> Known:
        """Return those of some people whom an encoder knows, in order of IDs."""
        found = [(each, people[each].by(model_id)) for each in sorted(people)]
        known = [(each, vectors(made)) for each, made in found if made is not None]
        means = [takes.mean(axis=0) for _, takes in known]
        voices = unit(np.stack(means)) if means else np.empty((0, dim), np.float32)
        return cls(tuple(each for each, _ in known), voices, tuple(takes for _, takes in known))


@dataclass(frozen=True, eq=False)
class Ear:
    """One encoder at this site.

    Attributes:
        weight: of its normalized score.
        place: where each person stands in the own part of the cohort; those left out are missing.
    """

    model_id: str
    weight: float
    cohort: Cohort
    place: Mapping[str, int]

    def normalized(
        self,
        claimed: Sequence[str],
        voices: Vectors,
        probes: Vectors,
        besides: Sequence[str | None],
    ) -> Scores:
        """Return the weighted scores of probes, shape ``(probes, claims)``.

        Args:
            claimed: ID of each voice.
            voices: shape ``(claims, dim)``, rows of unit norm.
            probes: shape ``(probes, dim)``, rows of unit norm.
            besides: who else is left out of the cohort for each probe.
        """
        places = np.array([self.place.get(each, -1) for each in claimed], dtype=np.intp)
        others = np.array(
            [-1 if each is None else self.place.get(each, -1) for each in besides], dtype=np.intp
        )
        by_voice = self.cohort.nearest(voices, places)
        by_probe = self.cohort.nearest(probes, others)
        scores = (probes @ voices.T).astype(np.float64)
        if len(self.cohort.own):
            known = places >= 0
            mean = np.where(known, by_probe.mean_without[:, places], by_probe.mean[:, None])
            spread = np.where(known, by_probe.spread_without[:, places], by_probe.spread[:, None])
        else:
            mean, spread = by_probe.mean[:, None], by_probe.spread[:, None]
        seen = (scores - by_voice.mean) / by_voice.spread
        heard = (scores - mean) / spread
        return self.weight * 0.5 * (seen + heard)


def left_out(ear: Ear, takes: Vectors) -> list[float]:
    """Return how each take compares with the mean of the others; nothing for a single one."""
    if len(takes) < 2:
        return []
    rest = unit(
        np.stack([np.delete(takes, each, axis=0).mean(axis=0) for each in range(len(takes))])
    )
    names = [""] * len(takes)
    scores = ear.normalized(names, rest, unit(takes), [None] * len(takes))
    return [float(value) for value in np.diagonal(scores)]


def vectors(voiceprint: Voiceprint) -> Vectors:
    """Return the takes of a voiceprint, shape ``(takes, dim)``."""
    return np.stack([take.vector for take in voiceprint.takes])


def evenly(count: int, most: int) -> npt.NDArray[np.intp]:
    """Return up to so many places, evenly spread."""
    return np.arange(count)[:: max(1, -(-count // most))]


def rows_of(probe: Heard, model_id: str) -> Vectors:
    """Return what an encoder made of a recording, shape ``(1, dim)``."""
    found = probe.by(model_id)
    if found is None:
        raise ReenrollmentNeeded(f"{model_id} did not hear the recording.")
    return found.vector[None, :]


def voiceprint_in(voice: Voice, model_id: str) -> Voiceprint:
    """Return what an encoder knows of a person.

    Raises:
        ReenrollmentNeeded: nothing.
    """
    found = voice.by(model_id)
    if found is None:
        raise ReenrollmentNeeded(f"There is no voiceprint of model {model_id}.")
    return found
