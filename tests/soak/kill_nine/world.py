"""The real kiosk in folders of its own, and people whose voices follow from their names.

Everything is the real thing, from the use-cases to the disk, but the voice model: an embedding is
made of the hash of a name and a number. So whoever reads a voiceprint can tell whose it must be.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kiosk.bootstrap import build
from kiosk.core.accounts.acting import Actor, Role, acting_as
from kiosk.core.errors import KioskError
from kiosk.core.hearing.quality import QualityReport
from kiosk.core.visit.outcomes import TakeAccepted
from kiosk.core.voice.embedding import Embedding, cosine
from kiosk.services.preferences import ALSO_ENROLL, NO_SECOND
from kiosk.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kiosk.core.hearing.audio import AudioClip
    from kiosk.core.hearing.several_speakers import Pieces, Rows
    from kiosk.core.ports import ModelCard, UnitOfWork
    from kiosk.core.voice.embedding import Voiceprint
    from kiosk.services.facade import Kiosk

TAKES = 3
ADMINISTRATOR = Actor("console:soak", Role.ADMINISTRATOR)
_SPREAD = 0.3
_SAME = 1 - 1e-5
_QUALITY = QualityReport(4.0, 3.5, 0.9, 30.0, 0.0, -20.0, 7_500.0, 0)


@dataclass(frozen=True)
class World:
    """The folders of one kiosk."""

    root: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def database(self) -> Path:
        return self.data / "kiosk.db"

    @contextmanager
    def built(self) -> Iterator[Kiosk]:
        """Make the kiosk as an administrator, and start nothing of it."""
        os.environ["XDG_CONFIG_HOME"] = str(self.root / "config")
        settings = load_settings(self.data, keys__place="file")
        with acting_as(ADMINISTRATOR), build(settings) as kiosk:
            yield kiosk

    @contextmanager
    def opened(self, before: str = "model") -> Iterator[Kiosk]:
        """Start the kiosk as an administrator.

        Args:
            before: name of the first task of the start that is left out: the voice model is not
                loaded, and with ``audit`` the records are not looked at.
        """
        with self.built() as kiosk:
            for task in kiosk.startup.names:
                if task == before:
                    break
                kiosk.startup.run(until=task)
            # One model decides: loading another in every child would be most of the time.
            kiosk.engine.choose_with(kiosk.models.chosen)
            kiosk.engine.use(_Silent(kiosk.models.card()))
            yield kiosk


class _Silent:
    """In the place of the voice model: it is never asked to hear anything."""

    def __init__(self, card: ModelCard) -> None:
        self.card = card

    def encode(self, clip: AudioClip) -> Embedding:
        raise AssertionError("nobody speaks")

    def encode_with(self, clip: AudioClip, pieces: Pieces | None) -> tuple[Embedding, Rows]:
        raise AssertionError("nobody speaks")


def takes(user_id: str, version: int, card: ModelCard) -> list[TakeAccepted]:
    """Return the takes of a person; another version is another voice."""
    return [
        TakeAccepted(_QUALITY, embedding(user_id, version, position, card.model_id, card.dim))
        for position in range(TAKES)
    ]


def embedding(user_id: str, version: int, position: int, model_id: str, dim: int) -> Embedding:
    """Return one take of a person."""
    voice = _noise(f"{user_id}:{version}", dim)
    return Embedding.of(voice + _SPREAD * _noise(f"{user_id}:{version}:{position}", dim), model_id)


def name_of(version: int) -> str:
    """Return the display name, which tells the version."""
    return f"version {version}"


def enroll(kiosk: Kiosk, user_id: str, version: int) -> None:
    """Enroll a person, in the place of an earlier version."""
    if kiosk.preferences.get(ALSO_ENROLL) is None:
        kiosk.preferences.set(ALSO_ENROLL, NO_SECOND)
    kiosk.enroll.save(
        user_id,
        name_of(version),
        takes(user_id, version, kiosk.engine.card),
        consent=True,
        replacing=True,
    )


def versions(work: UnitOfWork, model_id: str, *, receipts: bool = True) -> dict[str, int | str]:
    """Return the version of everybody who is enrolled, or what is wrong with somebody.

    Args:
        work: a transaction.
        model_id: the model in use.
        receipts: whether each must have a receipt of the consent.
    """
    found: dict[str, int | str] = {}
    for summary in work.people.summaries():
        user_id, name = summary.person.user_id, summary.person.name
        try:
            voiceprint = work.people.voiceprint(user_id, model_id)
            version = int(name.removeprefix("version "))
            wrong = _wrong(voiceprint, user_id, version)
        except (KioskError, ValueError) as error:
            wrong, version = str(error), 0
        if wrong is None and receipts and not work.consents.of(user_id):
            wrong = "enrolled without a receipt of the consent"
        found[user_id] = version if wrong is None else wrong
    return found


def _wrong(voiceprint: Voiceprint | None, user_id: str, version: int) -> str | None:
    if voiceprint is None:
        return "a person without a voiceprint"
    if len(voiceprint.takes) != TAKES:
        return f"{len(voiceprint.takes)} takes"
    for position, take in enumerate(voiceprint.takes):
        expected = embedding(user_id, version, position, take.model_id, take.dim)
        if cosine(take, expected) < _SAME:
            return f"take {position} is of another voice"
    return None


def _noise(text: str, dim: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    made = np.random.default_rng(seed).normal(size=dim)
    return made / np.linalg.norm(made)
