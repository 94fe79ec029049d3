"""Measure what a threshold means at this very kiosk: strangers against everybody enrolled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.accounts.roles import Action, require
from kiosk.core.measuring.false_accepts import STEPS, StrangerTest
from kiosk.services.voice.adapting import ADAPTATION, ON, POLICY

if TYPE_CHECKING:
    import numpy.typing as npt

    from kiosk.core.ports import UnitOfWorkFactory
    from kiosk.services.voice.engine import VoiceEngine

    Vectors = npt.NDArray[np.float64]

_AT_ONCE = 100
"""People whose voiceprints are read in one unit of work: some 15 ms."""
_MOST = 2_000
"""People who are compared with each other; of more, as many are taken evenly."""


class FalseAccepts:
    """Compares strangers with everybody who can be verified, by the voice model in use.

    Strangers are the people who came with the model, if any did, and everybody enrolled to
    everybody else. They are not those who will stand in front of this kiosk: what comes of it is a
    claim about strangers like these.
    """

    def __init__(self, uow: UnitOfWorkFactory, engine: VoiceEngine) -> None:
        """Use these."""
        self._uow = uow
        self._engine = engine

    def measure(self) -> StrangerTest:
        """Compare; takes milliseconds for ten people and seconds for two thousand.

        Raises:
            NotPermitted: who acts may not change the threshold.
            ModelMissing, ModelAltered, ModelRefused: the model cannot be used.
            KioskError: a voiceprint cannot be read.
        """
        require(Action.THRESHOLD)
        self._engine.follow()
        model_id = self._engine.card.model_id
        cohort = self._engine.cohort(model_id)
        with self._uow() as work:
            lift = POLICY.lift if work.preferences.get(ADAPTATION) == ON else 0.0
        takes = self._takes(model_id)
        try:
            return _test(takes, cohort, lift)
        finally:
            for each in takes:
                each.fill(0.0)

    def _takes(self, model_id: str) -> list[Vectors]:
        """Return the takes of each person, shape ``(takes, dim)`` each."""
        with self._uow() as work:
            everybody = sorted(work.people.stamps(model_id))
        chosen = everybody[:: -(-len(everybody) // _MOST)] if everybody else []
        found: list[Vectors] = []
        for start in range(0, len(chosen), _AT_ONCE):
            with self._uow() as work:
                some = work.people.voiceprints(model_id, chosen[start : start + _AT_ONCE])
            for person, voiceprint in some:
                if person.enabled:
                    takes = [take.vector.astype(np.float64) for take in voiceprint.takes]
                    found.append(np.stack(takes))
                voiceprint.wipe()
        return found


def _test(
    takes: list[Vectors], cohort: npt.NDArray[np.float32] | None, lift: float
) -> StrangerTest:
    """Return the scores of every stranger against every voiceprint."""
    people = len(takes)
    counts = np.zeros(STEPS + 1)
    if not people:
        return StrangerTest(counts, 0, 0, lift)
    # The mean of the cosines to all takes is the product with their mean.
    voiceprints = np.stack([each.mean(axis=0) for each in takes])
    try:
        of_model = 0
        if cohort is not None and cohort.shape[1] == voiceprints.shape[1]:
            of_model = len(cohort)
            _count(counts, cohort.astype(np.float64) @ voiceprints.T, 1.0 / people)
        for own, each in enumerate(takes if people > 1 else []):
            scores = np.delete(each @ voiceprints.T, own, axis=1)
            _count(counts, scores, 1.0 / (len(each) * (people - 1)))
    finally:
        voiceprints.fill(0.0)
    accepts = np.cumsum(counts[::-1])[::-1].copy()
    return StrangerTest(accepts, of_model, people, lift)


def _count(counts: Vectors, scores: Vectors, weight: float) -> None:
    """Add scores, each of which counts so much, to the thousandth that they reach."""
    places = np.clip(np.floor(scores.ravel() * STEPS), -1, STEPS).astype(np.int64)
    counts += weight * np.bincount(places + 1, minlength=STEPS + 2)[1:]
