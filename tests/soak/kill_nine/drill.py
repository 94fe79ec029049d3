"""The restore drill: any backup on any machine, killed amid that, and then done once more."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

from tests.soak.kill_nine.account import LOST, OTHER
from tests.soak.kill_nine.forked import ask
from tests.soak.kill_nine.killing import Killer
from tests.soak.kill_nine.looks import look
from tests.soak.kill_nine.world import World, enroll

if TYPE_CHECKING:
    from tests.soak.kill_nine.account import Account, Progress
    from tests.soak.kill_nine.forked import Teller

_CROWD = 8
_PASSPHRASE = "correct horse battery staple"
_MACHINES = ("same", "deleted", "damaged", "new", "started once")
_KINDS = ("plain", "passphrase", "exported keys")


def soak(world: World, seed: int, account: Account, progress: Progress) -> None:
    """Restore on machine after machine until there were enough; nobody may be lost."""
    dice = random.Random(seed)
    killer = Killer(random.Random(seed), took=0.5)
    expected = {f"p{number}": number for number in range(_CROWD)}

    def prepare(teller: Teller) -> None:
        with world.opened() as kiosk:
            for who, version in expected.items():
                enroll(kiosk, who, version)
            kiosk.backups.create(world.root / "plain.kbk")
            kiosk.backups.create(world.root / "passphrase.kbk", _PASSPHRASE)
            (world.root / "keys").write_bytes(kiosk.keys.export(_PASSPHRASE))

    _, failure = ask(prepare)
    while failure is None and not account.over:
        machine, kind = dice.choice(_MACHINES), dice.choice(_KINDS)
        if machine in ("new", "started once") and kind == "plain":
            continue  # it does not serve there
        one = World(world.root / f"round-{account.counted}")
        failure = _become(machine, world, one)
        if failure is not None:
            break

        def child(teller: Teller, one: World = one, on: str = machine, kind: str = kind) -> None:
            teller.begins("restore", f"{kind} on {on}")
            _restore(world, one, on, kind)
            teller.done()

        steps = killer.round(account, child, most=1)
        account.done += sum(step.done for step in steps)
        account.interrupted += 1 - sum(step.done for step in steps)
        # Whatever the kill has left, the same command brings everybody back.
        if not any(step.done for step in steps):
            _, failed = ask(child)
            if failed is not None:
                account.fault(LOST, f"{kind} on {machine}, once more: {failed}")
                return
        found = look(one, account)
        if found is None or found.versions != expected:
            account.fault(LOST, f"{kind} on {machine}: {found and sorted(found.versions)}")
            return
        shutil.rmtree(one.root)
        progress.tell(account)
    if failure is not None:
        account.fault(OTHER, failure)


def _become(machine: str, world: World, one: World) -> str | None:
    """Make a home that machine; return what went wrong."""

    def work(_: Teller) -> None:
        if machine == "new":
            return
        if machine != "started once":
            shutil.copytree(world.data, one.data)
            shutil.copytree(world.root / "config", one.root / "config")
        with one.opened() as kiosk:  # where it is now, it is known
            if machine == "same":
                kiosk.people.remove("p0")
        if machine in ("deleted", "damaged"):
            for file in one.data.glob("kiosk.db*"):
                file.unlink()
        if machine == "damaged":
            one.database.write_bytes(bytes(8192))

    return ask(work)[1]


def _restore(world: World, one: World, machine: str, kind: str) -> None:
    name = "passphrase" if kind == "passphrase" else "plain"
    exported = (world.root / "keys").read_bytes() if kind == "exported keys" else None
    with one.built() as kiosk:
        kiosk.backups.restore(
            world.root / f"{name}.kbk",
            None if kind == "plain" else _PASSPHRASE,
            exported,
            other_kiosk=machine == "started once",
        )
