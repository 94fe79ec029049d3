"""How many strangers a threshold would let in, and what can be claimed about it.

Who would claim to be somebody here is not known beforehand, whom they could claim to be is: exactly
the people who are enrolled. So the enrolled people are taken as they are, and the strangers are the
sample. The share of the people as whom a stranger is accepted is a number in [0, 1] for each of
them; its mean over strangers is the false-accept rate (false match rate of ISO/IEC 19795-1, every
claim being as likely). Among independent variables in [0, 1] of one mean the sum of ones and zeros
spreads widest (Hoeffding 1963), so the bound for a binomial count, rounded up, holds for that sum:
Clopper and Pearson 1934; with no accept among n it is the rule of three, about 3 / n.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

CONFIDENCE = 0.95
STEPS = 1_000
"""Thresholds are told apart by a thousandth of a cosine score."""
_TINY = 1e-9


@dataclass(frozen=True)
class FalseAcceptRate:
    """What a threshold means.

    Attributes:
        rate: share of claims of strangers that were accepted, in [0, 1].
        bound: the rate is at most this, with 95 % confidence.
    """

    rate: float
    bound: float


@dataclass(frozen=True, eq=False)
class StrangerTest:
    """Strangers' scores against everybody enrolled.

    Attributes:
        accepts: shape ``(STEPS + 1,)``: how many strangers, each counted as the share of the people
            as whom they are accepted, reach the score of so many thousandths.
        of_model: strangers who came with the voice model.
        people: people enrolled, each of whom is a stranger to all others.
        lift: what adaptation adds to a score at most; 0 while it is off.
    """

    accepts: npt.NDArray[np.float64]
    of_model: int
    people: int
    lift: float = 0.0

    @property
    def strangers(self) -> int:
        """Return the size of the sample; 0 when there is nothing to compare."""
        if not self.people:
            return 0
        return self.of_model + (self.people if self.people > 1 else 0)

    def at(self, threshold: float) -> FalseAcceptRate | None:
        """Return what a threshold means; None without strangers.

        Args:
            threshold: cosine in [0, 1].
        """
        count = self.strangers
        if not count:
            return None
        place = math.floor((threshold - self.lift) * STEPS + _TINY)
        accepted = float(self.accepts[min(max(place, 0), STEPS)])
        return FalseAcceptRate(min(1.0, accepted / count), upper_bound(accepted, count))

    def threshold_for(self, bound: float) -> float | None:
        """Return the lowest threshold of which a bound can be claimed; None when none can.

        Args:
            bound: the greatest rate, in (0, 1).
        """
        for step in range(1, STEPS):
            found = self.at(step / STEPS)
            if found is not None and found.bound <= bound:
                return step / STEPS
        return None


def upper_bound(accepted: float, trials: int) -> float:
    """Return the one-sided 95 % bound of a rate.

    Args:
        accepted: how many of the trials, or a sum of shares of them; rounded up.
        trials: independent ones, at least one.

    Returns:
        The rate in (0, 1] at which so few accepts have the probability 5 %.

    Raises:
        ValueError: there are no trials, or fewer than accepts.
    """
    if trials < 1 or not 0.0 <= accepted <= trials + _TINY:
        raise ValueError("a rate needs trials, and no more accepts than these")
    most = math.ceil(accepted - _TINY)
    if most >= trials:
        return 1.0
    counts = np.arange(most + 1)
    log_factorials = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, trials + 1)))))
    ways = log_factorials[trials] - log_factorials[counts] - log_factorials[trials - counts]
    low, high = most / trials, 1.0
    # Sixty halvings are as exact as a float is.
    for _ in range(60):
        middle = (low + high) / 2
        logs = ways + counts * math.log(middle) + (trials - counts) * math.log1p(-middle)
        top = float(logs.max())
        tail = math.exp(top) * float(np.exp(logs - top).sum())
        low, high = (middle, high) if tail > 1.0 - CONFIDENCE else (low, middle)
    return high


def strangers_needed(bound: float) -> int:
    """Return how many strangers, none of whom is accepted, a claim needs at least.

    Args:
        bound: the rate to claim, in (0, 1).
    """
    return math.ceil(math.log(1.0 - CONFIDENCE) / math.log1p(-bound))
