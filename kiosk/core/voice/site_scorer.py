"""Scores that know the people who stand before this kiosk.

Each encoder's cosine is normalized by other people, those enrolled here among them
(:mod:`kiosk.core.voice.normalization`), and the encoders are fused by weights that were measured.
Where impostors lie on that scale is estimated here (:mod:`kiosk.core.voice.site`): from every
enrolled person against every other one, and, while they are few, from what was measured at other
sites. The threshold is what the operator asks for: at most one impostor in so many reaches it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from heapq import merge
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.errors import ReenrollmentNeeded
from kiosk.core.voice.comparing import comparing
from kiosk.core.voice.ears import best_first, rows_of, vectors, voiceprint_in
from kiosk.core.voice.embedding import Embedding, Voiceprint
from kiosk.core.voice.embedding import score as mean_cosine
from kiosk.core.voice.heard import Heard, Voice
from kiosk.core.voice.normalization import unit
from kiosk.core.voice.scoring import Agreement, Score
from kiosk.core.voice.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kiosk.core.voice.adaptation import AdaptationPolicy
    from kiosk.core.voice.calibration import Calibration
    from kiosk.core.voice.normalization import Scores, Vectors
    from kiosk.core.voice.scoring import Learned

LINE = 0.25
"""Where the threshold lies on the scale of a score, whatever it is: the value that clients of the
seed know."""
_SPAN = 8.0
"""Standard scores above the line that make three quarters of what lies above it."""
_TINY = 1e-6
FALSE_WARNINGS = 20
"""In at most one of so many enrollments a voice is called like somebody's that is not."""


def on_scale(above: float) -> float:
    """Return how far a fused score is above the threshold, as a value in (-1, 1).

    Monotone and smooth; 0 becomes :data:`LINE`.
    """
    room = 1.0 - LINE if above >= 0 else 1.0 + LINE
    return LINE + room * math.tanh(above / (_SPAN * room))


def all_on_scale(above: Scores) -> Scores:
    """Return :func:`on_scale` of many at once."""
    room = np.where(above >= 0, 1.0 - LINE, 1.0 + LINE)
    placed: Scores = LINE + room * np.tanh(above / (_SPAN * room))
    return placed


class SiteScorer:
    """A :class:`kiosk.core.voice.scoring.Scorer` for encoders that were calibrated.

    Args:
        calibrations: of the encoders that decide together, then of each alone: a person whom only
            one of them knows is compared by that one.
        people: everybody enrolled here.
        bundled: how each encoder hears the people who came with it.
        one_in: the policy: at most one impostor in so many.
        policy: how far learned takes may lift a score; None while nothing is learned.
    """

    def __init__(
        self,
        calibrations: Sequence[Calibration],
        people: Mapping[str, Voice],
        bundled: Mapping[str, Vectors],
        one_in: int,
        policy: AdaptationPolicy | None = None,
    ) -> None:
        self._calibrations = {each.models: each for each in calibrations}
        self._people = people
        self._bundled = bundled
        self._one_in = one_in
        self._policy = policy
        self._models = calibrations[0].models
        self._comparing = comparing(calibrations)
        self._sites: dict[tuple[str, ...], Site] = {}
        self._who: dict[tuple[str, ...], list[tuple[Site, frozenset[str]]]] = {}
        self.site  # noqa: B018 - made here, not by whoever is verified first

    @property
    def scorer_id(self) -> str:
        """Return ``site:`` and the encoders."""
        return f"site:{'+'.join(self._models)}"

    @property
    def models(self) -> tuple[str, ...]:
        """Return the encoders that decide together."""
        return self._models

    @property
    def threshold(self) -> float:
        """Return :data:`LINE`: it does not move."""
        return LINE

    @property
    def one_in(self) -> int:
        """Return the policy: at most one impostor in so many."""
        return self._one_in

    @cached_property
    def site(self) -> Site:
        """Return the site as all deciding encoders together see it."""
        return self._site(self._models)

    def site_of(self, models: tuple[str, ...]) -> Site:
        """Return the site as some of the deciding encoders see it."""
        return self._site(models)

    def compare(
        self, claimed: str, voice: Voice, probe: Heard, learned: Learned | None = None
    ) -> Score:
        """Return the score of a claim; see :class:`kiosk.core.voice.scoring.Scorer`."""
        site = self._site(self._common(voice, probe))
        fused = site.fused(claimed, voice, probe)
        above = fused - site.threshold(self._one_in)
        value = on_scale(above)
        if learned and self._policy is not None:
            value = self._lifted(site, claimed, voice, probe, learned, value)
        cosines = {
            each.model_id: mean_cosine(known, each)
            for each in probe.embeddings
            if (known := voice.by(each.model_id)) is not None
        }
        return Score(value, LINE, self.scorer_id, cosines, site.llr(fused), self._one_in)

    def known(self, user_id: str, model_id: str) -> Vectors:
        """Return the takes of somebody enrolled, shape ``(takes, dim)``."""
        return vectors(voiceprint_in(self._people[user_id], model_id))

    def decoy(self, seed: bytes, probe: Heard) -> Score:
        """Return the score against one of those who came with the models, chosen by the seed."""
        row = int.from_bytes(seed[:8], "big")
        made = []
        for model_id in self._models:
            others = self._bundled[model_id]
            made.append(_voiceprint(others[row % len(others)], model_id))
        score = self.compare("", Voice(tuple(made)), probe)
        # Who reaches the line against nobody would know that there is nobody.
        return replace(score, value=min(score.value, LINE - (score.value - LINE) - _TINY))

    @property
    def people(self) -> int:
        """Return how many are enrolled here whom a voice can be compared with."""
        return sum(len(ids) for _, ids in self._everybody(self._models))

    def rank(self, probe: Heard) -> Iterator[tuple[str, Score]]:
        """Yield everybody's score, the best first; see the port."""
        one_in = self._one_in * max(1, len(self._people))
        found = []
        for site, ids in self._everybody(probe.model_ids):
            fused = site.everybody({m: rows_of(probe, m) for m in site.calibration.models})
            found.append(self._scores(site, ids, fused, one_in))
        return merge(*found, key=lambda each: -each[1].value)

    def agreement(self, takes: Sequence[Heard]) -> Agreement:
        """Return whether takes are of one voice, by the bundled cohort alone; see the port."""
        heard = [set(take.model_ids) for take in takes]
        site = self._site(self._able(set.intersection(*heard) if heard else set(self._models)))
        fused = site.between_takes(takes)
        limit, count = site.agreement(), range(len(takes))
        rows = [
            tuple(1.0 if i == j else on_scale(float(fused[i, j]) - limit) for j in count)
            for i in count
        ]
        return Agreement(tuple(rows), LINE)

    def alike(self, new: Voice, besides: str) -> list[tuple[str, Score]]:
        """Return how alike a new voice is to everybody, the most alike first; see the port."""
        found: list[tuple[str, Score]] = []
        one_in = max(self._one_in, FALSE_WARNINGS * max(1, len(self._people)))
        for site, ids in self._everybody(new.model_ids):
            models = site.calibration.models
            means = {
                each.model_id: unit(vectors(each).mean(axis=0, keepdims=True))
                for each in new.voiceprints
                if each.model_id in models
            }
            scores = self._scores(site, ids, site.everybody(means, besides), one_in)
            found += [each for each in scores if each[0] != besides]
        return sorted(found, key=lambda each: -each[1].value)

    def learnable(self, claimed: str, voice: Voice, probe: Heard, policy: AdaptationPolicy) -> bool:
        """Return whether the enrolled takes are reached by the margin of the policy."""
        return self.compare(claimed, voice, probe).value >= LINE + policy.margin

    def _scores(
        self, site: Site, ids: frozenset[str], fused: Scores, one_in: float
    ) -> Iterator[tuple[str, Score]]:
        """Yield the scores of some people, the best first."""
        limit = site.threshold(one_in)
        for place in best_first(fused):
            if site.ids[place] in ids:
                value = float(fused[place])
                score = Score(
                    on_scale(value - limit),
                    LINE,
                    self.scorer_id,
                    llr=site.llr(value),
                    one_in=self._one_in,
                )
                yield site.ids[place], score

    def _everybody(self, heard: Sequence[str]) -> list[tuple[Site, frozenset[str]]]:
        """Return the sites that people are compared by, and whom: all encoders where they can.

        Args:
            heard: the encoders that heard what is compared.
        """
        by = tuple(heard)
        if by not in self._who:
            self._who[by] = self._everybody_by(by)
        return self._who[by]

    def _everybody_by(self, heard: Sequence[str]) -> list[tuple[Site, frozenset[str]]]:
        wanted = [self._models, *((each,) for each in self._models)]
        missing, found = set(self._people), []
        for models in dict.fromkeys(wanted):
            if not missing or models not in self._calibrations or not set(models) <= set(heard):
                continue
            site = self._site(models)
            ids = missing & set(site.ids)
            missing -= ids
            if ids:
                found.append((site, frozenset(ids)))
        return found

    def _lifted(
        self,
        site: Site,
        claimed: str,
        voice: Voice,
        probe: Heard,
        learned: Learned,
        value: float,
    ) -> float:
        """Return the value with what was learned, within :mod:`kiosk.core.voice.adaptation`."""
        policy = self._policy
        models = site.calibration.models
        heard = [learned.get(each, ()) for each in models]
        takes = [Heard(tuple(each)) for each in zip(*heard, strict=False)]
        if policy is None or not takes:
            return value
        fit = [take for take in takes if self.learnable(claimed, voice, take, policy)]
        room = min(policy.room(each) for each in voice.voiceprints if each.model_id in models)
        kept = fit[-room:]
        if not kept:
            return value
        wider = Voice(
            tuple(
                Voiceprint((*each.takes, *(_by(take, each.model_id) for take in kept)))
                for each in voice.voiceprints
                if each.model_id in models
            )
        )
        by_all = on_scale(site.fused(claimed, wider, probe) - site.threshold(self._one_in))
        return min(1.0, value + min(max(by_all - value, 0.0), policy.lift))

    def _common(self, voice: Voice, probe: Heard) -> tuple[str, ...]:
        """Return the encoders that know voice and probe and were calibrated together, or one."""
        return self._able(set(voice.model_ids) & set(probe.model_ids), voice.model_ids)

    def _able(self, heard: set[str], known: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the deciding encoders, or the first one of them that heard and was calibrated.

        Raises:
            ReenrollmentNeeded: none did.
        """
        found = self._comparing.by(heard)
        if found:
            return found
        made = f"The voiceprint was made with {', '.join(known)}; " if known else ""
        raise ReenrollmentNeeded(f"{made}{' and '.join(self._models)} decide.")

    def _site(self, models: tuple[str, ...]) -> Site:
        found = self._sites.get(models)
        if found is None:
            found = Site(self._calibrations[models], self._people, self._bundled)
            self._sites[models] = found
        return found


def _by(take: Heard, model_id: str) -> Embedding:
    return next(each for each in take.embeddings if each.model_id == model_id)


def _voiceprint(row: Vectors, model_id: str) -> Voiceprint:
    return Voiceprint((Embedding(row, model_id),))
