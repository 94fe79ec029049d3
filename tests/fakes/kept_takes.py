"""Kept takes in memory; see :mod:`kiosk.core.enroll.kept_takes`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.core.enroll.kept_takes import KeptPerson, KeptTake
from kiosk.core.errors import UnknownUser

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kiosk.core.enroll.kept_takes import KeptTakes
    from tests.fakes.storage import InMemoryUnitOfWork


class InMemoryKeptTakes:
    def __init__(self, unit: InMemoryUnitOfWork) -> None:
        self._unit = unit

    @property
    def _kept(self) -> dict[str, list[KeptTake]]:
        kept = self._unit.state.kept_takes
        for user_id in kept.keys() - self._unit.state.people.keys():
            del kept[user_id]  # goes with the person
        return kept

    def replace(
        self, user_id: str, sounds: Sequence[bytes], at: datetime, expires_at: datetime
    ) -> None:
        if user_id not in self._unit.state.people:
            raise UnknownUser(f"Nobody has the ID {user_id}.")
        self._kept[user_id] = [
            KeptTake(position, sound, at, expires_at) for position, sound in enumerate(sounds)
        ]

    def of(self, user_id: str) -> list[KeptTake]:
        return list(self._kept.get(user_id, []))

    def people(self) -> list[KeptPerson]:
        return [
            KeptPerson(user_id, len(takes), min(take.expires_at for take in takes))
            for user_id, takes in sorted(self._kept.items())
            if takes
        ]

    def remove(self, user_id: str) -> int:
        return len(self._kept.pop(user_id, []))

    def bound(self, latest: datetime) -> None:
        for user_id, takes in self._kept.items():
            self._kept[user_id] = [
                each
                if each.created_at <= latest
                else KeptTake(
                    each.position, each.sound, latest, latest + (each.expires_at - each.created_at)
                )
                for each in takes
            ]

    def remove_expired(self, now: datetime) -> list[str]:
        gone = [
            user_id
            for user_id, takes in sorted(self._kept.items())
            if any(take.expires_at <= now for take in takes)
        ]
        for user_id in gone:
            self._kept[user_id] = [t for t in self._kept[user_id] if t.expires_at > now]
        return gone


if TYPE_CHECKING:

    def _implemented(unit: InMemoryUnitOfWork) -> KeptTakes:
        return InMemoryKeptTakes(unit)
