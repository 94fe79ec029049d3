"""Enrolls the people of a table in the recognition thread; knows no widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from kiosk.core.enroll.roster import TEMPLATE
from kiosk.services.enroll.roster import as_csv
from kiosk.ui.operator.export_target import ExportTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import TypeVar

    from kiosk.core.enroll.roster import Entry
    from kiosk.services.enroll.roster import RowResult
    from kiosk.ui.hearing.recognition_thread import Ticket
    from kiosk.ui.navigation import Ui

    T = TypeVar("T")

SUFFIX = ".csv"


class ManyPresenter(QObject):
    """Each line is a job of its own, so that others who wait for the thread come in between.

    Signals:
        progressed: how many lines are done, of how many, and the ID of the next.
        ended: no further line is begun; :attr:`results` holds what came of each.
        saved: the name of a file that was written.
        failed: :class:`kiosk.core.errors.KioskError`; what was done by then stays.

    Attributes:
        results: of the lines that are done.
        total: lines of the table.

    Args:
        ui: the use-cases and threads.
        parent: Qt parent.
    """

    progressed = Signal(int, int, str)
    ended = Signal()
    saved = Signal(str)
    failed = Signal(object)

    def __init__(self, ui: Ui, parent: QObject) -> None:
        super().__init__(parent)
        self._kiosk = ui.kiosk
        self._recognition = ui.recognition
        self._tickets: list[Ticket] = []
        self._folder: Path | None = None
        self._entries: Sequence[Entry] = ()
        self._stopping = False
        self.results: list[RowResult] = []

    @property
    def total(self) -> int:
        """Return how many lines the table has."""
        return len(self._entries)

    def begin(self, table: Path) -> None:
        """Enroll everybody in a table; who is enrolled already is left as they are."""
        self._folder, self._entries, self.results = table.parent, (), []
        self._stopping = False
        self._submit(lambda: self._kiosk.enroll_many.read(table), self._on_read)

    @Slot()
    def stop(self) -> None:
        """Begin no further line; the present one is finished, for it may be stored already."""
        self._stopping = True

    @Slot()
    def drop(self) -> None:
        """Nobody waits any more."""
        self._stopping = True
        for ticket in self._tickets:
            ticket.cancel()

    def save_report(self, path: Path) -> None:
        """Write what came of each line. With a mark at the beginning, as spreadsheets want it."""
        self._write(path, as_csv(self.results).encode("utf-8-sig"))

    def save_example(self, path: Path) -> None:
        """Write a table that names nobody, and says how it is filled in."""
        self._write(path, TEMPLATE.encode("utf-8-sig"))

    def _write(self, path: Path, data: bytes) -> None:
        guarded = self._kiosk.guarded

        def write() -> str:
            ExportTarget(path, SUFFIX, guarded).write(data)
            return path.name

        self._submit(write, self.saved.emit)

    def _on_read(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._next()

    def _on_row(self, result: RowResult) -> None:
        self.results.append(result)
        self._next()

    def _next(self) -> None:
        done, folder = len(self.results), self._folder
        if self._stopping or done == self.total or folder is None:
            self.ended.emit()
            return
        entry = self._entries[done]
        self.progressed.emit(done, self.total, entry.user_id)
        self._submit(lambda: self._kiosk.enroll_many.row(entry, folder), self._on_row)

    def _submit(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        ticket = self._recognition.submit(lambda _: work(), done, self.failed.emit)
        self._tickets = [*self._tickets[-2:], ticket]  # a line, and files that are written
