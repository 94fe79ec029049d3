"""Adapted takes in memory, with the behavior of the real ones (see ``tests/contract``)."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk.core.errors import NotEnrolled
from kiosk.core.voice.adaptation import AdaptedTake
from kiosk.core.voice.embedding import Embedding

if TYPE_CHECKING:
    from datetime import datetime

    from tests.fakes.storage import InMemoryUnitOfWork

    Learned = dict[tuple[str, str], tuple[AdaptedTake, ...]]


def new_enrollment_id() -> str:
    """Return a random ID of a voiceprint's state."""
    return secrets.token_hex(16)


class InMemoryAdaptedTakes:
    def __init__(self, unit: InMemoryUnitOfWork) -> None:
        self._unit = unit

    def of(self, user_id: str, model_id: str) -> list[AdaptedTake]:
        return list(self._unit.state.adapted.get((user_id, model_id), ()))

    def add(self, user_id: str, embedding: Embedding, at: datetime, keep: int) -> None:
        state = self._unit.state
        key = (user_id, embedding.model_id)
        if at.tzinfo is None:
            raise ValueError("only times with a zone are stored")
        if key not in state.voiceprints:
            raise NotEnrolled(f"{user_id} has no voiceprint of {embedding.model_id}.")
        kept = state.adapted.get(key, ())
        position = kept[-1].position + 1 if kept else 0
        # A copy, as a database makes: whoever handed it over may wipe theirs.
        copied = Embedding(embedding.vector.copy(), embedding.model_id)
        state.adapted[key] = (*kept, AdaptedTake(copied, position, at))[-keep:]
        self._renew(key)

    def clear(self, user_id: str) -> int:
        state = self._unit.state
        gone = [key for key in state.adapted if key[0] == user_id]
        for key in gone:
            self._renew(key)
        return sum(len(state.adapted.pop(key)) for key in gone)

    def _renew(self, key: tuple[str, str]) -> None:
        stored = self._unit.state.voiceprints[key]
        changed = replace(stored, enrollment_id=new_enrollment_id())
        self._unit.state.voiceprints[key] = changed

    def counts(self) -> dict[str, int]:
        counted: Counter[str] = Counter()
        for (user_id, _), takes in self._unit.state.adapted.items():
            counted[user_id] += len(takes)
        return dict(counted)
