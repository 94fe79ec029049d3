"""What became of checking the audit records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.core.records.audit import AuditRecord


class Damage(StrEnum):
    """What was done to the records."""

    CHANGED = "changed"
    REMOVED = "removed"
    REORDERED = "reordered"
    INSERTED = "inserted"
    TRUNCATED = "truncated"
    ROLLED_BACK = "rolled back"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Break:
    """The first place that is not as it was written.

    Attributes:
        damage: what was done there.
        seq: number of the record.
        text: one plain sentence that names it.
    """

    damage: Damage
    seq: int
    text: str


@dataclass(frozen=True)
class Verdict:
    """What became of checking the chain.

    Attributes:
        records: how many are as they were written, from the first that is checked on.
        first: that record, which says from which version on the chain exists.
        last: the last one that is as it was written.
        anchors: how many anchors agree.
        broken: the first place that is not as it was written; None when all is.
        notices: what should be known besides, in plain sentences.
        differences: what decides over access and is not what the records say, in plain sentences.
        unguarded: what is wrong with the database's own refusal to change records.
    """

    records: int = 0
    first: AuditRecord | None = None
    last: AuditRecord | None = None
    anchors: int = 0
    broken: Break | None = None
    notices: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    unguarded: tuple[str, ...] = ()

    @property
    def intact(self) -> bool:
        """Return whether every record is as it was written, and everything as they say."""
        return self.broken is None and not self.differences and not self.unguarded


@dataclass(frozen=True)
class Unreadable:
    """Stands for a record that the database cannot even return."""

    seq: int
