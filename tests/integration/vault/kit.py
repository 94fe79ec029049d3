"""A real database and a real vault in a folder of the test's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from kiosk.core.accounts.acting import SYSTEM, acting_as
from kiosk.core.records.chain import Chain
from kiosk.services.keys.keys import Keys
from kiosk.storage.sqlite import SqlDatabase
from kiosk.vault.memory import Memory
from kiosk.vault.places import Choice
from kiosk.vault.vault import Vault
from tests.fakes.clock import START, FixedClock
from tests.fakes.records.activity import FakeActivityLog
from tests.fakes.samples import MODEL, person, quality, voiceprint

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    import numpy.typing as npt

    from kiosk.core.voice.embedding import Voiceprint


class PassingClock(FixedClock):
    """A second passes whenever somebody looks at it: keys are listed by when they were made."""

    def now(self) -> datetime:
        return self.advance(1.0)


@dataclass
class Site:
    """One process' view of a kiosk; make another one for another process."""

    folder: Path
    batch: int = 2
    clock: PassingClock = field(default_factory=PassingClock)
    activity: FakeActivityLog = field(default_factory=FakeActivityLog)

    def __post_init__(self) -> None:
        self.choice = Choice("file", self.key_file, self.folder / "keys")
        self.vault = Vault(
            self.choice,
            lambda: self.database.keys_needed(),
            self.clock,
            memory=Memory(self.choice, str(self.file)),
        )
        chain = Chain(self.vault.secret, FixedClock().now, "1")
        self.database = SqlDatabase(self.file, box=self.vault.box, chain=chain)
        self.keys = Keys(
            self.database, self.vault, self.clock, self.activity, chain=chain, batch=self.batch
        )

    @property
    def file(self) -> Path:
        return self.folder / "data" / "kiosk.db"

    @property
    def key_file(self) -> Path:
        return self.folder / "keys" / "test.key"

    def begin(self) -> Site:
        self.keys.prepare()
        self.keys.begin()
        return self

    def rekey(self) -> str:
        with acting_as(SYSTEM):
            return self.keys.rekey()

    def revoke(self) -> int:
        with acting_as(SYSTEM):
            return self.keys.revoke()

    def close(self) -> None:
        self.database.close()

    def enroll(self, *numbers: int) -> None:
        for number in numbers:
            with self.database() as work:
                work.people.add(person(f"p{number}"))
                work.people.save_voiceprint(f"p{number}", voiceprint(number), quality(), START)
                work.commit()

    def opens(self, *numbers: int) -> bool:
        """Return whether these people, and nobody else, have their voiceprints."""
        with self.database() as work:
            found = {who.user_id: print_ for who, print_ in work.people.voiceprints(MODEL)}
        return found.keys() == {f"p{number}" for number in numbers} and all(
            same(found[f"p{number}"], voiceprint(number)) for number in numbers
        )


def same(one: Voiceprint, other: Voiceprint) -> bool:
    return len(one.takes) == len(other.takes) and all(
        np.allclose(a.vector, b.vector, atol=1e-6)
        for a, b in zip(one.takes, other.takes, strict=True)
    )


def traces(folder: Path, needles: Iterable[bytes]) -> list[str]:
    """Return the files below a folder that hold one of these byte strings, of six or more."""
    wanted: dict[int, set[bytes]] = {}
    begins = np.zeros(1 << 24, bool)
    for each in needles:
        wanted.setdefault(len(each), set()).add(each)
        begins[_begin(each[:6])] = True
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and _holds(path.read_bytes(), wanted, begins)
    ]


def _holds(data: bytes, wanted: dict[int, set[bytes]], begins: npt.NDArray[np.bool_]) -> bool:
    # There are thousands of needles and millions of places, and nearly all of those fit none.
    places = np.flatnonzero(begins[_begin(data)]).tolist()
    return any(data[at : at + size] in each for size, each in wanted.items() for at in places)


def _begin(data: bytes) -> npt.NDArray[np.uint32]:
    """Return a number of 24 bits for the six bytes from each place on."""
    raw = np.frombuffer(data, np.uint8).astype(np.uint32)
    three = (raw[:-2] << 16) | (raw[1:-1] << 8) | raw[2:]
    mixed = (three[:-3] * np.uint32(0x9E3779B1)) ^ three[3:]
    return np.asarray(mixed & np.uint32(0xFFFFFF), np.uint32)


def numbers_of(made: Voiceprint) -> list[bytes]:
    """Return what gives a voiceprint away: any three of its numbers in a row, in any form.

    One float32 of four bytes is found by chance in a file of a few hundred kB; two in a row are
    not.
    """
    found = []
    for take in made.takes:
        for kind in ("<f4", ">f4", "<f8", ">f8", "<f2"):
            raw = take.vector.astype(kind).tobytes()
            width = np.dtype(kind).itemsize
            step = 3 * width if kind != "<f2" else 5 * width
            found += [raw[at : at + step] for at in range(0, len(raw) - step + 1, width)]
        found += [f"{value:.6f}".encode() for value in take.vector if abs(value) > 0.1]
    return found
