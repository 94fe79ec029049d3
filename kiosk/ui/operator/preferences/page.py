"""The Preferences page: what administrators decide, each with what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.ui import messages
from kiosk.ui.operator.parts import scrolling
from kiosk.ui.operator.preferences.adapting import AdaptingCard
from kiosk.ui.operator.preferences.factors import FactorsCard
from kiosk.ui.operator.preferences.keeping import KeepingCard
from kiosk.ui.operator.preferences.scores import ScoresCard
from kiosk.ui.operator.preferences.service import ServiceCard
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.page import Page

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError
    from kiosk.services.service_switch import ServiceSwitch
    from kiosk.ui.navigation import Ui


_WIDEST = 1100
"""Pixels: longer lines are not read."""


class PreferencesPage(Page):
    """For administrators; every change is recorded.

    Signals:
        asked_privacy: the period of keeping is to be changed, where that is done.

    Args:
        ui: the use-cases, threads and looks.
        service: the switch of the HTTP service; None where this program has none.
        parent: Qt parent.
    """

    asked_privacy = Signal()

    def __init__(
        self, ui: Ui, service: ServiceSwitch | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(ui.theme, "", face="operator", parent=parent)
        self.setObjectName("page.preferences")
        self.set_title(self.tr("Preferences"))
        self._error = HintBanner(ui.theme)
        self._error.setObjectName("preferences.error")
        policy = self._error.sizePolicy()
        policy.setRetainSizeWhenHidden(False)
        self._error.setSizePolicy(policy)
        self._scores = ScoresCard(ui)
        self._factors = FactorsCard(ui)
        self._adapting = AdaptingCard(ui)
        self._keeping = KeepingCard(ui)
        self._service = None if service is None else ServiceCard(ui, service)
        content = QWidget()
        content.setMaximumWidth(_WIDEST)
        box = QVBoxLayout(content)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(ui.theme.space("m"))
        reporting = (self._scores, self._factors, self._adapting, self._keeping)
        for card in reporting:
            box.addWidget(card)
            card.failed.connect(self._on_failed)
        if self._service is not None:
            box.addWidget(self._service)
        box.addStretch(1)
        self.body.addWidget(self._error)
        self.body.addWidget(scrolling(ui.theme, content), 1)
        self._keeping.asked.connect(self.asked_privacy)

    def entered(self) -> None:
        """The page is shown: read what holds."""
        self._error.clear()
        for card in (self._scores, self._factors, self._adapting, self._keeping):
            card.reload()
        if self._service is not None:
            self._service.reload()
        self._scores.focus().setFocus(Qt.FocusReason.OtherFocusReason)

    def left(self) -> None:
        """The page is left; what was asked for is done all the same."""

    @Slot(object)
    def _on_failed(self, error: KioskError) -> None:
        message = messages.for_error(error)
        self._error.show_hint(message.sentence, "negative", message.icon)
