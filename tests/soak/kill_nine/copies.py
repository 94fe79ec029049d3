"""Making backups while people are enrolled, and restoring one or the other."""

from __future__ import annotations

import itertools
import random
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.core.records.audit import AuditAction
from tests.soak.kill_nine.account import DAMAGE, HALF, LOST, OTHER
from tests.soak.kill_nine.forked import Child, ask
from tests.soak.kill_nine.killing import Killer
from tests.soak.kill_nine.looks import look
from tests.soak.kill_nine.world import enroll

if TYPE_CHECKING:
    from tests.soak.kill_nine.account import Account, Progress
    from tests.soak.kill_nine.forked import Teller
    from tests.soak.kill_nine.world import World

_CROWD = 12
_KEPT = 5
_PAUSE_S = 0.05
"""Between two enrollments of one process; people need minutes."""


def soak_backups(world: World, seed: int, account: Account, progress: Progress) -> None:
    """Kill backups until there were enough, while another process enrolls."""
    killer = Killer(random.Random(seed))
    made: list[str] = []

    def child(teller: Teller) -> None:
        with world.opened() as kiosk:
            for number in itertools.count():
                teller.begins("backup", str(number))
                kiosk.backups.create()
                teller.done()

    def busy(_: Teller) -> None:
        pause = threading.Event()
        with world.opened() as kiosk:
            for version in itertools.count():
                enroll(kiosk, f"p{version % _CROWD}", version)
                # SQLite's locks know no queue: who writes without a pause lets nobody else write.
                pause.wait(_PAUSE_S)

    _, failure = ask(lambda _: _start(world))
    if failure is not None:
        account.fault(OTHER, failure)
        return
    while not account.over:
        other = Child(busy)
        steps = killer.round(account, child)
        other.kill()
        if other.failure is not None:
            account.fault(OTHER, other.failure)
        done = sum(step.done for step in steps)
        account.done += done
        account.interrupted += len(steps) - done
        found = look(world, account)
        if found is None:
            return
        # The newest ones are kept: those of before, as far as they were not replaced, and the new.
        if len(set(found.backups) - set(made)) < min(done, _KEPT):
            account.fault(LOST, f"{done} backups were made, there are {found.backups}")
        made = found.backups
        _check_all(world, made, account)
        progress.tell(account)


def soak_restores(world: World, seed: int, account: Account, progress: Progress) -> None:
    """Kill restores of two backups by turns until there were enough."""
    killer = Killer(random.Random(seed))
    crowds = {
        "a": {f"a{number}": number for number in range(_CROWD)},
        "b": {f"b{number}": 100 + number for number in range(_CROWD + 3)},
    }
    backups = {name: world.root / f"{name}.kbk" for name in crowds}

    def prepare(_: Teller) -> None:
        with world.opened() as kiosk:
            for name, crowd in crowds.items():
                kiosk.people.remove_all()
                for who, version in crowd.items():
                    enroll(kiosk, who, version)
                kiosk.backups.create(backups[name])

    _, failure = ask(prepare)
    if failure is not None:
        account.fault(OTHER, failure)
        return
    current = "b"
    while not account.over:

        def child(teller: Teller, current: str = current) -> None:
            with world.opened() as kiosk:
                for name in itertools.cycle(sorted(crowds, reverse=current == "a")):
                    teller.begins("restore", name)
                    kiosk.backups.restore(Path(backups[name]))
                    teller.done()

        steps = killer.round(account, child)
        found = look(world, account)
        if found is None:
            return
        for step in steps:
            if step.done:
                account.done += 1
                current = step.name
                continue
            account.interrupted += 1
            if found.versions == crowds[step.name]:
                account.survived += 1
                current = step.name
        if found.versions != crowds[current]:
            account.fault(HALF, f"not what was restored, {current}: {sorted(found.versions)}")
        if steps and steps[0].done and AuditAction.RESTORED not in found.sequence:
            account.fault(LOST, "the restore is not recorded")
        progress.tell(account)


def _start(world: World) -> None:
    with world.opened():
        pass


def _check_all(world: World, names: list[str], account: Account) -> None:
    def work(_: Teller) -> None:
        with world.opened() as kiosk:
            for name in names:
                checked = kiosk.backups.check(world.data / "backups" / name)
                assert not checked.contents.unreadable, name

    _, failure = ask(work)
    if failure is not None:
        account.fault(DAMAGE, failure)
