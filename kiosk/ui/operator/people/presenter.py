"""What happens on the People page; knows no widget."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from kiosk.ui.operator.people.export import write_export

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


@dataclass(frozen=True)
class Row:
    """One person as the table shows them."""

    summary: PersonSummary
    state: PersonState

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


def state_of(summary: PersonSummary, model_id: str | None) -> PersonState:
    """Return what matters most about a person.

    Args:
        summary: the person.
        model_id: the voice model in use; None when none is loaded, then nobody is blamed for it.
    """
    if not summary.person.enabled:
        return PersonState.DISABLED
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
            ``erased``.
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

    def export(self, user_id: str, path: Path) -> None:
        """Write what is kept about a person into a file that only this user may read."""
        self._change(
            lambda: write_export(self._kiosk.people.export(user_id), path), "exported", user_id
        )

    def erase(self, user_id: str) -> None:
        """Erase a person with everything that is kept about them."""
        self._change(lambda: self._kiosk.people.remove(user_id), "erased", user_id)

    def _change(self, work: Callable[[], object], what: str, user_id: str) -> None:
        def change() -> list[Row]:
            work()
            return self._rows()

        def changed(rows: list[Row]) -> None:
            self.loaded.emit(rows)
            self.done.emit(what, user_id)

        def failed(error: KioskError) -> None:
            self.failed.emit(error)
            # Somebody else may have changed the person meanwhile: show what is true now.
            self.reload()

        self._recognition.submit(lambda _: change(), changed, failed)

    def _rows(self) -> list[Row]:
        engine = self._kiosk.engine
        # The chosen one: it decides about the next visit, whatever is loaded until then.
        model_id = self._kiosk.models.chosen() if engine.ready else None
        return [Row(one, state_of(one, model_id)) for one in self._kiosk.people.everybody()]
