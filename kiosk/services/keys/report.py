"""How the keys of a kiosk are, for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.core.keys.ports import TemplateKey


@dataclass(frozen=True)
class KeyState:
    """One key and what depends on it.

    Attributes:
        record: what the database knows of it.
        values: how many takes and recordings it seals.
        present: whether the vault has it.
    """

    record: TemplateKey
    values: int
    present: bool


@dataclass(frozen=True)
class KeyReport:
    """How the kiosk's keys are; never a key.

    Attributes:
        facts: where they are kept, as pairs of a name and a text.
        keys: every key that ever was, the oldest first.
        plain: takes in the clear, which somebody else has put there.
        warnings: what whoever looks after the kiosk should know.
    """

    facts: list[tuple[str, str]]
    keys: list[KeyState]
    plain: int
    warnings: list[str]
