"""Decoded recordings on disk: all samples end to end, and an index that says whose they are."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy.typing as npt

    from kiosk.core.hearing.audio import Samples

    Stored = npt.NDArray[np.int16]

_SAMPLES = "samples.i16"
_INDEX = "index.tsv"
_FULL_SCALE = 32767.0


@dataclass(frozen=True)
class Item:
    """One recording or piece.

    Attributes:
        key: its name in trial lists: the path in the corpus, with ``#n`` for the n-th piece.
        speaker: the corpus's own label.
        start: index of its first sample in the store.
        stop: index after its last.
    """

    key: str
    speaker: str
    start: int
    stop: int

    def __len__(self) -> int:
        """Return the number of samples."""
        return self.stop - self.start


class Store:
    """Recordings at 16 kHz as int16, read from disk as they are needed; safe to open repeatedly."""

    def __init__(self, folder: Path, items: tuple[Item, ...]) -> None:
        """Open the samples of ``items``; use :meth:`open`."""
        self.folder = folder
        self.items = items
        path = folder / _SAMPLES
        # An empty file cannot be mapped.
        self._samples: Stored = (
            np.memmap(path, dtype=np.int16, mode="r") if items else np.zeros(0, np.int16)
        )

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open what :meth:`write` has written."""
        with (folder / _INDEX).open(encoding="utf-8", newline="") as stream:
            rows = csv.DictReader(stream, dialect="excel-tab")
            items = tuple(
                Item(row["key"], row["speaker"], int(row["start"]), int(row["stop"]))
                for row in rows
            )
        return cls(folder, items)

    @classmethod
    def write(cls, folder: Path, recordings: Iterable[tuple[str, str, Samples]]) -> Self:
        """Write recordings, given as key, speaker and samples in [-1, 1], and open them."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        position = 0
        with (
            (folder / _SAMPLES).open("wb") as samples,
            (folder / _INDEX).open("w", encoding="utf-8", newline="") as index,
        ):
            rows = csv.writer(index, dialect="excel-tab", lineterminator="\n")
            rows.writerow(("key", "speaker", "start", "stop"))
            for key, speaker, wave in recordings:
                whole = np.round(np.clip(wave, -1.0, 1.0) * _FULL_SCALE).astype(np.int16)
                samples.write(whole.tobytes())
                rows.writerow((key, speaker, position, position + len(whole)))
                position += len(whole)
        return cls.open(folder)

    def __len__(self) -> int:
        """Return the number of recordings."""
        return len(self.items)

    @property
    def total(self) -> int:
        """Return the number of samples of all recordings."""
        return len(self._samples)

    def cut(self, start: int, stop: int) -> Samples:
        """Return samples of the store, whoever they belong to, float32 in [-1, 1]."""
        return np.asarray(self._samples[start:stop], dtype=np.float32) / np.float32(_FULL_SCALE)

    def wave(self, index: int) -> Samples:
        """Return a whole recording, float32 in [-1, 1], shape ``(n,)``."""
        item = self.items[index]
        return self.cut(item.start, item.stop)

    def fingerprint(self) -> str:
        """Return 12 hexadecimal digits that change with the index."""
        return hashlib.sha256((self.folder / _INDEX).read_bytes()).hexdigest()[:12]
