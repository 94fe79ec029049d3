"""Percentiles of measured times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Spread:
    """How measured times are distributed, in milliseconds."""

    count: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Spread:
        """Summarise times in seconds.

        Raises:
            ValueError: there are none.
        """
        if not seconds:
            raise ValueError("nothing was measured")
        p50, p95, p99 = (float(q) * 1e3 for q in np.percentile(seconds, [50, 95, 99]))
        return cls(
            len(seconds),
            round(p50, 2),
            round(p95, 2),
            round(p99, 2),
            round(max(seconds) * 1e3, 2),
        )
