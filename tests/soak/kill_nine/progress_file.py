"""What was done so far, in a file, so that a soak that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.soak.kill_nine.account import Account

_PROGRAM = Path(__file__).resolve().parents[3] / "kiosk"


class ProgressFile:
    """Accounts by kind of work, saved after each part of it.

    They are those of one program and one seed: whatever else is found in the file is not gone on
    with, for a fault that was mended, or made, since must not be missed.

    Args:
        file: where; None keeps nothing.
        seed: of the moments that are drawn.
    """

    def __init__(self, file: Path | None, seed: int) -> None:
        self._file = file
        self._of = {"program": fingerprint(), "seed": seed}
        self._parts: dict[str, int] = {}
        self._accounts: dict[str, dict[str, Any]] = {}
        self._read()

    def parts(self, name: str) -> int:
        """Return how many parts of a kind of work are over."""
        return self._parts.get(name, 0)

    def load(self, account: Account) -> None:
        """Put into an account what was done before."""
        for name, value in self._accounts.get(account.title, {}).items():
            setattr(account, name, value)

    def save(self, name: str, accounts: list[Account]) -> None:
        """Note that another part of a kind of work is over; nothing is half-written."""
        self._parts[name] = self.parts(name) + 1
        for account in accounts:
            fields = asdict(account)
            # These are of the command line.
            self._accounts[account.title] = {
                key: fields[key] for key in fields if key not in ("title", "wanted", "goal")
            }
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        part = self._file.with_name(f"{self._file.name}.part")
        part.write_text(
            json.dumps({**self._of, "parts": self._parts, "accounts": self._accounts}, indent=1)
        )
        part.replace(self._file)

    def _read(self) -> None:
        if self._file is None or not self._file.exists():
            return
        found = json.loads(self._file.read_text())
        if {name: found.get(name) for name in self._of} == self._of:
            self._parts, self._accounts = found["parts"], found["accounts"]


def fingerprint() -> str:
    """Return what changes with any line of the program."""
    digest = hashlib.sha256()
    for source in sorted(_PROGRAM.rglob("*.py")):
        digest.update(source.relative_to(_PROGRAM).as_posix().encode() + b"\0")
        digest.update(source.read_bytes())
    return digest.hexdigest()
