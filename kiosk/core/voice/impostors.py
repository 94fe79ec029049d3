"""Where impostors lie at a site, estimated from the people enrolled and from other sites."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

if TYPE_CHECKING:
    from kiosk.core.voice.calibration import Calibration
    from kiosk.core.voice.normalization import Scores

_LEAST_SPREAD = 1.0
_LEAST_ROOM = 2.0
"""From impostors to the takes of one person, on the fused scale."""
_ROOM = 4.0
"""What that room is in deviations, about: the two are averaged."""
_EACH = 4
"""So many comparisons of two people make one of a tail known."""


@dataclass(frozen=True, eq=False)
class Impostors:
    """Where impostors lie on the fused scale of a site.

    Attributes:
        calibration: what was measured at other sites.
        people: enrolled here.
        compared: fused scores of their takes against everybody else's voice, ascending.
        mean: of impostors.
        scale: in which their tail is told: between their spread and the room up to the takes of
            one person, for each of them alone misleads somewhere.
    """

    calibration: Calibration
    people: int
    compared: Scores
    mean: float
    scale: float

    @classmethod
    def estimate(
        cls, calibration: Calibration, people: int, compared: Scores, agreement: float
    ) -> Impostors:
        """Estimate, leaning on other sites while people are few.

        Args:
            calibration: what was measured there.
            people: enrolled here.
            compared: see the class; may be empty.
            agreement: how alike the takes of one person are.
        """
        known = calibration
        mean = known.mean[0] + known.mean[1] * agreement
        spread = max(_LEAST_SPREAD, known.spread[0] + known.spread[1] * agreement)
        others = people - 1
        if others > 0 and len(compared):
            here = others / (others + known.trust.mean)
            mean = here * float(compared.mean()) + (1 - here) * mean
            here = others / (others + known.trust.spread)
            spread = math.sqrt(here * float(compared.var()) + (1 - here) * spread**2)
        room = max(_LEAST_ROOM, agreement - mean) / _ROOM
        return cls(calibration, people, np.sort(compared), mean, math.sqrt(spread * room))

    def reached_by(self, one_in: float) -> float:
        """Return what one impostor in so many reaches."""
        people = max(self.people, 1)
        tail = self.calibration.deviations
        expected = self.mean + self.scale * tail(people, one_in)
        others = self.people - 1
        if others < 1 or not len(self.compared):
            return expected
        # What is rarer than the comparisons here can show goes on as it does elsewhere.
        shown = min(one_in, max(2.0, self.people * others / _EACH))
        seen = float(np.quantile(self.compared, 1 - 1 / shown))
        seen += self.scale * (tail(people, one_in) - tail(people, shown))
        here = others / (others + self.calibration.trust.tail)
        return here * seen + (1 - here) * expected

    @overload
    def deviations(self, fused: float) -> float: ...
    @overload
    def deviations(self, fused: Scores) -> Scores: ...
    def deviations(self, fused: float | Scores) -> float | Scores:
        """Return how far above the impostors' mean a score is, in the scale of the site."""
        return (fused - self.mean) / self.scale
