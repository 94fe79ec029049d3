"""Where everything lies below the working folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """The working folder; it lies outside the source tree."""

    root: Path

    @property
    def models(self) -> Path:
        """Return the folder of teacher and baseline."""
        return self.root / "models"

    @property
    def targets(self) -> Path:
        """Return the folder of the teacher's stored targets."""
        return self.root / "targets"

    @property
    def embeddings(self) -> Path:
        """Return the folder of what teacher and baseline make of the recordings to judge by."""
        return self.root / "embeddings"

    @property
    def held_out(self) -> Path:
        """Return the list of the speakers that no training has heard."""
        return self.root / "heldout.tsv"

    @property
    def trials(self) -> Path:
        """Return the folder of trial lists, one ``SET.txt`` each."""
        return self.root / "trials"

    def store(self, name: str) -> Path:
        """Return a store: ``train``, ``noise``, ``rooms``, ``validation`` or ``eval``."""
        return self.root / "stores" / name

    @property
    def run(self) -> Path:
        """Return the folder of checkpoints and of the log."""
        return self.root / "run"

    @property
    def last(self) -> Path:
        """Return the newest checkpoint, from which training goes on."""
        return self.run / "last.pt"

    @property
    def best(self) -> Path:
        """Return the averaged weights that validated best."""
        return self.run / "best.ckpt"

    @property
    def scores(self) -> Path:
        """Return the figures that ``evaluate`` has written."""
        return self.root / "scores.json"

    @property
    def scores_text(self) -> Path:
        """Return the same as a table, which ``export`` puts on the model card."""
        return self.root / "scores.md"
