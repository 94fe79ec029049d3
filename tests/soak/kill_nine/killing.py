"""When to kill: after some things were done, or amid the start, or anywhere within a thing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.soak.kill_nine.forked import Child

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.soak.kill_nine.account import Account
    from tests.soak.kill_nine.forked import Step, Teller

_MOST_DONE = 4
_START_S = 120.0
_MARGIN = 1.3
_LONGER = 1.1
"""Where a thing was never done within the time: it takes longer than was thought."""


class Killer:
    """Kills children at random moments.

    A moment is drawn as a number of things that are done before it, and a time after the last of
    these, up to somewhat more than a thing takes: so every part of it is hit, however long it is.

    Args:
        dice: tells the moments.
        took: a first guess of how long a thing takes, in seconds; it is learned.
    """

    def __init__(self, dice: Random, took: float = 0.1) -> None:
        self._dice = dice
        self._took = took

    def round(
        self, account: Account, work: Callable[[Teller], None], most: int = _MOST_DONE
    ) -> list[Step]:
        """Let a child work, kill it, and return what it has begun and done.

        Args:
            account: where kills and failures are counted.
            work: what the child does, without end.
            most: things that are done before the kill, at most.
        """
        before = self._dice.randrange(most + 1)
        child = Child(work)
        began = time.monotonic()
        child.wait_for(before, _START_S)
        child.let_run(self._dice.uniform(0.0, self._took * _MARGIN))
        account.kills += child.kill()
        spent = time.monotonic() - began
        if child.failure is not None:
            account.fault("other", child.failure)
        steps = child.steps
        done = sum(step.done for step in steps)
        if done:
            self._took = 0.8 * self._took + 0.2 * spent / done
        elif not before:
            self._took *= _LONGER
        return steps
