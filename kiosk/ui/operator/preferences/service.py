"""The part of Preferences that switches the HTTP service beside the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from kiosk.ui import messages
from kiosk.ui.operator.parts import IconText, Tick
from kiosk.ui.operator.preferences.presenter import ServicePresenter
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError
    from kiosk.services.service_switch import ServiceSwitch
    from kiosk.ui.navigation import Ui


class ServiceCard(Card):
    """Whether other programs may use this kiosk, and where it listens.

    Args:
        ui: the use-cases, threads and looks.
        service: the switch of the HTTP service.
    """

    def __init__(self, ui: Ui, service: ServiceSwitch) -> None:
        super().__init__(ui.theme)
        self.presenter = ServicePresenter(ui, service, self)
        theme = ui.theme
        self._wanted = Tick(theme, "service.wanted")
        self._wanted.set_text(self.tr("Let other programs verify and enroll people (HTTP service)"))
        self._state = IconText(theme)
        self._state.setObjectName("service.state")
        self._trouble = HintBanner(theme)
        self._trouble.setObjectName("service.trouble")
        policy = self._trouble.sizePolicy()
        policy.setRetainSizeWhenHidden(False)
        self._trouble.setSizePolicy(policy)
        explanation = self.tr(
            "It uses the same people and voice model as this window and runs while the window "
            "is open. Settings and API keys control access."
        )
        for part in (
            Text(self.tr("HTTP service"), "title"),
            self._wanted,
            self._state,
            self._trouble,
            Text(explanation, "caption", "muted"),
        ):
            self.body.addWidget(part)
        self._wanted.toggled.connect(self._on_toggled)
        self.presenter.changed.connect(self.reload)
        self.presenter.failed.connect(self._on_failed)

    @Slot()
    def reload(self) -> None:
        """Show how it is."""
        status = self.presenter.status
        self._wanted.box.blockSignals(True)  # it shows what holds, and asks for nothing
        self._wanted.box.setChecked(status.wanted)
        self._wanted.box.blockSignals(False)
        self._wanted.setEnabled(not self.presenter.busy)
        if self.presenter.busy:
            self._state.set_state(self.tr("One moment …"), "refresh", "muted")
        elif status.address is not None:
            text = self.tr("Running at {address}").format(address=status.address)
            self._state.set_state(text, "check-circle", "positive")
        elif status.wanted:
            self._state.set_state(self.tr("Not running"), "x-circle", "negative")
        else:
            self._state.set_state(self.tr("Off"), "minus", "muted")
        if status.trouble is not None and not self.presenter.busy:
            self._on_failed(status.trouble)
        else:
            self._trouble.clear()

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        self.presenter.switch(on)

    @Slot(object)
    def _on_failed(self, error: KioskError) -> None:
        message = messages.for_error(error)
        self._trouble.show_hint(message.sentence, "negative", message.icon)
