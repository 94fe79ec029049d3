"""What was done, what was found wrong, and how long it will take."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field

LOST, HALF, CHAIN, DAMAGE, OTHER = "lost", "half-written", "chain breaks", "damaged", "other"
KINDS_OF_FAULT = (LOST, HALF, CHAIN, DAMAGE, OTHER)
_EVERY_S = 5.0


@dataclass
class Account:
    """The account of one kind of work.

    Attributes:
        title: the kind.
        wanted: how many times it is to be done by the end of this part.
        goal: how many times it is to be done in the end.
        done: how many times it was acknowledged.
        kills: how many children were killed at work.
        interrupted: how many times the kill hit it half-way.
        survived: how many of those were found done all the same.
        faults: what was found wrong, by kind.
        seconds: how long it took.
    """

    title: str
    wanted: int
    goal: int = 0
    done: int = 0
    kills: int = 0
    interrupted: int = 0
    survived: int = 0
    faults: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    def fault(self, kind: str, text: str) -> None:
        """Note something wrong."""
        self.faults.append((kind, text))
        sys.stderr.write(f"\n{self.title}: {kind}: {text}\n")

    @property
    def counted(self) -> int:
        """Return how many times it was done; those that a kill hit count too."""
        return self.done + self.interrupted

    @property
    def over(self) -> bool:
        """Return whether it was done often enough for this part."""
        return self.counted >= self.wanted

    @property
    def complete(self) -> bool:
        """Return whether it was done often enough in the end."""
        return self.counted >= self.goal

    def count(self, kind: str) -> int:
        """Return how many faults of a kind there are."""
        return sum(found == kind for found, _ in self.faults)

    @property
    def summary(self) -> str:
        """Return all of it as a line for people."""
        faults = ", ".join(f"{self.count(kind)} {kind}" for kind in KINDS_OF_FAULT)
        return (
            f"{self.title}: {self.counted:,} done, {self.kills:,} kills, of which "
            f"{self.interrupted:,} hit it half-way ({self.survived:,} were found done): {faults}"
        )


class Progress:
    """Tells on stderr how far it is, and how long the rest will take.

    Args:
        accounts: all of them, in their order.
    """

    def __init__(self, accounts: list[Account]) -> None:
        self._accounts = accounts
        self._began = self._told = time.monotonic()
        self._before = self._share_of_all()

    def tell(self, account: Account) -> None:
        """Say how far it is, unless that was said a moment ago."""
        now = time.monotonic()
        if now - self._told < _EVERY_S:
            return
        self._told = now
        share = self._share_of_all()
        left = (now - self._began) * (1.0 - share) / max(share - self._before, 1e-6)
        sys.stderr.write(
            f"{account.title}: {account.counted} of {account.goal}, {account.kills} kills, "
            f"{len(account.faults)} faults; {share:.0%} of all, {left / 60:.0f} min left\n"
        )

    def _share_of_all(self) -> float:
        shares = [min(1.0, each.counted / max(each.goal, 1)) for each in self._accounts]
        return sum(shares) / len(shares)


def table(accounts: list[Account]) -> str:
    """Return everything as a table for people."""
    head = ("", "done", "kills", "hit", "survived", *KINDS_OF_FAULT, "minutes")
    rows = [
        (
            each.title,
            str(each.done),
            str(each.kills),
            str(each.interrupted),
            str(each.survived),
            *(str(each.count(kind)) for kind in KINDS_OF_FAULT),
            f"{each.seconds / 60:.1f}",
        )
        for each in accounts
    ]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    )
