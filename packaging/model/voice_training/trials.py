"""Trial lists: which recordings are compared, as in VoxCeleb (``1 a b`` or ``0 a b``)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from voice_training.split import order_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Trial:
    """Two recordings, by key, and whether one person speaks in both."""

    genuine: bool
    one: str
    other: str


def all_trials(recordings: Sequence[tuple[str, str]], max_impostors: int, seed: int) -> list[Trial]:
    """Return every genuine pair and at most so many impostor pairs.

    Args:
        recordings: key and speaker of each.
        max_impostors: impostor pairs to keep, chosen by their hash; the order does not matter.
        seed: chooses other ones.
    """
    genuine: list[Trial] = []
    impostors: list[Trial] = []
    for (one, whose), (other, whose_other) in combinations(sorted(recordings), 2):
        kind = genuine if whose == whose_other else impostors
        kind.append(Trial(whose == whose_other, one, other))
    if len(impostors) > max_impostors:
        impostors.sort(key=lambda trial: order_key(seed, f"{trial.one} {trial.other}"))
        impostors = sorted(impostors[:max_impostors], key=lambda trial: (trial.one, trial.other))
    return genuine + impostors


def write_trials(path: Path, trials: Sequence[Trial]) -> None:
    """Write a list."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (f"{int(trial.genuine)} {trial.one} {trial.other}\n" for trial in trials)
    path.write_text("".join(lines), encoding="utf-8")


def read_trials(path: Path) -> list[Trial]:
    """Read a list.

    Raises:
        OSError: it cannot be read.
        ValueError: a line is none.
    """
    trials = []
    for line in path.read_text(encoding="utf-8").splitlines():
        label, one, other = line.split()
        if label not in ("0", "1"):
            raise ValueError(f"{path.name}: a line begins with 0 or 1, not {label}")
        trials.append(Trial(label == "1", one, other))
    return trials
