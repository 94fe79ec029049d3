"""One encoder at this site: whom it knows, and scores normalized by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.errors import ReenrollmentNeeded
from kiosk.core.voice.normalization import unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from kiosk.core.voice.embedding import Voiceprint
    from kiosk.core.voice.heard import Heard, Voice
    from kiosk.core.voice.normalization import Cohort, Scores, Vectors


_FEW = 64
"""Places that are found without sorting."""
_AT_ONCE = 1_000
"""Voices that are compared with the cohort at a time: some 20 MB of scores."""


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
class Claims:
    """Voices that are claimed, as the cohort sees them.

    Attributes:
        voices: shape ``(claims, dim)``, rows of unit norm.
        places: of each one in the own part of the cohort; -1 where it is not in it.
        slope: a cosine times this and plus ``offset`` is how far it is above what the nearest
            others reach, in half of their standard deviations; shape ``(claims,)``.
        offset: likewise.
    """

    voices: Vectors
    places: npt.NDArray[np.intp]
    slope: Scores
    offset: Scores

    def of(self, chosen: npt.NDArray[np.intp]) -> Claims:
        """Return some of them."""
        return Claims(
            self.voices[chosen], self.places[chosen], self.slope[chosen], self.offset[chosen]
        )


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

    def seen(self, claimed: Sequence[str], voices: Vectors) -> Claims:
        """Return voices as the cohort sees them.

        Args:
            claimed: ID of each voice.
            voices: shape ``(claims, dim)``, rows of unit norm.
        """
        places = np.array([self.place.get(each, -1) for each in claimed], dtype=np.intp)
        mean, spread = np.empty(len(voices)), np.empty(len(voices))
        for start in range(0, len(voices), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            mean[part], spread[part] = self.cohort.nearest(voices[part], places[part]).moments()
        return Claims(voices, places, *_line(mean, spread))

    def normalized(self, claims: Claims, probes: Vectors, besides: Sequence[str | None]) -> Scores:
        """Return the weighted scores of probes, shape ``(probes, claims)``.

        Args:
            claims: what they are compared with.
            probes: shape ``(probes, dim)``, rows of unit norm.
            besides: who else is left out of the cohort for each probe.
        """
        others = np.array(
            [-1 if each is None else self.place.get(each, -1) for each in besides], dtype=np.intp
        )
        by_probe = self.cohort.nearest(probes, others)
        scores = (probes @ claims.voices.T).astype(np.float64)
        mean, spread = by_probe.moments()
        slope, offset = _line(mean[:, None], spread[:, None])
        slopes, offsets = claims.slope + slope, claims.offset + offset
        own = np.flatnonzero(claims.places >= 0)
        if len(own):
            # Those who are in the cohort are left out of it where they are claimed.
            slope, offset = _line(*by_probe.without(claims.places[own]))
            slopes[:, own] = claims.slope[own] + slope
            offsets[:, own] = claims.offset[own] + offset
        scores *= slopes
        scores += offsets
        scores *= self.weight
        return scores


def _line(mean: Scores, spread: Scores) -> tuple[Scores, Scores]:
    return 0.5 / spread, -0.5 * mean / spread


def left_out(ear: Ear, takes: Vectors) -> list[float]:
    """Return how each take compares with the mean of the others; nothing for a single one."""
    if len(takes) < 2:
        return []
    rest = unit(
        np.stack([np.delete(takes, each, axis=0).mean(axis=0) for each in range(len(takes))])
    )
    claims = ear.seen([""] * len(takes), rest)
    scores = ear.normalized(claims, unit(takes), [None] * len(takes))
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


def best_first(scores: Scores) -> Iterator[int]:
    """Yield the places of scores, the highest first; the first few without sorting all."""
    few = min(len(scores), _FEW)
    found = np.argpartition(-scores, few - 1)[:few] if few else np.empty(0, np.intp)
    first = found[np.argsort(-scores[found], kind="stable")].tolist()
    yield from first
    told = set(first)
    yield from (each for each in np.argsort(-scores, kind="stable").tolist() if each not in told)
