"""What a power cut leaves: the files as they were at a moment, the end of the log torn off.

A process that enrolls and erases is stopped at random moments, and its files are copied. As they
are, they are what the disk holds when all of it was written: nothing acknowledged may be missing.
With the log cut anywhere behind what SQLite has moved into the database already, they are what it
holds when the last writes were lost, which had not been acknowledged as durable: a state of before,
in which everybody is whole and the chain ends as it was left. Anchors are left out there: they are
written when the disk has confirmed a record, and name a disk that loses it all the same.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import struct
from typing import TYPE_CHECKING

from tests.soak.kill_nine import people
from tests.soak.kill_nine.account import OTHER
from tests.soak.kill_nine.forked import Child, ask
from tests.soak.kill_nine.looks import look
from tests.soak.kill_nine.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from tests.soak.kill_nine.account import Account, Progress
    from tests.soak.kill_nine.forked import Teller

_WAL_HEADER, _FRAME_HEADER, _PAGE = 32, 24, 4096
# Of the shared index of the log (https://sqlite.org/walformat.html, 2.2): how many frames may have
# been moved into the database already. What was moved was on the disk before.
_MOVED_AT = 128


def soak(world: World, seed: int, account: Account, progress: Progress) -> None:
    """Cut the power until there were enough cuts."""
    dice, first, ledger = random.Random(seed), 1, people.Ledger()
    # The chain is begun, and in the file itself: no cut is before that.
    _, failure = ask(lambda _: _start(world))
    if failure is not None:
        account.fault(OTHER, failure)
        return
    for number in itertools.count():
        if account.over:
            return

        def child(teller: Teller, number: int = number, first: int = first) -> None:
            people.work(world, f"cut-{seed}/{number}", ledger.present, first, teller)

        running = Child(child)
        running.wait_for(1, 120.0)
        whole, torn = World(world.root / "whole"), World(world.root / "torn")
        running.let_run(dice.uniform(0.0, 0.2))
        os.kill(running.pid, signal.SIGSTOP)
        os.waitpid(running.pid, os.WUNTRACED)  # it has stopped by then
        for cut in (whole, torn):
            shutil.rmtree(cut.root, ignore_errors=True)
            shutil.copytree(world.data, cut.data)
            shutil.copytree(world.root / "config", cut.root / "config")
        account.kills += running.kill()
        for anchors in torn.root.rglob("*.anchors"):
            anchors.unlink()
        _tear(torn.database, dice)
        _compare(ledger, running, whole, torn, account)
        first += len(running.steps)
        account.done += 1
        progress.tell(account)


def _start(world: World) -> None:
    with world.opened():
        pass


def _compare(
    ledger: people.Ledger, running: Child, whole: World, torn: World, account: Account
) -> None:
    found = look(whole, account)
    # The chain, the people and the references of any earlier state are whole, too.
    look(torn, account)
    if running.failure is not None:
        account.fault(OTHER, running.failure)
    if found is None:
        return
    for step in running.steps:
        if step.done or ledger.happened(step, found):
            ledger.apply(step)
    ledger.compare(account, found)


def _tear(database: Path, dice: random.Random) -> None:
    wal = database.with_name(f"{database.name}-wal")
    index = database.with_name(f"{database.name}-shm")
    if wal.exists() and index.exists() and wal.stat().st_size > _WAL_HEADER:
        (moved,) = struct.unpack_from("=I", index.read_bytes(), _MOVED_AT)
        least = _WAL_HEADER + moved * (_FRAME_HEADER + _PAGE)
        size = wal.stat().st_size
        if size > least:
            os.truncate(wal, dice.randrange(least, size))
    # It does not survive a power cut in any useful way: SQLite makes it anew.
    index.unlink(missing_ok=True)
