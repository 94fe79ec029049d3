"""What happens on the People page; knows no widget."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from kiosk.core.accounts.roles import Action, may
from kiosk.core.limits.second_factor import FactorKind
from kiosk.core.people.erasure import Reason
from kiosk.ui.operator.people.export import write_export
from kiosk.ui.operator.people.receipt import write_receipt
from kiosk.ui.operator.people.rows import (
    Around,
    Found,
    History,
    Wanted,
    read_around,
    read_people,
    read_rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kiosk.core.errors import KioskError
    from kiosk.core.people.users import PeopleOrder
    from kiosk.ui.hearing.recognition_thread import Ticket
    from kiosk.ui.navigation import Ui


PAGE = 100
"""People who are read at once, and again when the end of the table is near."""


class PeoplePresenter(QObject):
    """Reads and changes people in the recognition thread.

    Signals:
        loaded: :class:`Found`, after every change too.
        more: ``list[Row]``, those that follow in the table.
        history: :class:`History` of the person asked for.
        done: a sentence key and the ID: ``renamed``, ``enabled``, ``disabled``, ``exported``,
            ``unlocked``, ``factor_set``, ``factor_removed``,
            ``rolled_back``, ``printed``, ``erased``, ``erased_backups`` where backups may still
            hold the person, ``erased_later`` where it is not overwritten yet.
        failed: :class:`kiosk.core.errors.KioskError`.
    """

    loaded = Signal(object)
    more = Signal(list)
    history = Signal(object)
    done = Signal(str, str)
    failed = Signal(object)

    def __init__(self, ui: Ui, parent: QObject | None = None) -> None:
        """Begin with nothing loaded."""
        super().__init__(parent)
        self._kiosk = ui.kiosk
        self._recognition = ui.recognition
        self._history_ticket: Ticket | None = None
        self._listing: Ticket | None = None
        self._paging: Ticket | None = None
        self._around: Around | None = None
        self._user_ids: list[str] = []
        self._wanted = Wanted(PAGE)

    @property
    def may_delete_backups(self) -> bool:
        """Return whether whoever is there may delete backups."""
        return may(Action.DELETE_BACKUPS, self._recognition.actor)

    @Slot(str)
    def find(self, text: str) -> None:
        """Read whoever has these words in ID or name."""
        self._wanted = replace(self._wanted, text=text, count=PAGE)
        self.reload()

    def order(self, by: PeopleOrder, *, ascending: bool) -> None:
        """Read people in another order."""
        self._wanted = replace(self._wanted, order=by, ascending=ascending, count=PAGE)
        self.reload()

    @property
    def only_stale(self) -> bool:
        """Return whether only those are read who must enroll again."""
        return self._wanted.stale

    def forget_stale(self) -> None:
        """Read everybody the next time."""
        self._wanted = replace(self._wanted, stale=False)

    def show_stale(self, *, only: bool) -> None:
        """Read only those who must enroll again, or everybody."""
        self._wanted = replace(self._wanted, stale=only, count=PAGE)
        self.reload()

    def reload(self) -> None:
        """Read as many people as were shown; an earlier question that is still open is dropped."""
        self.stop_reading()
        wanted = self._wanted
        self._listing = self._recognition.submit(
            lambda _: read_people(self._kiosk, wanted), self._on_found, self.failed.emit
        )

    def stop_reading(self) -> None:
        """Nobody waits for people any more."""
        for ticket in (self._listing, self._paging):
            if ticket is not None:
                ticket.cancel()

    @Slot()
    def read_more(self) -> None:
        """Read the people who follow in the table."""
        around, shown = self._around, self._wanted.count
        if around is None:
            return
        wanted = self._user_ids[shown : shown + PAGE]
        self._wanted = replace(self._wanted, count=shown + PAGE)
        self._paging = self._recognition.submit(
            lambda _: read_rows(self._kiosk, wanted, around), self.more.emit, self.failed.emit
        )

    def show_history(self, user_id: str) -> None:
        """Read one person's attempts; an earlier question that is still open is dropped."""
        self.forget_history()

        def work() -> History | None:
            rows = read_rows(self._kiosk, [user_id], read_around(self._kiosk))
            return History(rows[0], tuple(self._kiosk.people.attempts(user_id))) if rows else None

        self._history_ticket = self._recognition.submit(
            lambda _: work(), self.history.emit, self.failed.emit
        )

    def forget_history(self) -> None:
        """Nobody waits for a person's attempts any more."""
        if self._history_ticket is not None:
            self._history_ticket.cancel()
            self._history_ticket = None

    def rename(self, user_id: str, name: str) -> None:
        """Change the display name."""
        self._change(lambda: self._kiosk.people.rename(user_id, name), "renamed", user_id)

    def set_enabled(self, user_id: str, *, enabled: bool) -> None:
        """Suspend a person, or let them be verified again."""
        self._change(
            lambda: self._kiosk.people.set_enabled(user_id, enabled=enabled),
            "enabled" if enabled else "disabled",
            user_id,
        )

    def unlock(self, user_id: str, checked: str) -> None:
        """Let a person try again; see :meth:`kiosk.services.limits.attempts.Attempts.unlock`."""
        attempts = self._kiosk.attempts
        self._change(lambda: attempts.unlock(user_id, checked=checked), "unlocked", user_id)

    def set_factor(self, user_id: str, kind: FactorKind, text: str) -> None:
        """Set a PIN or a badge; an empty text removes it."""
        factors = self._kiosk.second_factors
        if not text:
            self._change(lambda: factors.remove(user_id, kind), "factor_removed", user_id)
            return
        put = factors.set_pin if kind is FactorKind.PIN else factors.set_badge
        self._change(lambda: put(user_id, text), "factor_set", user_id)

    def roll_back(self, user_id: str) -> None:
        """Erase what a person's voiceprints have learned; the enrolled takes stay."""
        self._change(lambda: self._kiosk.adapting.roll_back(user_id), "rolled_back", user_id)

    def export(self, user_id: str, path: Path) -> None:
        """Write what is kept about a person; see :func:`write_export`."""
        people, guarded = self._kiosk.people, self._kiosk.guarded
        self._change(lambda: write_export(people, user_id, path, guarded), "exported", user_id)

    def print_receipt(self, user_id: str, path: Path) -> None:
        """Write the newest consent receipt as a PDF that only this user may read."""
        consents, guarded = self._kiosk.consents, self._kiosk.guarded
        self._change(lambda: write_receipt(consents, user_id, path, guarded), "printed", user_id)

    def erase(self, user_id: str, withdrawn: bool = False, backups: bool = False) -> None:
        """Erase a person with everything that is kept about them.

        Args:
            user_id: of the person.
            withdrawn: the person has withdrawn the consent.
            backups: delete backups that may hold the person, too.
        """
        reason = Reason.WITHDRAWN if withdrawn else Reason.REMOVED

        def work() -> str:
            proof = self._kiosk.people.remove(user_id, reason)
            deleted = self._kiosk.erase.delete_backups(proof.backups) if backups else ()
            if set(proof.backups) - set(deleted):
                return "erased_backups"
            return "erased_later" if proof.overwritten is False else "erased"

        self._do(work, user_id)

    def _change(self, work: Callable[[], object], what: str, user_id: str) -> None:
        def done() -> str:
            work()
            return what

        self._do(done, user_id)

    def _do(self, work: Callable[[], str], user_id: str) -> None:
        """Do something that returns what is done, then read everybody anew."""
        wanted = self._wanted

        def change() -> tuple[tuple[Found, Around], str]:
            what = work()
            return read_people(self._kiosk, wanted), what

        def changed(result: tuple[tuple[Found, Around], str]) -> None:
            self._on_found(result[0])
            self.done.emit(result[1], user_id)

        def failed(error: KioskError) -> None:
            self.failed.emit(error)
            # Somebody else may have changed the person meanwhile: show what is true now.
            self.reload()

        self._recognition.submit(lambda _: change(), changed, failed)

    def _on_found(self, result: tuple[Found, Around]) -> None:
        found, self._around = result
        self._user_ids = found.user_ids
        self.loaded.emit(found)
