"""The score that an ID gets which nobody has: one that a stranger's voice could have had."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kiosk.core.embedding import Embedding

STRANGERS_MEAN = 0.05
STRANGERS_SPREAD = 0.09
"""Mean and standard deviation of the cosine score of two strangers."""
_LIMIT = 3.5


def decoy_score(seed: bytes, probe: Embedding) -> float:
    """Return the score of a probe against a voice that does not exist.

    The same voice under the same ID gets about the same score each time, as it would from a real
    voiceprint: the seed stands for a direction, and the cosine to it is stretched from what random
    directions have to what strangers have.

    Args:
        seed: at least 16 bytes that nobody can compute who does not have the kiosk's secret.
        probe: the embedding of what was said.

    Returns:
        A cosine score as strangers have it, within 3.5 standard deviations of their mean.
    """
    random = np.random.default_rng(int.from_bytes(seed[:16], "big"))
    direction = random.standard_normal(probe.dim)
    # The cosine of a random direction has the standard deviation 1 / sqrt(dim).
    cosine = float(np.dot(direction, probe.vector)) / float(np.linalg.norm(direction))
    deviations = float(np.clip(cosine * np.sqrt(probe.dim), -_LIMIT, _LIMIT))
    return STRANGERS_MEAN + STRANGERS_SPREAD * deviations
