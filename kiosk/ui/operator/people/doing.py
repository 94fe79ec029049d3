"""What the buttons of a person do, and what is said when it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from kiosk.ui.operator.people.dialogs import (
    ask_erase,
    ask_export,
    ask_receipt,
    ask_rename,
    ask_roll_back,
)
from kiosk.ui.operator.people.trying import ask_factor, ask_unlock

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from kiosk.ui.operator.people.presenter import PeoplePresenter
    from kiosk.ui.operator.people.rows import Row
    from kiosk.ui.theme.controller import ThemeController


class PersonActions(QObject):
    """Asks what must be asked, then has it done.

    Signals:
        reenroll: ID and name of whom the operator wants to re-enroll.

    Args:
        theme: gives looks.
        page: dialogs appear over it.
        presenter: does it.
    """

    reenroll = Signal(str, str)

    def __init__(self, theme: ThemeController, page: QWidget, presenter: PeoplePresenter) -> None:
        super().__init__(page)
        self._theme = theme
        self._page = page
        self._presenter = presenter

    def do(self, action: str, row: Row) -> None:
        """Do one of the actions of :class:`kiosk.ui.operator.people.actions.Actions`."""
        presenter = self._presenter
        person, user_id = row.summary.person, row.user_id
        actions: dict[str, Callable[[], object]] = {
            "show": lambda: presenter.show_history(user_id),
            "rename": lambda: ask_rename(self._theme, self._page, row, presenter.rename),
            "toggle": lambda: presenter.set_enabled(user_id, enabled=not person.enabled),
            "unlock": lambda: ask_unlock(self._theme, self._page, row, presenter.unlock),
            "factor": lambda: ask_factor(self._theme, self._page, row, presenter.set_factor),
            "reenroll": lambda: self.reenroll.emit(user_id, person.name),
            "rollback": lambda: ask_roll_back(self._theme, self._page, row, presenter.roll_back),
            "export": lambda: ask_export(self._page, user_id, presenter.export),
            "receipt": lambda: ask_receipt(self._page, user_id, presenter.print_receipt),
            "erase": lambda: ask_erase(
                self._theme,
                self._page,
                row,
                presenter.erase,
                may_delete_backups=presenter.may_delete_backups,
            ),
        }
        actions[action]()

    def said(self, what: str, user_id: str) -> tuple[str, str]:
        """Return what is said when something is done, and an icon.

        Args:
            what: see :attr:`kiosk.ui.operator.people.presenter.PeoplePresenter.done`.
            user_id: of the person.
        """
        text, icon = {
            "renamed": (self.tr("{0} is renamed."), "edit"),
            "enabled": (self.tr("{0} is enabled."), "check-circle"),
            "disabled": (self.tr("{0} is disabled and cannot verify."), "lock"),
            "unlocked": (self.tr("{0} can try again."), "check-circle"),
            "factor_set": (self.tr("The PIN or badge of {0} is set."), "id-badge"),
            "factor_removed": (self.tr("The PIN or badge of {0} is removed."), "id-badge"),
            "rolled_back": (self.tr("{0} is back to the enrolled takes."), "arrow-left"),
            "exported": (self.tr("The data of {0} is exported."), "download"),
            "printed": (self.tr("The consent receipt of {0} is saved."), "download"),
            "erased": (self.tr("{0} is deleted."), "trash"),
            "erased_backups": (
                self.tr("{0} is deleted. Earlier backups may still hold the person."),
                "trash",
            ),
            "erased_later": (
                self.tr("{0} is deleted. The disk space is overwritten a little later."),
                "trash",
            ),
        }[what]
        return text.replace("{0}", user_id), icon
