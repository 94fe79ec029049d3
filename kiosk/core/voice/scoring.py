"""From a voice and a recording to a score, a threshold, and what they mean.

Everything that compares voices asks a :class:`Scorer`; nobody else knows how a score is made, what
range it has or where its threshold lies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Protocol

import numpy as np

from kiosk.core.errors import ReenrollmentNeeded
from kiosk.core.voice.adaptation import adapted_score, learns
from kiosk.core.voice.decoys import decoy_score
from kiosk.core.voice.duplicates import mean_scores
from kiosk.core.voice.embedding import consistency
from kiosk.core.voice.embedding import score as mean_cosine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from kiosk.core.voice.adaptation import AdaptationPolicy
    from kiosk.core.voice.embedding import Embedding, Voiceprint
    from kiosk.core.voice.heard import Heard, Voice

    Learned = Mapping[str, Sequence[Embedding]]
    """Adapted takes of one person, by encoder."""


@dataclass(frozen=True)
class Score:
    """How alike two voices are, and from where on that is enough.

    Attributes:
        value: in [-1, 1]; higher is more alike.
        threshold: accepted is whoever reaches it.
        scorer: identity of what made it; scores of two scorers are never compared.
        cosines: cosine score by encoder, for details and records.
        llr: natural log-likelihood ratio, where the scorer is calibrated.
        one_in: what the threshold is set for: at most one impostor in so many reaches it; None
            where it was set by hand.
    """

    value: float
    threshold: float
    scorer: str
    cosines: Mapping[str, float] = field(default_factory=dict)
    llr: float | None = None
    one_in: int | None = None

    @property
    def accepted(self) -> bool:
        """Return whether the threshold is reached; False for what is no number."""
        return self.value >= self.threshold


@dataclass(frozen=True)
class Agreement:
    """Whether some takes are of one voice.

    Attributes:
        matrix: score of every take with every other, square and symmetric, ones on the diagonal.
        limit: what any two of them must reach.
    """

    matrix: tuple[tuple[float, ...], ...]
    limit: float

    @property
    def lowest(self) -> float:
        """Return the lowest score of any two takes; 1 of a single one."""
        pairs = combinations(range(len(self.matrix)), 2)
        return min((self.matrix[i][j] for i, j in pairs), default=1.0)

    @property
    def weakest(self) -> int:
        """Return the take that agrees least with the others."""
        if len(self.matrix) < 2:
            return 0
        return int(np.argmin([sum(row) for row in self.matrix]))

    @property
    def consistent(self) -> bool:
        """Return whether all of them are of one voice."""
        return self.lowest >= self.limit

    def without(self, take: int) -> Agreement:
        """Return it without one of the takes."""
        left = [each for each in range(len(self.matrix)) if each != take]
        return Agreement(tuple(tuple(self.matrix[i][j] for j in left) for i in left), self.limit)


class Scorer(Protocol):
    """Compares voices; safe from any thread, and never changed once made."""

    @property
    def scorer_id(self) -> str:
        """Return its identity: another one whenever scores mean something else."""

    @property
    def models(self) -> tuple[str, ...]:
        """Return the encoders that decide, the first one first."""

    @property
    def threshold(self) -> float:
        """Return what :meth:`compare` must reach, on its scale."""

    def known(self, user_id: str, model_id: str) -> npt.NDArray[np.float32]:
        """Return the takes of somebody enrolled, shape ``(takes, dim)``, rows of unit norm."""

    def compare(
        self, claimed: str, voice: Voice, probe: Heard, learned: Learned | None = None
    ) -> Score:
        """Return the score of a claim.

        Args:
            claimed: the claimed ID: that person is no impostor to themselves.
            voice: of that person.
            probe: what was said.
            learned: what the voice has learned since; lifts the score within bounds.

        Raises:
            ReenrollmentNeeded: no encoder knows both.
        """

    def decoy(self, seed: bytes, probe: Heard) -> Score:
        """Return the score of a claim to be somebody whom nobody knows: never accepted.

        Args:
            seed: at least 16 bytes that nobody can compute without the kiosk's secret.
            probe: what was said.
        """

    @property
    def people(self) -> int:
        """Return how many are enrolled here whom a voice can be compared with."""

    def rank(self, probe: Heard) -> Iterator[tuple[str, Score]]:
        """Yield everybody's score by ID, the best first; the first ones cost little.

        The threshold allows for how many they are, where the scorer is calibrated.
        """

    def agreement(self, takes: Sequence[Heard]) -> Agreement:
        """Return whether takes are of one voice; a good take of a real person may be hoarse."""

    def alike(self, new: Voice, besides: str) -> list[tuple[str, Score]]:
        """Return how alike a new voice is to everybody, by ID, the most alike first.

        The threshold allows for how many they are, where the scorer is calibrated.

        Args:
            new: who is being enrolled.
            besides: their ID: they are not compared with themselves.
        """

    def learnable(self, claimed: str, voice: Voice, probe: Heard, policy: AdaptationPolicy) -> bool:
        """Return whether a recording is beyond doubt of the person, by the enrolled takes alone."""


class CosineScorer:
    """The mean cosine of one encoder against a threshold that somebody has set.

    For voice models that were never calibrated: what the score means here is not known.

    Args:
        model_id: the encoder.
        threshold: in (0, 1).
        people: everybody enrolled here.
        duplicate_threshold: from which on a new voice is like another; the threshold by default.
        others: how the model hears other people, shape ``(people, dim)``; makes better decoys.
        policy: how far learned takes may lift a score.
    """

    def __init__(
        self,
        model_id: str,
        threshold: float,
        people: Mapping[str, Voice],
        duplicate_threshold: float | None = None,
        others: npt.NDArray[np.float32] | None = None,
        policy: AdaptationPolicy | None = None,
    ) -> None:
        self._model_id = model_id
        self._threshold = threshold
        self._people = people
        self._duplicate = threshold if duplicate_threshold is None else duplicate_threshold
        self._others = others
        self._policy = policy

    @property
    def scorer_id(self) -> str:
        """Return ``cosine:`` and the encoder."""
        return f"cosine:{self._model_id}"

    @property
    def models(self) -> tuple[str, ...]:
        """Return the encoder."""
        return (self._model_id,)

    @property
    def threshold(self) -> float:
        """Return the threshold that was set."""
        return self._threshold

    def known(self, user_id: str, model_id: str) -> npt.NDArray[np.float32]:
        """Return the takes of somebody enrolled; see :class:`Scorer`."""
        del model_id
        return np.stack([take.vector for take in self._known(self._people[user_id]).takes])

    def compare(
        self, claimed: str, voice: Voice, probe: Heard, learned: Learned | None = None
    ) -> Score:
        """Return the mean cosine of a claim; see :class:`Scorer`."""
        del claimed
        voiceprint, embedding = self._known(voice), self._heard(probe)
        adapted = (learned or {}).get(self._model_id, ())
        if adapted and self._policy is not None:
            threshold, policy = self._threshold, self._policy
            return self._score(adapted_score(voiceprint, adapted, embedding, threshold, policy))
        return self._score(mean_cosine(voiceprint, embedding))

    def decoy(self, seed: bytes, probe: Heard) -> Score:
        """Return a score as impostors have it; see :mod:`kiosk.core.voice.decoys`."""
        embedding = self._heard(probe)
        return self._score(decoy_score(seed, embedding, self._threshold, self._others))

    @property
    def people(self) -> int:
        """Return how many are enrolled here with this encoder."""
        return sum(voice.by(self._model_id) is not None for voice in self._people.values())

    def rank(self, probe: Heard) -> Iterator[tuple[str, Score]]:
        """Yield everybody's mean cosine; the threshold is that of a claim."""
        embedding = self._heard(probe)
        found = [
            (user_id, self._score(mean_cosine(voiceprint, embedding)))
            for user_id, voice in self._people.items()
            if (voiceprint := voice.by(self._model_id)) is not None
        ]
        yield from sorted(found, key=lambda each: -each[1].value)

    def agreement(self, takes: Sequence[Heard]) -> Agreement:
        """Return the cosines between takes; each pair must reach the threshold of a claim."""
        heard = tuple(self._heard(take) for take in takes)
        return Agreement(consistency(heard), self._threshold)

    def alike(self, new: Voice, besides: str) -> list[tuple[str, Score]]:
        """Return the mean cosine of a new voice with everybody."""
        mine = new.by(self._model_id)
        known = {
            user_id: other
            for user_id, voice in self._people.items()
            if user_id != besides and (other := voice.by(self._model_id)) is not None
        }
        if mine is None or not known:
            return []
        values = mean_scores(list(known.values()), mine)
        found = [
            (user_id, Score(float(value), self._duplicate, self.scorer_id))
            for user_id, value in zip(known, values, strict=True)
        ]
        return sorted(found, key=lambda each: -each[1].value)

    def learnable(self, claimed: str, voice: Voice, probe: Heard, policy: AdaptationPolicy) -> bool:
        """Return whether the enrolled takes are reached by the margin of the policy."""
        del claimed
        return learns(self._known(voice), self._heard(probe), self._threshold, policy)

    def _score(self, value: float) -> Score:
        return Score(value, self._threshold, self.scorer_id, {self._model_id: value})

    def _known(self, voice: Voice) -> Voiceprint:
        found = voice.by(self._model_id)
        if found is None:
            raise ReenrollmentNeeded(
                f"The voiceprint was made with another model than {self._model_id}."
            )
        return found

    def _heard(self, probe: Heard) -> Embedding:
        found = probe.by(self._model_id)
        if found is None:
            raise ReenrollmentNeeded(f"{self._model_id} did not hear the recording.")
        return found
