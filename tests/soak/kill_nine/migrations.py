"""The migration of an old database: backed up, altered, its voiceprints sealed."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

from tests.soak.kill_nine import old
from tests.soak.kill_nine.account import DAMAGE, LOST, OTHER
from tests.soak.kill_nine.forked import ask
from tests.soak.kill_nine.killing import Killer
from tests.soak.kill_nine.looks import look
from tests.soak.kill_nine.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from tests.soak.kill_nine.account import Account, Progress
    from tests.soak.kill_nine.forked import Teller

_CROWD = 12
_WINDOW = 64
"""Bytes of a stored embedding that must be found nowhere afterwards."""


def soak(world: World, seed: int, account: Account, progress: Progress) -> None:
    """Kill migrations until there were enough."""
    killer = Killer(random.Random(seed), took=0.8)
    expected = {f"p{number}": number for number in range(_CROWD)}
    model_id, dim = _model(world)
    template = world.root / "template"
    stored = old.write(template / "kiosk.db", expected, model_id, dim)
    while not account.over:
        one = World(world.root / f"round-{account.kills}-{account.done}")
        shutil.copytree(template, one.data)

        def child(teller: Teller, one: World = one) -> None:
            teller.begins("migrate", "")
            with one.opened():
                teller.done()

        steps = killer.round(account, child, most=0)
        found = look(one, account, receipts=False)
        account.done += sum(step.done for step in steps)
        account.interrupted += sum(not step.done for step in steps)
        if not steps:  # killed before it had begun
            account.interrupted += 1
        if found is not None:
            for who in expected.keys() - found.versions.keys():
                account.fault(LOST, f"{who} is gone")
            if not found.backups:
                account.fault(LOST, "there is no backup of what was migrated")
            _check_backups(one, found.backups, account)
            _look_for_floats(one.data, stored, account)
        if account.faults:
            return
        shutil.rmtree(one.root)
        progress.tell(account)


def _model(world: World) -> tuple[str, int]:
    def work(teller: Teller) -> None:
        with World(world.root / "model").opened() as kiosk:
            card = kiosk.models.card()
            teller.answers([card.model_id, card.dim])

    answer, failure = ask(work)
    assert failure is None, failure
    return answer[0], answer[1]


def _check_backups(world: World, names: list[str], account: Account) -> None:
    def work(teller: Teller) -> None:
        with world.opened() as kiosk:
            for name in names:
                checked = kiosk.backups.check(world.data / "backups" / name)
                if checked.contents.voiceprints != _CROWD:
                    teller.fails(f"{name} holds {checked.contents.voiceprints} voiceprints")

    _, failure = ask(work)
    if failure is not None:
        account.fault(DAMAGE, failure)


def _look_for_floats(folder: Path, stored: list[bytes], account: Account) -> None:
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        if any(blob[:_WINDOW] in content or blob[-_WINDOW:] in content for blob in stored):
            account.fault(OTHER, f"a voiceprint lies in the clear in {path.name}")
