"""What is left of somebody who was erased: a proof, without anything biometric."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from kiosk.core.backup.backups import BackupInfo


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
        backups: names of backups and other copies made before, which may still hold them.
        record: number of the audit record, or None where there is none.
        logs: whether the ID is overwritten in the log files. False: one of them cannot be changed
            now, and a running kiosk goes on trying. None: there are no log files.
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
    logs: bool | None = None

    def completed(self, *, overwritten: bool | None, backups: tuple[str, ...]) -> ErasureProof:
        """Return it with what is known only after the transaction."""
        return replace(self, overwritten=overwritten, backups=backups)

    @property
    def remains(self) -> tuple[str, ...]:
        """Return what is left of them at this kiosk, one plain phrase each."""
        whose = "the ID" if self.people == 1 and self.user_id is not None else "their IDs"
        left = [f"{whose}, as subject of the audit records"] if self.record is not None else []
        if self.logs is False:
            left.append(f"{whose} in log files, until they can be changed, or for 90 days")
        if self.overwritten is False:
            left.append("erased rows in the files of the database, until they are overwritten")
        if self.overwritten is None:
            left.append("erased rows in the files, log and backups of the database's server")
        return (*left, *(f"the copy {name}" for name in self.backups))

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
            "logs_overwritten": self.logs,
            "remains": list(self.remains),
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

    def make_room(self) -> None:
        """Make room on a full disk, as far as that can be: an erasure needs some, too."""

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


class Logs(Protocol):
    """Log files, which name people."""

    def overwrite(self, user_ids: Iterable[str]) -> bool:
        """Make IDs unreadable in all files; return whether that was possible in each of them."""


class OldBackups(Protocol):
    """Copies that may still hold somebody who is erased; see :mod:`kiosk.core.backup.ports`."""

    def all(self) -> Sequence[BackupInfo]:
        """Return the backups in the folder, oldest first."""

    def unencrypted(self) -> Sequence[Path]:
        """Return copies of the database that are no backups: of earlier versions, or damaged."""

    def holding(self, user_id: str) -> Sequence[Path]:
        """Return the backups and other copies that hold a person, or cannot be looked into."""

    def remove(self, file: Path) -> None:
        """Delete a backup or another copy.

        Raises:
            BackupUnusable: it is none.
            StorageError: it cannot be deleted.
        """
