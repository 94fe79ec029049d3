"""The real vault, with its keys in memory or in a folder of the test's own."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from kiosk.core.keys.ports import KeysNeeded
from kiosk.vault.places import Choice
from kiosk.vault.ring import KeyRing
from kiosk.vault.sealing import Box, Cipher
from kiosk.vault.vault import Vault
from tests.fakes.clock import START, FixedClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kiosk.core.keys.ports import SealedRows, TemplateKey, TemplateKeys
    from tests.fakes.storage import InMemoryUnitOfWork

KIOSK_ID = "0" * 32
_KEY = bytes(range(32))


def memory_box() -> Box:
    """Return a box of one fixed key, the same in every process: for databases of tests."""
    from kiosk.vault.ring import Key

    cipher = Cipher(KIOSK_ID, Key("test-key", _KEY, START))
    return Box(lambda _key_id: cipher)


def vault_at(
    folder: Path, needed: Callable[[], KeysNeeded] = lambda: KeysNeeded(KIOSK_ID)
) -> Vault:
    """Return a vault that keeps its keys in a file of this folder."""
    return Vault(Choice("file", folder / "test.key", folder), needed, FixedClock())


class MemoryPlace:
    """Implements :class:`kiosk.vault.places.KeyPlace` with nothing behind it.

    Attributes:
        text: what is kept.
        writes: how often something was.
    """

    kind = "file"
    file = None
    where = "memory"

    def __init__(self) -> None:
        self.text: str | None = None
        self.writes = 0

    def read(self) -> str | None:
        return self.text

    def write(self, text: str) -> None:
        KeyRing.from_text(text)
        self.text = text
        self.writes += 1

    @contextmanager
    def alone(self) -> Iterator[None]:
        yield

    def tidy(self) -> None:
        pass


class InMemoryTemplateKeys:
    """Implements :class:`kiosk.core.keys.ports.TemplateKeys`."""

    def __init__(self, unit: InMemoryUnitOfWork) -> None:
        self._unit = unit

    def all(self) -> list[TemplateKey]:
        keys = self._unit.state.template_keys.values()
        return sorted(keys, key=lambda key: (key.created_at, key.key_id))

    def put(self, key: TemplateKey) -> None:
        self._unit.state.template_keys[key.key_id] = key


class InMemorySealedRows:
    """Implements :class:`kiosk.core.keys.ports.SealedRows`: in memory nothing is sealed."""

    def __init__(self, unit: InMemoryUnitOfWork) -> None:
        self._unit = unit

    def counts(self) -> dict[str | None, int]:
        return {}

    def reseal(self, key_id: str, limit: int) -> int:
        return 0

    def discard(self) -> int:
        state = self._unit.state
        count = len(state.voiceprints)
        state.voiceprints = {}
        return count


if TYPE_CHECKING:

    def _implemented(unit: InMemoryUnitOfWork) -> tuple[TemplateKeys, SealedRows]:
        return InMemoryTemplateKeys(unit), InMemorySealedRows(unit)
