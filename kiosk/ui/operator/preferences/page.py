"""The Preferences page: what administrators decide, each with what follows from it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.ui import messages
from kiosk.ui.operator.parts import scrolling
from kiosk.ui.operator.preferences.adapting import AdaptingCard
from kiosk.ui.operator.preferences.factors import FactorsCard
from kiosk.ui.operator.preferences.keeping import KeepingCard
from kiosk.ui.operator.preferences.scores import ScoresCard
from kiosk.ui.operator.preferences.service import ServiceCard
from kiosk.ui.operator.screens import OperatorPage
from kiosk.ui.widgets.hearing.hint_banner import HintBanner

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError
    from kiosk.ui.navigation import Ui
    from kiosk.ui.operator.screens import Navigator


_WIDEST = 1100
"""Pixels: longer lines are not read."""


class PreferencesPage(OperatorPage):
    """For administrators; every change is recorded.

    Args:
        ui: the use-cases, threads and looks.
        navigator: leads to other screens.
        parent: Qt parent.
    """

    def __init__(self, ui: Ui, navigator: Navigator, parent: QWidget | None = None) -> None:
        super().__init__(ui, navigator, parent)
        self._error = HintBanner(ui.theme)
        self._error.setObjectName("preferences.error")
        policy = self._error.sizePolicy()
        policy.setRetainSizeWhenHidden(False)
        self._error.setSizePolicy(policy)
        self._scores = ScoresCard(ui)
        self._factors = FactorsCard(ui)
        self._adapting = AdaptingCard(ui)
        self._keeping = KeepingCard(ui)
        self._service = None if ui.service is None else ServiceCard(ui, ui.service)
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
        self._keeping.asked.connect(partial(navigator.go, "privacy"))

    def entered(self) -> None:
        """The page is shown: read what holds."""
        self._error.clear()
        for card in (self._scores, self._factors, self._adapting, self._keeping):
            card.reload()
        if self._service is not None:
            self._service.reload()
        self._scores.focus().setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_failed(self, error: KioskError) -> None:
        message = messages.for_error(error)
        self._error.show_hint(message.sentence, "negative", message.icon)
