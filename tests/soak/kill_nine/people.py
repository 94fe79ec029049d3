"""Enrollments, re-enrollments and erasures."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

from kiosk.core.records.audit import AuditAction
from tests.soak.kill_nine.account import LOST, OTHER
from tests.soak.kill_nine.killing import Killer
from tests.soak.kill_nine.looks import look
from tests.soak.kill_nine.world import enroll

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.soak.kill_nine.account import Account, Progress
    from tests.soak.kill_nine.forked import Step, Teller
    from tests.soak.kill_nine.looks import Look
    from tests.soak.kill_nine.world import World

ENROLL, ERASE = "enroll", "erase"
_CROWD = 30
"""People at a time; so that looking at all of them takes no longer at the end."""
_ENROLLED = (AuditAction.ENROLLED, AuditAction.REENROLLED)


class Ledger:
    """Who must be enrolled, and what must be recorded, after what was acknowledged.

    Attributes:
        present: version of everybody.
        enrolled: how often each was enrolled.
        erased: how often each was erased.
    """

    def __init__(self) -> None:
        self.present: dict[str, int] = {}
        self.enrolled: dict[str, int] = {}
        self.erased: dict[str, int] = {}

    def apply(self, step: Step) -> None:
        """Take note of something that happened."""
        if step.kind == ENROLL:
            self.present[step.name] = step.value
            self.enrolled[step.name] = self.enrolled.get(step.name, 0) + 1
        else:
            self.present.pop(step.name, None)
            self.erased[step.name] = self.erased.get(step.name, 0) + 1

    def happened(self, step: Step, found: Look) -> bool:
        """Return whether something of which nobody knows has happened."""
        if step.kind == ENROLL:
            return found.versions.get(step.name) == step.value
        return step.name not in found.versions

    def compare(self, account: Account, found: Look) -> None:
        """Compare what there is with what must be."""
        for who, version in self.present.items():
            if who not in found.versions:
                account.fault(LOST, f"{who}, version {version}, is gone")
            elif found.versions[who] != version and who not in found.broken:
                account.fault(LOST, f"{who} is version {found.versions[who]}, not {version}")
        for who in found.versions.keys() - self.present.keys():
            account.fault(OTHER, f"{who} is there without having been enrolled, or again")
        for who, times in self.enrolled.items():
            counted = sum(found.records.get(f"{action} {who}", 0) for action in _ENROLLED)
            if counted != times:
                account.fault(LOST, f"{who} was enrolled {times} times, recorded are {counted}")
        for who, times in self.erased.items():
            counted = found.records.get(f"{AuditAction.ERASED} {who}", 0)
            if counted != times:
                account.fault(LOST, f"{who} was erased {times} times, recorded are {counted}")


def plan(
    dice: random.Random, present: dict[str, int], first: int
) -> Iterator[tuple[str, str, int]]:
    """Yield what to do next, for ever: enroll somebody new or again, or erase somebody.

    Args:
        dice: decides.
        present: version of everybody now.
        first: the next version; none is used twice.
    """
    here = dict(present)
    for version in itertools.count(first):
        known = sorted(here)
        if known and (len(known) >= _CROWD or dice.random() < 0.45):
            who = dice.choice(known)
            del here[who]
            yield ERASE, who, version
            continue
        who = dice.choice(known) if known and dice.random() < 0.3 else f"p{version}"
        here[who] = version
        yield ENROLL, who, version


def work(world: World, seed: str, present: dict[str, int], first: int, teller: Teller) -> None:
    """Enroll and erase until killed."""
    with world.opened() as kiosk:
        for kind, who, version in plan(random.Random(seed), present, first):
            teller.begins(kind, who, version)
            if kind == ENROLL:
                enroll(kiosk, who, version)
            else:
                kiosk.people.remove(who)
            teller.done()


def soak(
    world: World, seed: int, enrollments: Account, erasures: Account, progress: Progress
) -> None:
    """Kill enrollments and erasures until there were enough of both."""
    killer, ledger, first = Killer(random.Random(seed)), Ledger(), 1
    accounts = {ENROLL: enrollments, ERASE: erasures}
    for number in itertools.count():
        if enrollments.over and erasures.over:
            return

        def child(teller: Teller, number: int = number, first: int = first) -> None:
            work(world, f"{seed}/{number}", ledger.present, first, teller)

        main = erasures if enrollments.over else enrollments
        steps = killer.round(main, child)
        found = look(world, main)
        if found is None:
            return
        for step in steps:
            account = accounts[step.kind]
            if step.done:
                account.done += 1
                ledger.apply(step)
                continue
            account.interrupted += 1
            if ledger.happened(step, found):
                account.survived += 1
                ledger.apply(step)
        ledger.compare(main, found)
        first += len(steps)
        progress.tell(main)
