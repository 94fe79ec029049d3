"""What is left of somebody who was erased: a proof, without anything biometric."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from kiosk.core.backups import BackupInfo


class Reason(StrEnum):
    """Why somebody is erased."""

    REMOVED = "removed"
    """An operator or a program has removed the person."""
    WITHDRAWN = "consent_withdrawn"
    """The person has withdrawn the consent, or asked to be erased."""
    RETENTION = "retention"
    """The period of keeping has ended."""
    EVERYBODY = "everybody"
    """Everybody was erased at once."""


@dataclass(frozen=True)
class ErasureProof:
    """That a person was erased, and how thoroughly.

    Attributes:
        user_id: external ID; None where everybody was erased.
        people: how many were erased.
        reason: why.
        at: timezone-aware UTC.
        actor: who did it.
        rows: how many rows each table held of them; none is left.
        overwritten: whether the place of the rows in the database file and its log is overwritten
            by now. False: another program was reading, and a running kiosk goes on trying. None:
            that is the business of the database's server.
        backups: names of backups made before, which may still hold them.
        record: number of the audit record, or None where there is none.
    """

    user_id: str | None
    people: int
    reason: Reason
    at: datetime
    actor: str
    rows: Mapping[str, int] = field(default_factory=dict)
    overwritten: bool | None = False
    backups: tuple[str, ...] = ()
    record: int | None = None

    def completed(self, *, overwritten: bool | None, backups: tuple[str, ...]) -> ErasureProof:
        """Return it with what is known only after the transaction."""
        return replace(self, overwritten=overwritten, backups=backups)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "user": self.user_id,
            "people": self.people,
            "reason": self.reason.value,
            "at": self.at.isoformat(),
            "actor": self.actor,
            "rows": dict(self.rows),
            "overwritten": self.overwritten,
            "backups_that_may_hold_them": list(self.backups),
            "audit_record": self.record,
        }


class Traces(Protocol):
    """Every row about people, whatever the table; within one unit of work."""

    def count(self, user_id: str | None) -> dict[str, int]:
        """Return how many rows each table holds of a person, or of everybody for None.

        Tables that hold none are left out.
        """

    def rows(self, user_id: str) -> dict[str, list[dict[str, Any]]]:
        """Return what each table holds of a person, as JSON-ready values.

        Secrets and biometric values are left out, and so are the numbers that tie rows together.
        """


class ErasedStore(Protocol):
    """A database that can say whether what was erased is gone from the disk as well."""

    def scrub(self, patience_s: float = 0.0) -> bool | None:
        """Overwrite what was erased, as far as this program can.

        Args:
            patience_s: how long to wait for programs that are reading.

        Returns:
            Whether nothing of it is left in the files of the database. False: another program is
            reading; try again later. None: the files are those of a server.

        Raises:
            StorageError: the database failed.
        """


class OldBackups(Protocol):
    """Backups that may still hold somebody who is erased; see :mod:`kiosk.core.backups`."""

    def all(self) -> Sequence[BackupInfo]:
        """Return the backups in the folder, oldest first."""

    def holding(self, user_id: str) -> Sequence[BackupInfo]:
        """Return the backups in the folder that hold a person, or that cannot be looked into."""

    def remove(self, file: Path) -> None:
        """Delete a backup.

        Raises:
            BackupUnusable: it is none.
            StorageError: it cannot be deleted.
        """
