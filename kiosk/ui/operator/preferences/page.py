"""The Preferences page: the HTTP service beside the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.ui import messages
from kiosk.ui.operator.parts import IconText, Tick, scrolling
from kiosk.ui.operator.preferences.adapting import AdaptingCard
from kiosk.ui.operator.preferences.presenter import ServicePresenter
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.hint_banner import HintBanner
from kiosk.ui.widgets.labels import Text
from kiosk.ui.widgets.page import Page

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError
    from kiosk.services.service_switch import ServiceSwitch
    from kiosk.ui.navigation import Ui


class PreferencesPage(Page):
    """Whether other programs may use this kiosk.

    Args:
        ui: the use-cases, threads and looks.
        service: the switch of the HTTP service.
    """

    def __init__(self, ui: Ui, service: ServiceSwitch) -> None:
        super().__init__(ui.theme, "", face="operator")
        self.setObjectName("page.preferences")
        self.set_title(self.tr("Preferences"))
        self.presenter = ServicePresenter(ui, service, self)
        theme = ui.theme
        self._trouble = HintBanner(theme)
        self._trouble.setObjectName("service.trouble")
        self._wanted = Tick(theme, "service.wanted")
        self._wanted.set_text(self.tr("Let other programs verify and enroll people (HTTP service)"))
        self._state = IconText(theme)
        self._state.setObjectName("service.state")
        card = Card(theme)
        card.body.addWidget(Text(self.tr("HTTP service"), "title"))
        card.body.addWidget(self._wanted)
        card.body.addWidget(self._state)
        card.body.addWidget(
            Text(
                self.tr(
                    "It works on the same people and voice model as this window, as long as the "
                    "window is open. Who may use it is decided by the settings and by API keys."
                ),
                "caption",
                "muted",
            )
        )
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("m"))
        box.addWidget(card)
        self._adapting = AdaptingCard(ui)
        self._adapting.failed.connect(self._on_failed)
        box.addWidget(self._adapting)
        box.addWidget(self._trouble)
        box.addStretch(1)
        self.body.addWidget(scrolling(content), 1)
        self._wanted.toggled.connect(self._on_toggled)
        self.presenter.changed.connect(self._show)
        self.presenter.failed.connect(self._on_failed)

    def entered(self) -> None:
        """The page is shown."""
        self._show()
        self._adapting.reload()
        self._wanted.box.setFocus(Qt.FocusReason.OtherFocusReason)

    def left(self) -> None:
        """The page is left; what was asked for is done all the same."""

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        self.presenter.switch(on)

    @Slot()
    def _show(self) -> None:
        status = self.presenter.status
        self._wanted.box.blockSignals(True)  # it shows what holds, and asks for nothing
        self._wanted.box.setChecked(status.wanted)
        self._wanted.box.blockSignals(False)
        self._wanted.setEnabled(not self.presenter.busy)
        if self.presenter.busy:
            self._state.set_state(self.tr("One moment …"), "refresh", "muted")
        elif status.address is not None:
            text = self.tr("It listens on {address}").format(address=status.address)
            self._state.set_state(text, "check-circle", "positive")
        elif status.wanted:
            self._state.set_state(self.tr("It does not run"), "x-circle", "negative")
        else:
            self._state.set_state(self.tr("It is off"), "minus", "muted")
        if status.trouble is not None and not self.presenter.busy:
            self._on_failed(status.trouble)
        else:
            self._trouble.clear()

    @Slot(object)
    def _on_failed(self, error: KioskError) -> None:
        message = messages.for_error(error)
        self._trouble.show_hint(message.sentence, "negative", message.icon)
