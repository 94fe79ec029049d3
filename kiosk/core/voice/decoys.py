"""The score that an ID gets which nobody has: one that a stranger's voice could have had."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from kiosk.core.voice.embedding import Embedding

STRANGERS_MEAN = 0.22
STRANGERS_SPREAD = 0.14
"""Mean and standard deviation of a stranger's cosine score, measured with the built-in model: 0.20
and 0.12 against three takes of LibriSpeech, 0.24 and 0.16 against three of Speech Commands."""
_LIMIT = 3.5
_MAIN, _OTHER = 0.87, 0.49
"""Weights of the two voices that make a decoy; their squares add up to one, which keeps the spread.
"""


def decoy_score(
    seed: bytes,
    probe: Embedding,
    threshold: float,
    others: npt.NDArray[np.float32] | None = None,
) -> float:
    """Return the score of a probe against a voice that does not exist.

    Where the model comes with other people's voices, the decoy is a mixture of two of them: it
    hears women, men and languages apart as the voiceprint of a real person does, so that the scores
    of several voices under one ID hang together. Without them it is a direction at random.

    The same voice under the same ID gets about the same score each time, as it would from a real
    voiceprint: the seed stands for a direction, and the cosine to it is stretched from what random
    directions have to what strangers have.

    Args:
        seed: at least 16 bytes that nobody can compute who does not have the kiosk's secret.
        probe: the embedding of what was said.
        threshold: in force; a score that reached it would tell that there is nobody.
        others: how the model hears other people, shape ``(people, dim)``, rows of unit norm.

    Returns:
        A cosine score as strangers have it, without others within 3.5 standard deviations of their
        mean, and below the threshold unless that is lower than what strangers have on average.
    """
    random = np.random.default_rng(int.from_bytes(seed[:16], "big"))
    if others is not None and len(others) > 1 and others.shape[1] == probe.dim:
        scores = others.astype(np.float64) @ probe.vector
        mean = float(scores.mean())
        main, other = random.choice(len(others), size=2, replace=False)
        above = float(_MAIN * (scores[main] - mean) + _OTHER * (scores[other] - mean))
        above = -above if mean + above >= threshold else above
        return max(-1.0, min(1.0, mean + above))
    direction = random.standard_normal(probe.dim)
    # The cosine of a random direction has the standard deviation 1 / sqrt(dim).
    cosine = float(np.dot(direction, probe.vector)) / float(np.linalg.norm(direction))
    deviations = float(np.clip(cosine * np.sqrt(probe.dim), -_LIMIT, _LIMIT))
    if STRANGERS_MEAN + STRANGERS_SPREAD * deviations >= threshold:
        deviations = -deviations
    return STRANGERS_MEAN + STRANGERS_SPREAD * deviations
