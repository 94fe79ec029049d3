"""What was measured about encoders together: how to fuse them, and what impostors score.

Fitted by ``packaging/model calibrate`` on people whom no encoder has learned from, arranged as
sites of 1 to 40 people; shipped beside the voice models.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass


@dataclass(frozen=True)
class Tail:
    """How far above their mean impostors score at a site with so many people.

    Attributes:
        people: enrolled.
        one_in: ascending; one impostor in so many reaches the score beside it.
        deviations: standard deviations above the estimated mean, ascending.
    """

    people: int
    one_in: tuple[float, ...]
    deviations: tuple[float, ...]

    def at(self, one_in: float) -> float:
        """Return the deviations that one impostor in so many reaches.

        Straight in the logarithm of ``one_in``, and on beyond its ends.
        """
        last = len(self.one_in) - 1
        place = min(max(bisect_left(self.one_in, one_in), 1), last)
        low, high = math.log(self.one_in[place - 1]), math.log(self.one_in[place])
        share = (math.log(one_in) - low) / (high - low)
        return self.deviations[place - 1] + share * (
            self.deviations[place] - self.deviations[place - 1]
        )

    def reached(self, deviations: float) -> float:
        """Return the ``one_in`` of a score: the inverse of :meth:`at`."""
        last = len(self.deviations) - 1
        place = min(max(bisect_left(self.deviations, deviations), 1), last)
        low, high = self.deviations[place - 1], self.deviations[place]
        share = (deviations - low) / (high - low)
        start, stop = math.log(self.one_in[place - 1]), math.log(self.one_in[place])
        return math.exp(min(start + share * (stop - start), 50.0))


@dataclass(frozen=True)
class Trust:
    """For how many people what was measured elsewhere counts beside those who are enrolled here.

    Attributes:
        mean: for where impostors lie.
        spread: for how far they lie apart.
        tail: for what the rarest of them reach.
    """

    mean: float
    spread: float
    tail: float


@dataclass(frozen=True)
class Calibration:
    """What was measured about one encoder, or two that decide together.

    Where impostors lie, and how far apart, goes with how alike the takes of one person are: a
    telephone brings all voices nearer to each other, and one microphone with the same words for all
    lifts every score.

    Attributes:
        models: the encoders, the kiosk's first one first.
        weights: of their normalized scores.
        top: how many of the nearest others normalize a score.
        mean: impostors' mean: a constant, and the weight of how alike takes of one person are.
        spread: their standard deviation, likewise.
        typical: how alike the takes of one person are, where nobody is enrolled.
        trust: in these beside what is measured here.
        tails: by number of people, ascending.
        llr: slope and offset from deviations above the impostors' mean to a natural
            log-likelihood ratio.
        agreement: what two takes of one person must reach, in deviations above the impostors' mean.
    """

    models: tuple[str, ...]
    weights: tuple[float, ...]
    top: int
    mean: tuple[float, float]
    spread: tuple[float, float]
    typical: float
    trust: Trust
    tails: tuple[Tail, ...]
    llr: tuple[float, float]
    agreement: float

    def deviations(self, people: int, one_in: float) -> float:
        """Return the deviations that one impostor in so many reaches at a site of this size."""
        # Between two sizes in the reciprocal: what is not known of a site shrinks like it.
        sizes = [tail.people for tail in self.tails]
        place = bisect_left(sizes, people)
        if place in (0, len(sizes)) or sizes[place] == people:
            return self.tails[min(place, len(sizes) - 1)].at(one_in)
        below, above = self.tails[place - 1], self.tails[place]
        share = (1 / below.people - 1 / people) / (1 / below.people - 1 / above.people)
        return (1 - share) * below.at(one_in) + share * above.at(one_in)
