"""``kill -9`` at random moments, and what is left each time.

``python -m tests.soak.kill_nine --each 1000`` lets real kiosks enroll, erase, change keys, migrate,
back up and restore, kills them amid that, and looks each time whether everything acknowledged is
there, everybody is complete or absent, and the audit chain is whole. It ends with 1 when anything
was found wrong. ``--seed`` repeats what is done and which moments are drawn; where exactly a kill
hits is up to the system.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

# Before numpy is imported: forked children must find no threads of a library half-way.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from tests.soak.kill_nine import copies, keys, migrations, people, power_cut
from tests.soak.kill_nine.account import Account, Progress, table
from tests.soak.kill_nine.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SOAKS: dict[str, tuple[tuple[str, ...], Callable[..., None]]] = {
    "people": (("enrollments", "erasures"), people.soak),
    "keys": (("changes of the key",), keys.soak),
    "migrations": (("migrations",), migrations.soak),
    "backups": (("backups",), copies.soak_backups),
    "restores": (("restores",), copies.soak_restores),
    "power": (("power cuts",), power_cut.soak),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line wants; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=1000, help="how often each kind is done")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted(_SOAKS), action="append")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    chosen = options.only or list(_SOAKS)
    accounts = {
        name: [Account(title, options.each) for title in _SOAKS[name][0]] for name in chosen
    }
    everything = [account for each in accounts.values() for account in each]
    progress = Progress(everything)
    with tempfile.TemporaryDirectory(prefix="kiosk-kill-nine-") as scratch:
        for name in chosen:
            began = time.monotonic()
            _SOAKS[name][1](World(Path(scratch) / name), options.seed, *accounts[name], progress)
            for account in accounts[name]:
                account.seconds = (time.monotonic() - began) / len(accounts[name])
    if options.json:
        print(json.dumps([asdict(each) for each in everything], indent=2))
    else:
        print(table(everything))
    return 1 if any(each.faults or not each.over for each in everything) else 0


if __name__ == "__main__":
    sys.exit(main())
