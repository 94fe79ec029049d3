"""Reads and changes accounts in the recognition thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.accounts.acting import Role
    from kiosk.core.accounts.operators import Account
    from kiosk.core.errors import KioskError
    from kiosk.ui.navigation import Ui


class AccountsPresenter(QObject):
    """The accounts, as whoever has signed in may see and change them.

    Signals:
        loaded: ``list[Account]``, after every change too.
        done: a sentence key and the login: ``role``, ``enabled``, ``disabled`` or ``removed``.
        given: login and the PIN for its next sign-in, which nobody can be told again.
        failed: :class:`kiosk.core.errors.KioskError`.

    Args:
        ui: the use-cases and threads.
        parent: Qt parent.
    """

    loaded = Signal(list)
    done = Signal(str, str)
    given = Signal(str, str)
    failed = Signal(object)

    def __init__(self, ui: Ui, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._accounts = ui.kiosk.accounts
        self._recognition = ui.recognition

    def reload(self) -> None:
        """Read all accounts."""
        self._recognition.submit(
            lambda _: self._accounts.list(), self.loaded.emit, self.failed.emit
        )

    def add(self, login: str, name: str, role: Role, refused: Callable[[KioskError], None]) -> None:
        """Make an account.

        Args:
            login: as typed.
            name: display name, may be empty.
            role: operator or administrator.
            refused: called with the error; :attr:`failed` is not emitted.
        """
        self._give(lambda: self._accounts.add(login, name, role), refused)

    def reset(self, login: str) -> None:
        """Give an account another PIN."""
        self._give(lambda: self._accounts.reset(login), self._on_failed)

    def set_role(self, login: str, role: Role) -> None:
        """Make somebody operator or administrator."""
        self._change(lambda: self._accounts.set_role(login, role), "role", login)

    def set_enabled(self, login: str, *, enabled: bool) -> None:
        """Let somebody sign in, or no more."""
        self._change(
            lambda: self._accounts.set_enabled(login, enabled=enabled),
            "enabled" if enabled else "disabled",
            login,
        )

    def remove(self, login: str) -> None:
        """Remove an account."""
        self._change(lambda: self._accounts.remove(login), "removed", login)

    def _give(
        self, work: Callable[[], tuple[Account, str]], refused: Callable[[KioskError], None]
    ) -> None:
        def given(result: tuple[Account, str]) -> None:
            account, pin = result
            self.reload()
            self.given.emit(account.login, pin)

        self._recognition.submit(lambda _: work(), given, refused)

    def _change(self, work: Callable[[], object], what: str, login: str) -> None:
        def changed(_: object) -> None:
            self.reload()
            self.done.emit(what, login)

        self._recognition.submit(lambda _: work(), changed, self._on_failed)

    def _on_failed(self, error: KioskError) -> None:
        self.failed.emit(error)
        # Somebody else may have changed the accounts meanwhile: show what is true now.
        self.reload()
