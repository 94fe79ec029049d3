"""``kill -9`` at random moments, and what is left each time.

``python -m tests.soak.kill_nine --each 1000`` lets real kiosks enroll, erase, change keys, migrate,
back up and restore, here and on other machines, kills them amid that, and looks each time whether
everything acknowledged is there, everybody is complete or absent, and the audit chain is whole. It
ends with 1 when anything was found wrong. ``--seed`` repeats what is done and which moments are
drawn; where exactly a kill hits is up to the system. With ``--state FILE`` a soak that was stopped
goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

# Before numpy is imported: forked children must find no threads of a library half-way.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from tests.soak.kill_nine import copies, drill, keys, migrations, people, power_cut
from tests.soak.kill_nine.account import Account, Progress, table
from tests.soak.kill_nine.progress_file import ProgressFile
from tests.soak.kill_nine.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PART = 100
"""How often each is done before it is noted, and begun anew with a fresh kiosk."""
_SEEDS = 100_000
_INTERRUPTED = 130

_SOAKS: dict[str, tuple[tuple[str, ...], Callable[..., None]]] = {
    "people": (("enrollments", "erasures"), people.soak),
    "keys": (("changes of the key",), keys.soak),
    "migrations": (("migrations",), migrations.soak),
    "backups": (("backups",), copies.soak_backups),
    "restores": (("restores",), copies.soak_restores),
    "drill": (("restore drills",), drill.soak),
    "power": (("power cuts",), power_cut.soak),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line wants; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=1000, help="how often each kind is done")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted(_SOAKS), action="append")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--state", type=Path, help="a file, to go on where this was stopped")
    options = parser.parse_args(arguments)
    chosen = options.only or list(_SOAKS)
    state = ProgressFile(options.state, options.seed)
    accounts = {
        name: [Account(title, 0, goal=options.each) for title in _SOAKS[name][0]] for name in chosen
    }
    everything = [account for each in accounts.values() for account in each]
    for account in everything:
        state.load(account)
    progress = Progress(everything)
    try:
        # One who is still at work when this is stopped may write into it: that ends with the pipe.
        with tempfile.TemporaryDirectory(
            prefix="kiosk-kill-nine-", ignore_cleanup_errors=True
        ) as scratch:
            for name in chosen:
                _run(name, accounts[name], Path(scratch), options.seed, state, progress)
    except KeyboardInterrupt:
        again = "" if options.state is None else " The same command goes on from here."
        sys.stderr.write(f"\nStopped.{again}\n")
        return _INTERRUPTED
    if options.json:
        print(json.dumps([asdict(each) for each in everything], indent=2))
    else:
        print(table(everything))
    return 1 if any(each.faults or not each.complete for each in everything) else 0


def _run(
    name: str,
    accounts: list[Account],
    scratch: Path,
    seed: int,
    state: ProgressFile,
    progress: Progress,
) -> None:
    """Do one kind of work in parts, each in a world of its own, until there was enough of it."""
    while not all(each.complete for each in accounts):
        part, began = state.parts(name), time.monotonic()
        for account in accounts:
            account.wanted = min(account.goal, account.counted + _PART)
        world = World(scratch / f"{name}-{part}")
        _SOAKS[name][1](world, seed * _SEEDS + part, *accounts, progress)
        for account in accounts:
            account.seconds += (time.monotonic() - began) / len(accounts)
        state.save(name, accounts)
        shutil.rmtree(world.root, ignore_errors=True)
        if not all(each.over for each in accounts):
            break  # it could not go on; the account says why
    for account in accounts:
        sys.stderr.write(f"{account.summary}\n")


if __name__ == "__main__":
    # Nothing of what the person who runs it has set may lie outside of the worlds.
    for setting in [name for name in os.environ if name.startswith("KIOSK_")]:
        del os.environ[setting]
    os.environ["KIOSK_SITE_CONFIG"] = os.devnull
    sys.exit(main())
