"""API keys in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk.core.errors import StorageError

if TYPE_CHECKING:
    from datetime import datetime

    from kiosk.core.accounts.credentials import ApiKey, ApiKeyStore
    from tests.fakes.storage import InMemoryUnitOfWork


class InMemoryApiKeys:
    def __init__(self, unit: InMemoryUnitOfWork) -> None:
        self._unit = unit

    def get(self, key_id: str) -> ApiKey | None:
        return self._unit.state.api_keys.get(key_id)

    def add(self, key: ApiKey) -> None:
        _require_zone(key.created_at, key.last_used_at, key.revoked_at)
        if key.key_id in self._unit.state.api_keys:
            raise StorageError("The key is stored already.")
        self._unit.state.api_keys[key.key_id] = key

    def all(self) -> list[ApiKey]:
        keys = self._unit.state.api_keys.values()
        return sorted(keys, key=lambda key: (key.created_at, key.key_id))

    def revoke(self, key_id: str, at: datetime) -> bool:
        _require_zone(at)
        key = self.get(key_id)
        if key is None or key.revoked:
            return False
        self._unit.state.api_keys[key_id] = replace(key, revoked_at=at)
        return True

    def set_hash(self, key_id: str, hashed: str) -> None:
        key = self.get(key_id)
        if key is not None:
            self._unit.state.api_keys[key_id] = replace(key, hash=hashed)

    def used(self, key_id: str, at: datetime) -> None:
        _require_zone(at)
        key = self.get(key_id)
        if key is not None:
            self._unit.state.api_keys[key_id] = replace(key, last_used_at=at)


def _require_zone(*times: datetime | None) -> None:
    if any(each is not None and each.tzinfo is None for each in times):
        raise ValueError("only times with a zone are stored")


if TYPE_CHECKING:

    def _implemented(unit: InMemoryUnitOfWork) -> ApiKeyStore:
        return InMemoryApiKeys(unit)
