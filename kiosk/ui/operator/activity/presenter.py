"""What happens on the Activity page; knows no widget."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from kiosk.core.audit import AuditAction, AuditQuery
from kiosk.core.audit_report import as_csv
from kiosk.core.errors import Cancelled
from kiosk.core.users import AttemptRecord
from kiosk.ui.operator.export_target import ExportTarget

if TYPE_CHECKING:
    from pathlib import Path
    from threading import Event

    from kiosk.core.audit import AuditRecord
    from kiosk.core.audit_check import Verdict
    from kiosk.ui.navigation import Ui
    from kiosk.ui.recognition_thread import Ticket

MOST = 2_000
"""Records that are shown at once; who wants more exports them."""
PLOTTED = 200
"""Scores in the plot: those that were decided last."""


class Kind(Enum):
    """Which records are shown; the value holds how their actions begin."""

    EVERYTHING = ()
    DECISIONS = ("verification.", "identification.")
    PEOPLE = ("person.", "consent.")
    OPERATORS = ("operator.", "account.")
    SETTINGS = ("setting.", "model.", "api-key.")
    DATA = ("key.", "backup.", "audit.", "chain.", "database.", "program.", "state.")

    @property
    def actions(self) -> tuple[str, ...]:
        """Return the actions; none for everything."""
        beginnings: tuple[str, ...] = self.value
        return tuple(each.value for each in AuditAction if each.startswith(beginnings))


class Period(Enum):
    """How far back is looked; the value is in days, 0 since midnight and None without end."""

    TODAY = 0
    WEEK = 7
    MONTH = 30
    EVER = None


@dataclass(frozen=True)
class Activity:
    """What the page shows.

    Attributes:
        records: newest first.
        more: whether there are more than are shown.
        today: how often each action was recorded since midnight.
        attempts: decisions with a score among the records, newest first.
    """

    records: tuple[AuditRecord, ...]
    more: bool
    today: dict[str, int]
    attempts: tuple[AttemptRecord, ...]


class ActivityPresenter(QObject):
    """Reads, checks and exports records in the recognition thread.

    Signals:
        loaded: :class:`Activity`.
        checking: how many records are checked, and how many there are.
        checked: :class:`kiosk.core.audit_check.Verdict`.
        exported: how many records were written.
        failed: :class:`kiosk.core.errors.KioskError`.
    """

    loaded = Signal(object)
    checking = Signal(int, int)
    checked = Signal(object)
    exported = Signal(int)
    failed = Signal(object)

    def __init__(self, ui: Ui, parent: QObject | None = None) -> None:
        """Begin with nothing loaded."""
        super().__init__(parent)
        self._audit = ui.kiosk.audit
        self._guarded = ui.kiosk.guarded
        self._recognition = ui.recognition
        self._loading: Ticket | None = None
        self._check: Ticket | None = None

    def load(self, kind: Kind, period: Period) -> None:
        """Read records; an earlier question that is still open is dropped."""
        if self._loading is not None:
            self._loading.cancel()
        query = self._query(kind, period)
        self._loading = self._recognition.submit(
            lambda _: self._read(query), self.loaded.emit, self.failed.emit
        )

    def verify(self) -> None:
        """Check the whole chain; see :attr:`checking` and :attr:`checked`."""
        self.stop_checking()

        def work(cancelled: Event) -> Verdict:
            def progress(done: int, total: int) -> None:
                if cancelled.is_set():
                    raise Cancelled("The check was given up.")
                self.checking.emit(done, total)

            return self._audit.verify(progress=progress)

        self._check = self._recognition.submit(work, self.checked.emit, self.failed.emit)

    def stop_checking(self) -> None:
        """Nobody waits for the check any more."""
        if self._check is not None:
            self._check.cancel()
            self._check = None

    def export(self, kind: Kind, period: Period, path: Path) -> None:
        """Write all records of a kind and period, not only those shown, as CSV."""
        query = self._query(kind, period)

        def work() -> int:
            # Before anything is read: what cannot be written is no export, and not recorded as one.
            target = ExportTarget(path, ".csv", self._guarded)
            records = self._audit.export(query)
            target.write(as_csv(records).encode("utf-8"))
            return len(records)

        self._recognition.submit(lambda _: work(), self.exported.emit, self.failed.emit)

    def _query(self, kind: Kind, period: Period) -> AuditQuery:
        days = period.value
        since = None if days is None else self._audit.midnight(days)
        return AuditQuery(since=since, actions=kind.actions, limit=MOST + 1)

    def _read(self, query: AuditQuery) -> Activity:
        records = self._audit.find(query)
        scored = [found for record in records if (found := _attempt(record)) is not None]
        shown = tuple(records[:MOST])
        return Activity(shown, len(records) > MOST, self._audit.today(), tuple(scored[:PLOTTED]))


_OUTCOMES = {AuditAction.VERIFIED: "verified", AuditAction.NOT_VERIFIED: "not_verified"}


def _attempt(record: AuditRecord) -> AttemptRecord | None:
    """Return a record as the plot of scores takes it; None without a score."""
    outcome = next((name for action, name in _OUTCOMES.items() if action == record.action), None)
    details = record.details
    score, threshold = details.get("score"), details.get("threshold")
    if outcome is None or not isinstance(score, float) or not isinstance(threshold, float):
        return None
    return AttemptRecord(
        str(record.seq), record.subject or "", outcome, score, threshold, "", (), record.at
    )
