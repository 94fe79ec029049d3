"""Keys of other kiosks, and of this one before its database can be read: for backups."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.core.errors import InvalidInput
from kiosk.core.keys.ports import KeysNeeded
from kiosk.vault.places import Choice
from kiosk.vault.ring import KeyRing
from kiosk.vault.vault import Vault

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from kiosk.core.ports import Clock
    from kiosk.vault.places import KeyPlace


def vault_of(kiosk_id: str, choice: Choice, clock: Clock) -> Vault:
    """Return the keys of a kiosk as far as they are kept on this machine; never new ones."""
    return Vault(choice, lambda: KeysNeeded(kiosk_id, chained=True), clock)


def in_memory(carried: bytes, clock: Clock) -> Vault:
    """Return keys that came as bytes; they are kept nowhere.

    Raises:
        InvalidInput: they are no keys.
    """
    try:
        text = carried.decode("utf-8")
        kiosk_id = KeyRing.from_text(text).kiosk_id
    except (UnicodeDecodeError, ValueError):
        raise InvalidInput("These are no keys of a voice kiosk.") from None
    choice = _OneChoice("memory", None, Path(), _MemoryPlace(text))
    return Vault(choice, lambda: KeysNeeded(kiosk_id, chained=True), clock)


@dataclass
class _MemoryPlace:
    """Implements :class:`kiosk.vault.places.KeyPlace` for as long as it lives."""

    text: str = field(repr=False)
    kind: str = "memory"
    file: Path | None = None
    where: str = "memory"

    def read(self) -> str:
        return self.text

    def write(self, text: str) -> None:
        self.text = text

    def remove(self) -> None:
        self.text = ""

    def alone(self) -> AbstractContextManager[None]:
        return nullcontext()

    def tidy(self) -> None:
        """Do nothing: there is nothing but the text."""


@dataclass(frozen=True)
class _OneChoice(Choice):
    kept: KeyPlace

    def candidates(self, kiosk_id: str) -> list[KeyPlace]:
        del kiosk_id  # there is one
        return [self.kept]
