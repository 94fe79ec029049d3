"""The score that an ID gets which nobody has: one that a stranger's voice could have had."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kiosk.core.embedding import Embedding

STRANGERS_MEAN = 0.22
STRANGERS_SPREAD = 0.14
"""Mean and standard deviation of a stranger's cosine score, measured with the built-in model: 0.20
and 0.12 against three takes of LibriSpeech, 0.24 and 0.16 against three of Speech Commands."""
_LIMIT = 3.5


def decoy_score(seed: bytes, probe: Embedding, threshold: float) -> float:
    """Return the score of a probe against a voice that does not exist.

    The same voice under the same ID gets about the same score each time, as it would from a real
    voiceprint: the seed stands for a direction, and the cosine to it is stretched from what random
    directions have to what strangers have.

    Args:
        seed: at least 16 bytes that nobody can compute who does not have the kiosk's secret.
        probe: the embedding of what was said.
        threshold: in force; a score that reached it would tell that there is nobody.

    Returns:
        A cosine score as strangers have it, within 3.5 standard deviations of their mean, and below
        the threshold unless that is lower than what strangers have on average.
    """
    random = np.random.default_rng(int.from_bytes(seed[:16], "big"))
    direction = random.standard_normal(probe.dim)
    # The cosine of a random direction has the standard deviation 1 / sqrt(dim).
    cosine = float(np.dot(direction, probe.vector)) / float(np.linalg.norm(direction))
    deviations = float(np.clip(cosine * np.sqrt(probe.dim), -_LIMIT, _LIMIT))
    if STRANGERS_MEAN + STRANGERS_SPREAD * deviations >= threshold:
        deviations = -deviations
    return STRANGERS_MEAN + STRANGERS_SPREAD * deviations
