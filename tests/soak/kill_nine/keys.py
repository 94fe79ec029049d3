"""Changing the key of all voiceprints."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

from tests.soak.kill_nine.account import LOST, OTHER
from tests.soak.kill_nine.forked import ask
from tests.soak.kill_nine.killing import Killer
from tests.soak.kill_nine.looks import look
from tests.soak.kill_nine.world import enroll

if TYPE_CHECKING:
    from tests.soak.kill_nine.account import Account, Progress
    from tests.soak.kill_nine.forked import Teller
    from tests.soak.kill_nine.world import World

_CROWD = 40
"""People: 120 takes, so that a change needs more than one transaction."""


def soak(world: World, seed: int, account: Account, progress: Progress) -> None:
    """Kill changes of the key until there were enough."""
    killer = Killer(random.Random(seed))
    expected = {f"p{number}": number for number in range(_CROWD)}

    def prepare(_: Teller) -> None:
        with world.opened() as kiosk:
            for who, version in expected.items():
                enroll(kiosk, who, version)

    _, failure = ask(prepare)
    if failure is not None:
        account.fault(OTHER, failure)
        return

    def child(teller: Teller) -> None:
        with world.opened() as kiosk:
            for number in itertools.count():
                teller.begins("rekey", str(number))
                kiosk.keys.rekey()
                teller.done()

    while not account.over:
        steps = killer.round(account, child)
        found = look(world, account)
        if found is None:
            return
        account.done += sum(step.done for step in steps)
        account.interrupted += sum(not step.done for step in steps)
        # What was begun is finished at the next start, or was never recorded.
        if found.keys != 1:
            account.fault(OTHER, f"{found.keys} keys are kept after the next start")
        for who in expected.keys() - found.versions.keys():
            account.fault(LOST, f"{who} is gone")
        progress.tell(account)
