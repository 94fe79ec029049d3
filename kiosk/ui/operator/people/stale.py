"""Says how many people must enroll again since the voice model has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal

from kiosk.core.accounts.roles import Action
from kiosk.core.people.users import PeopleOrder
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.hearing.hint_banner import HintBanner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.core.voice.comparing import Comparing
    from kiosk.services.facade import Kiosk
    from kiosk.ui.hearing.recognition_thread import Ticket
    from kiosk.ui.navigation import Ui
    from kiosk.ui.theme.controller import ThemeController


class StaleNotice(HintBanner):
    """A sentence and a button; takes no room when there is nobody.

    Signals:
        wanted: the operator wants to see them, or everybody again.

    Args:
        theme: gives looks.
        name: object name; the button is ``<name>.show``.
    """

    wanted = Signal()

    def __init__(self, theme: ThemeController, name: str) -> None:
        super().__init__(theme)
        self.setObjectName(name)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(False)
        self.setSizePolicy(policy)
        self._show = Button(theme, _tr("Show them"), icon="users", parent=self)
        self._show.setObjectName(f"{name}.show")
        self._show.clicked.connect(self.wanted)
        row = self.layout()
        if row is not None:
            row.addWidget(self._show)

    def tell(self, count: int, *, shown: bool = False) -> None:
        """Say how many there are.

        Args:
            count: how many.
            shown: nobody else is shown at present.
        """
        self._show.set_text(_tr("Show everyone") if shown else _tr("Show them"))
        if not count:
            self.clear()
            return
        if count == 1:
            text = _tr("1 person must enroll again: the voice model has changed.")
        else:
            text = _tr("{0} people must enroll again: the voice model has changed.")
        self.show_hint(text.replace("{0}", f"{count:,}"), "warning", "refresh")


class StaleWatch:
    """Counts them in the recognition thread for a notice above the operator's pages.

    Args:
        ui: the use-cases and threads.
        notice: is told.
    """

    def __init__(self, ui: Ui, notice: StaleNotice) -> None:
        self._ui = ui
        self._notice = notice
        self._ticket: Ticket | None = None

    def look(self, *, wanted: bool) -> None:
        """Count anew, or say nothing where that is not wanted."""
        self.stop()
        if not wanted or not self._ui.session.may(Action.SEE_PEOPLE):
            self._notice.clear()
            return
        kiosk = self._ui.kiosk
        self._ticket = self._ui.recognition.submit(
            lambda _: len(stale_ids(kiosk, comparing(kiosk))), self._notice.tell
        )

    def stop(self) -> None:
        """Nobody waits for the count any more."""
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None


def comparing(kiosk: Kiosk) -> Comparing | None:
    """Return which models decide about the next visit; None while none is loaded."""
    return kiosk.models.comparing() if kiosk.engine.ready else None


def stale_ids(kiosk: Kiosk, deciding: Comparing | None) -> Sequence[str]:
    """Return who has a voiceprint, but none that a model that decides knows, by ID."""
    if deciding is None:
        return ()
    return [
        one.user_id
        for one in kiosk.people.listed(PeopleOrder.STATE)
        if isinstance(one.value, tuple) and one.value and not deciding.by(one.value)
    ]


def _tr(text: str) -> str:
    return QCoreApplication.translate("stale", text)
