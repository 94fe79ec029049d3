"""What happens on the Activity page; knows no widget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from kiosk.core.errors import Cancelled
from kiosk.core.people.users import AttemptRecord
from kiosk.core.records.audit import AuditAction, AuditQuery
from kiosk.core.records.order import AuditOrder
from kiosk.core.records.report import as_csv
from kiosk.ui.operator.activity.model import words_of
from kiosk.ui.operator.export_target import ExportTarget

if TYPE_CHECKING:
    from pathlib import Path
    from threading import Event

    from kiosk.core.records.audit import AuditRecord
    from kiosk.core.records.verdict import Verdict
    from kiosk.ui.hearing.recognition_thread import Ticket
    from kiosk.ui.navigation import Ui

PAGE = 200
"""Records that are read at once, and again when the end of the table is near."""
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
class Wanted:
    """Which records are wanted.

    Attributes:
        kind: of what.
        period: from when on.
        text: what the words of the screen say.
        order: by what.
        ascending: the lowest first.
    """

    kind: Kind
    period: Period
    text: str = ""
    order: AuditOrder = AuditOrder.WHEN
    ascending: bool = False


@dataclass(frozen=True)
class Activity:
    """What the page shows.

    Attributes:
        records: the first of those that were found.
        found: how many that were.
        all: how many there are of the kind and period, whatever is searched.
        today: how often each action was recorded since midnight.
        attempts: the latest decisions with a score, newest first.
    """

    records: tuple[AuditRecord, ...]
    found: int
    all: int
    today: dict[str, int]
    attempts: tuple[AttemptRecord, ...]


class ActivityPresenter(QObject):
    """Reads, checks and exports records in the recognition thread.

    Signals:
        loaded: :class:`Activity`.
        more: ``list[AuditRecord]``, those that follow in the table.
        checking: how many records are checked, and how many there are.
        checked: :class:`kiosk.core.records.verdict.Verdict`.
        exported: how many records were written.
        failed: :class:`kiosk.core.errors.KioskError`.
    """

    loaded = Signal(object)
    more = Signal(list)
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
        self._paging: Ticket | None = None
        self._query: AuditQuery | None = None

    def load(self, wanted: Wanted) -> None:
        """Read the first records; an earlier question that is still open is dropped."""
        self.stop_reading()
        self._loading = self._recognition.submit(
            lambda _: self._read(wanted), self._on_read, self.failed.emit
        )

    def stop_reading(self) -> None:
        """Nobody waits for records any more."""
        for ticket in (self._loading, self._paging):
            if ticket is not None:
                ticket.cancel()

    def read_from(self, offset: int) -> None:
        """Read the records that follow in the table."""
        if self._query is None:
            return
        query = replace(self._query, offset=offset)
        self._paging = self._recognition.submit(
            lambda _: self._audit.find(query), self.more.emit, self.failed.emit
        )

    def verify(self) -> None:
        """Check the whole chain; see :attr:`checking` and :attr:`checked`."""
        self.stop_checking()

        def work(cancelled: Event) -> Verdict:
            def progress(done: int, total: int) -> None:
                if cancelled.is_set():
                    raise Cancelled("The check was canceled.")
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
        query = self._of(Wanted(kind, period))

        def work() -> int:
            # Before anything is read: what cannot be written is no export, and not recorded as one.
            target = ExportTarget(path, ".csv", self._guarded)
            records = self._audit.export(query)
            target.write(as_csv(records).encode("utf-8"))
            return len(records)

        self._recognition.submit(lambda _: work(), self.exported.emit, self.failed.emit)

    def _of(self, wanted: Wanted) -> AuditQuery:
        days = wanted.period.value
        return AuditQuery(
            since=None if days is None else self._audit.midnight(days),
            actions=wanted.kind.actions,
            words=words_of(wanted.text),
            limit=PAGE,
            order=wanted.order,
            ascending=wanted.ascending,
        )

    def _read(self, wanted: Wanted) -> tuple[Activity, AuditQuery]:
        query = self._of(wanted)
        newest = self._audit.find(AuditQuery(limit=1))
        # Records that come later would shift the pages.
        query = replace(query, before=newest[0].seq + 1 if newest else 0)
        records, found = self._audit.find(query), self._audit.found(query)
        everything = self._audit.found(replace(query, words=())) if query.words else found
        scored = tuple(action.value for action in _OUTCOMES)
        latest: list[AuditRecord] = []
        if wanted.kind in (Kind.EVERYTHING, Kind.DECISIONS):
            plotted = AuditQuery(since=query.since, actions=scored, limit=PLOTTED)
            latest = self._audit.find(plotted)
        attempts = tuple(made for record in latest if (made := _attempt(record)) is not None)
        return Activity(tuple(records), found, everything, self._audit.today(), attempts), query

    def _on_read(self, result: tuple[Activity, AuditQuery]) -> None:
        activity, self._query = result
        self.loaded.emit(activity)


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
