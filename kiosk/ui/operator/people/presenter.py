"""What happens on the People page; knows no widget."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from kiosk.core.erasure import Reason
from kiosk.core.roles import Action, may
from kiosk.core.second_factor import FactorKind
from kiosk.ui.operator.people.export import write_export
from kiosk.ui.operator.people.receipt import write_receipt

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from kiosk.core.attempts import Lock
    from kiosk.core.errors import KioskError
    from kiosk.core.users import AttemptRecord, PersonSummary
    from kiosk.ui.navigation import Ui
    from kiosk.ui.recognition_thread import Ticket


class PersonState(Enum):
    """What matters most about a person; the value says in which order they sort."""

    READY = 0
    REENROLL = 1
    NO_VOICE = 2
    DISABLED = 3
    LOCKED = 4


@dataclass(frozen=True)
class Row:
    """One person as the table shows them.

    Attributes:
        summary: the person.
        state: what matters most about them.
        adapted: takes that their voiceprints have learned.
        due_at: when they are erased unless they are verified before; None for never.
        due_in: days until then, where that is soon enough to be told; None otherwise.
        lock: why they cannot be verified at this moment; None when they can.
        factors: what they have beside the voice.
    """

    summary: PersonSummary
    state: PersonState
    adapted: int = 0
    due_at: datetime | None = None
    due_in: int | None = None
    lock: Lock | None = None
    factors: tuple[FactorKind, ...] = ()

    @property
    def user_id(self) -> str:
        """Return the person's ID."""
        return self.summary.person.user_id


@dataclass(frozen=True)
class History:
    """What the detail view shows.

    Attributes:
        row: the person.
        attempts: newest first.
    """

    row: Row
    attempts: tuple[AttemptRecord, ...]


def state_of(summary: PersonSummary, model_id: str | None, lock: Lock | None = None) -> PersonState:
    """Return what matters most about a person.

    Args:
        summary: the person.
        model_id: the voice model in use; None when none is loaded, then nobody is blamed for it.
        lock: set after too many failures.
    """
    if not summary.person.enabled:
        return PersonState.DISABLED
    if lock is not None:
        return PersonState.LOCKED
    if not summary.model_ids:
        return PersonState.NO_VOICE
    if model_id is not None and model_id not in summary.model_ids:
        return PersonState.REENROLL
    return PersonState.READY


class PeoplePresenter(QObject):
    """Reads and changes people in the recognition thread.

    Signals:
        loaded: ``list[Row]``, after every change too.
        history: :class:`History` of the person asked for.
        done: a sentence key and the ID: ``renamed``, ``enabled``, ``disabled``, ``exported``,
            ``unlocked``, ``factor_set``, ``factor_removed``,
            ``rolled_back``, ``printed``, ``erased``, ``erased_backups`` where backups may still
            hold the person, ``erased_later`` where it is not overwritten yet.
        failed: :class:`kiosk.core.errors.KioskError`.
    """

    loaded = Signal(list)
    history = Signal(object)
    done = Signal(str, str)
    failed = Signal(object)

    def __init__(self, ui: Ui, parent: QObject | None = None) -> None:
        """Begin with nothing loaded."""
        super().__init__(parent)
        self._kiosk = ui.kiosk
        self._recognition = ui.recognition
        self._history_ticket: Ticket | None = None

    @property
    def may_delete_backups(self) -> bool:
        """Return whether whoever is there may delete backups."""
        return may(Action.DELETE_BACKUPS, self._recognition.actor)

    def reload(self) -> None:
        """Read everybody."""
        self._recognition.submit(lambda _: self._rows(), self.loaded.emit, self.failed.emit)

    def show_history(self, user_id: str) -> None:
        """Read one person's attempts; an earlier question that is still open is dropped."""
        self.forget_history()

        def work() -> History | None:
            row = next((row for row in self._rows() if row.user_id == user_id), None)
            attempts = tuple(self._kiosk.people.attempts(user_id))
            return History(row, attempts) if row is not None else None

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
        """Let a person try again; see :meth:`kiosk.services.attempts.Attempts.unlock`."""
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

        def change() -> tuple[list[Row], str]:
            what = work()
            return self._rows(), what

        def changed(found: tuple[list[Row], str]) -> None:
            self.loaded.emit(found[0])
            self.done.emit(found[1], user_id)

        def failed(error: KioskError) -> None:
            self.failed.emit(error)
            # Somebody else may have changed the person meanwhile: show what is true now.
            self.reload()

        self._recognition.submit(lambda _: change(), changed, failed)

    def _rows(self) -> list[Row]:
        engine = self._kiosk.engine
        # The chosen one: it decides about the next visit, whatever is loaded until then.
        model_id = self._kiosk.models.chosen() if engine.ready else None
        adapted = self._kiosk.adapting.counts()
        status = self._kiosk.retention.status()
        kept = {one.person.user_id: one.due_at for one in status.people}
        soon = {one.person.user_id: one.days_left(status.now) for one in status.warned}
        everybody = self._kiosk.people.everybody()
        locks = self._kiosk.attempts.locks(one.person.user_id for one in everybody)
        factors = self._kiosk.second_factors.holders()
        return [
            Row(
                one,
                state_of(one, model_id, locks.get(one.person.user_id)),
                adapted.get(one.person.user_id, 0),
                kept.get(one.person.user_id),
                soon.get(one.person.user_id),
                locks.get(one.person.user_id),
                factors.get(one.person.user_id, ()),
            )
            for one in everybody
        ]
