"""Where impostors lie on the fused scale of this site's encoders."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np

from kiosk.core.voice.ears import Ear, Known, evenly, left_out, rows_of, vectors, voiceprint_in
from kiosk.core.voice.impostors import Impostors
from kiosk.core.voice.normalization import Cohort, unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kiosk.core.voice.calibration import Calibration
    from kiosk.core.voice.heard import Heard, Voice
    from kiosk.core.voice.normalization import Scores, Vectors

MOST = 1_000
"""People of the site who are compared with each other to find where impostors lie."""
_COHORT = 1_000
"""People of the site who normalize a score."""
_FEW = 30
"""People who tell what is to be expected before anybody is compared with anybody."""


def agreement_at(calibration: Calibration, alike: float) -> float:
    """Return what two takes must reach where those of one person are so alike."""
    elsewhere = Impostors.estimate(calibration, 0, np.empty(0), alike)
    return elsewhere.mean + elsewhere.scale * calibration.agreement


class Site:
    """Encoders that decide together, and where impostors lie on their fused scale here.

    Args:
        calibration: what was measured about these encoders elsewhere.
        people: everybody enrolled here.
        bundled: how each encoder hears the people who came with it, rows of unit norm.

    Attributes:
        where: where impostors lie on the fused scale.
        people: how many enrolled people that rests on.
        impostors: fused scores of every enrolled person's takes against everybody else's voice.
    """

    def __init__(
        self,
        calibration: Calibration,
        people: Mapping[str, Voice],
        bundled: Mapping[str, Vectors],
    ) -> None:
        self.calibration = calibration
        models = calibration.models
        both = {
            each: voice for each, voice in people.items() if set(models) <= set(voice.model_ids)
        }
        self._known = {
            model_id: Known.of(both, model_id, bundled[model_id].shape[1]) for model_id in models
        }
        self.ids = self._known[models[0]].ids
        self._ears = [
            self._ear(model_id, weight, bundled[model_id])
            for model_id, weight in zip(models, calibration.weights, strict=True)
        ]
        self._bare = [
            Ear(each.model_id, each.weight, each.cohort.bundled_alone(), {}) for each in self._ears
        ]
        self._claims = {
            each.model_id: each.seen(self.ids, self._known[each.model_id].voices)
            for each in self._ears
        }
        self.people = len(self.ids)
        self.impostors = self._between()
        known = self.impostors[~np.isnan(self.impostors)]
        self.where = Impostors.estimate(calibration, self.people, known, self.alike())

    def _ear(self, model_id: str, weight: float, bundled: Vectors) -> Ear:
        known = self._known[model_id]
        chosen = evenly(len(known.ids), _COHORT)
        cohort = Cohort(bundled, known.voices[chosen], self.calibration.top)
        return Ear(
            model_id, weight, cohort, {known.ids[each]: row for row, each in enumerate(chosen)}
        )

    def fused(self, claimed: str, voice: Voice, probe: Heard) -> float:
        """Return the fused score of one claim."""
        total = 0.0
        for ear in self._ears:
            mine = unit(vectors(voiceprint_in(voice, ear.model_id)).mean(axis=0, keepdims=True))
            claims = ear.seen([claimed], mine)
            total += float(ear.normalized(claims, rows_of(probe, ear.model_id), [None])[0, 0])
        return total

    def everybody(self, probe: Mapping[str, Vectors], besides: str | None = None) -> Scores:
        """Return the fused scores against everybody here, shape ``(people,)``.

        Args:
            probe: one row of unit norm by encoder.
            besides: who is no other person to the probe.
        """
        total = np.zeros(self.people)
        for ear in self._ears:
            claims = self._claims[ear.model_id]
            total += ear.normalized(claims, probe[ear.model_id], [besides])[0]
        return total

    def claims(self, probes: Mapping[str, Vectors]) -> Scores:
        """Return the fused scores of probes as claims to be everybody here.

        Args:
            probes: by encoder, shape ``(probes, dim)``, rows of unit norm.

        Returns:
            Shape ``(probes, people)``.
        """
        count = len(probes[self.calibration.models[0]])
        total = np.zeros((count, self.people))
        for ear in self._ears:
            claims = self._claims[ear.model_id]
            total += ear.normalized(claims, probes[ear.model_id], [None] * count)
        return total

    def between_takes(self, takes: Sequence[Heard]) -> Scores:
        """Return the fused scores between takes, by the bundled cohort alone; square."""
        models = self.calibration.models
        rows = {m: np.concatenate([rows_of(take, m) for take in takes]) for m in models}
        return self.between(rows)

    def between(self, takes: Mapping[str, Vectors]) -> Scores:
        """Return the fused scores between takes, rows of unit norm by encoder; square."""
        count = len(takes[self.calibration.models[0]])
        total = np.zeros((count, count))
        for ear in self._bare:
            rows = takes[ear.model_id]
            total += ear.normalized(ear.seen([""] * count, rows), rows, [None] * count)
        return total

    def genuine(self, most: int = MOST) -> Scores:
        """Return each take against the mean of the same person's others, by the bundled cohort."""
        chosen = evenly(self.people, most)
        total = np.zeros(0)
        for ear in self._bare:
            takes = self._known[ear.model_id].takes
            found = np.array([value for each in chosen for value in left_out(ear, takes[each])])
            total = found if not len(total) else total + found
        return total

    def taken(self, limit: float) -> Scores:
        """Return as what share of the others each person is taken, shape ``(people,)``.

        Args:
            limit: the threshold on the fused scale.
        """
        accepted = np.where(np.isnan(self.impostors), 0.0, self.impostors >= limit)
        rows = np.argmax(np.isnan(self.impostors), axis=1)
        people = self.impostors.shape[1]
        takes = np.bincount(rows, minlength=people)
        sums = np.bincount(rows, weights=accepted.sum(axis=1), minlength=people)
        shares: Scores = sums / (takes * (people - 1))
        return shares

    def threshold(self, one_in: float) -> float:
        """Return what one impostor in so many reaches, on the fused scale."""
        return self.where.reached_by(one_in)

    def agreement(self) -> float:
        """Return what two takes of one person must reach by :meth:`between_takes`.

        That knows nobody here, so neither does this, but for how alike takes are.
        """
        return agreement_at(self.calibration, self.alike())

    @overload
    def llr(self, fused: float) -> float: ...
    @overload
    def llr(self, fused: Scores) -> Scores: ...
    def llr(self, fused: float | Scores) -> float | Scores:
        """Return the natural log-likelihood ratios of fused scores."""
        slope, offset = self.calibration.llr
        return slope * self.where.deviations(fused) + offset

    def _between(self) -> Scores:
        """Return everybody's takes against everybody else's voice, shape ``(takes, people)``.

        Not a number where the take is of that very person.
        """
        chosen = evenly(self.people, MOST)
        if len(chosen) < 2:
            return np.empty((0, len(chosen)))
        rows = [row for row, each in enumerate(chosen) for _ in self._takes(each)]
        ids = [self.ids[each] for each in chosen]
        total = np.zeros((len(rows), len(chosen)))
        for ear in self._ears:
            known = self._known[ear.model_id]
            takes = unit(np.concatenate([known.takes[each] for each in chosen]))
            owners = [ids[row] for row in rows]
            total += ear.normalized(self._claims[ear.model_id].of(chosen), takes, owners)
        total[np.arange(len(rows)), rows] = np.nan
        return total

    def _takes(self, person: int) -> Vectors:
        return self._known[self.calibration.models[0]].takes[person]

    def alike(self) -> float:
        """Return how alike the takes of one person are here, on the fused scale."""
        found = self.genuine(_FEW)
        return float(found.mean()) if len(found) else self.calibration.typical
