"""A desktop and a service on one SQLite file: nobody may ever be told that it is locked.

``python -m tests.soak.mixed_load SECONDS`` prints what both did, and ends with 1 when anything
failed; the test-suite runs it for some seconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from kiosk.bench.api.client import Client, RequestFailed, wav
from kiosk.bench.api.server import key_file, served
from kiosk.demo import voices
from tests.support.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
_CLIENTS = 4


@dataclass
class Account:
    """What was done, and what went wrong.

    Attributes:
        service: jobs of the clients by name.
        desktop: jobs of the desktop by name.
        errors: everything that was not answered as it should have been.
        locked: how many of them say that the database is locked.
    """

    service: dict[str, int] = field(default_factory=dict)
    desktop: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def locked(self) -> int:
        return sum("DB-003" in each or "is using the database" in each for each in self.errors)


def run(folder: Path, seconds: float) -> Account:
    """Load one data folder from two processes for so long."""
    account, done, over = Account(), Counter[str](), threading.Event()
    with served(folder) as address:
        with subprocess.Popen(
            [sys.executable, "-m", "tests.soak.desktop_like", str(folder), str(seconds)],
            # The key where the service has made it.
            env=os.environ
            | {"KIOSK_KEYS__PLACE": "file", "KIOSK_KEYS__FILE": str(key_file(folder))},
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        ) as desktop:
            assert desktop.stdout is not None
            try:
                assert desktop.stdout.readline() == "ready\n"
                began = time.monotonic()
                threads = [
                    threading.Thread(target=_client, args=(address, n, over, done, account.errors))
                    for n in range(_CLIENTS)
                ]
                for thread in threads:
                    thread.start()
                answer, _ = desktop.communicate(timeout=seconds + PATIENCE_S)
            finally:
                over.set()
                desktop.kill()
        for thread in threads:
            thread.join(PATIENCE_S)
        account.seconds = round(time.monotonic() - began, 1)
    told: dict[str, Any] = json.loads(answer)
    account.desktop, account.service = told["done"], dict(done)
    account.errors += told["errors"]
    return account


def _client(
    address: str, number: int, over: threading.Event, done: Counter[str], errors: list[str]
) -> None:
    voice = voices.VOICES[number % len(voices.VOICES)]
    first, second = (wav(voices.speak(voice, voices.SENTENCES[n])) for n in (0, 1))
    person = f"client-{number}"
    with closing(Client(address)) as client:
        while not over.is_set():
            jobs: dict[str, Callable[[], object]] = {
                "enroll": lambda: client.enroll(person, first),
                "verify": lambda: client.verify(person, second),
                "list": lambda: _ask("GET", f"{address}/vv/list_enrollments"),
                "erase": lambda: _ask("DELETE", f"{address}/vv/delete_enrollment/{person}"),
            }
            for name in ("enroll", "verify", "verify", "list", "verify", "erase"):
                try:
                    jobs[name]()
                except (RequestFailed, OSError) as error:
                    errors.append(f"client {name}: {error}")
                done[name] += 1


def _ask(method: str, address: str) -> None:
    with urlopen(Request(address, method=method), timeout=PATIENCE_S) as answer:
        answer.read()


def main() -> int:
    """Run for the seconds on the command line."""
    with tempfile.TemporaryDirectory(prefix="kiosk-mixed-") as scratch:
        account = run(Path(scratch) / "data", float(sys.argv[1]))
    print(json.dumps({**asdict(account), "locked": account.locked}, indent=2))
    return 1 if account.errors else 0


if __name__ == "__main__":
    sys.exit(main())
