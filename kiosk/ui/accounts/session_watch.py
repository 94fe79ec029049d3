"""Ends the session of somebody whose account was disabled meanwhile, even when they do nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.core.accounts.operators import Account
    from kiosk.ui.accounts.session import Session

LOOK_MS = 2_000
"""How often is looked; whatever is done is looked at in any case."""


class SessionWatch(QObject):
    """Looks while somebody is signed in.

    Args:
        session: which is looked at.
        over: called when it has to end.
        parent: Qt parent.
    """

    def __init__(self, session: Session, over: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._over = over
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(session.look)
        session.revoked.connect(self._on_revoked)

    def follow(self) -> None:
        """Begin to look, or stop: somebody has signed in or out."""
        if self._session.account is None:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()

    @Slot(object)
    def _on_revoked(self, account: Account) -> None:
        # Told late: somebody else may have signed in since.
        if self._session.account is account:
            self._over()
