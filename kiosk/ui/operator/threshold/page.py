"""The Threshold page: how people score here, and how many impostors may get in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kiosk.core.accounts.roles import Action
from kiosk.ui import messages
from kiosk.ui.operator.parts import scrolling
from kiosk.ui.operator.screens import OperatorPage
from kiosk.ui.operator.threshold.cosine_card import ThresholdCard
from kiosk.ui.operator.threshold.policy import PolicyCard
from kiosk.ui.operator.threshold.presenter import ThresholdPresenter
from kiosk.ui.operator.threshold.scores import SiteScoresCard
from kiosk.ui.widgets.busy_bar import BusyBar
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError
    from kiosk.ui.navigation import Ui
    from kiosk.ui.operator.screens import Navigator
    from kiosk.ui.operator.threshold.presenter import Reading

_WIDEST = 1100
"""Pixels: longer lines are not read."""


class ThresholdPage(OperatorPage):
    """For operators to read and for administrators to set; every change is recorded.

    Voice models that were never calibrated have a cosine score in the place of a policy.

    Args:
        ui: the use-cases, threads and looks.
        navigator: leads to other screens.
        parent: Qt parent.
    """

    def __init__(self, ui: Ui, navigator: Navigator, parent: QWidget | None = None) -> None:
        super().__init__(ui, navigator, parent)
        self._session = ui.session
        self.presenter = ThresholdPresenter(ui, self)
        self._error = HintBanner(ui.theme)
        self._error.setObjectName("threshold.error")
        self._busy = BusyBar(ui.theme)
        self._busy.setObjectName("threshold.busy")
        for above in (self._error, self._busy):
            policy = above.sizePolicy()
            policy.setRetainSizeWhenHidden(False)
            above.setSizePolicy(policy)
        self._policy = PolicyCard(ui.theme)
        self._scores = SiteScoresCard(ui.theme)
        self._cosine = ThresholdCard(ui)
        self._closed = Text(
            self.tr(
                "The voice model in use has a threshold by cosine score. Administrators can see "
                "and set it."
            ),
            "body",
            "muted",
        )
        self._closed.setObjectName("threshold.closed")
        content = QWidget()
        content.setMaximumWidth(_WIDEST)
        box = QVBoxLayout(content)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(ui.theme.space("m"))
        self._parts = (self._policy, self._scores, self._cosine, self._closed)
        for part in self._parts:
            box.addWidget(part)
            part.hide()
        box.addStretch(1)
        self.body.addWidget(self._error)
        self.body.addWidget(self._busy)
        self.body.addWidget(scrolling(ui.theme, content), 1)
        self._policy.looked_at.connect(self._load)
        self._policy.chosen.connect(self.presenter.set)
        self._cosine.failed.connect(self._on_failed)
        self._busy.cancelled.connect(self._give_up)
        self.presenter.loaded.connect(self._on_loaded)
        self.presenter.failed.connect(self._on_failed)

    @property
    def _may_set(self) -> bool:
        return self._session.may(Action.THRESHOLD)

    def entered(self) -> None:
        """The page is shown: measure anew, people have come and gone."""
        self._error.clear()
        self._policy.permit(setting=self._may_set)
        self._load()

    def left(self) -> None:
        """The page is left: nothing is measured for nobody."""
        self._give_up()
        self._scores.forget()
        self._cosine.forget()

    @Slot(int)
    def _load(self, one_in: int | None = None) -> None:
        self._busy.start(self.tr("Comparing the people enrolled here …"))
        self.presenter.load(one_in)

    @Slot()
    def _give_up(self) -> None:
        self.presenter.stop()
        self._busy.stop()

    @Slot(object)
    def _on_loaded(self, reading: Reading | None) -> None:
        self._busy.stop()
        shown: tuple[QWidget, ...]
        if reading is None:
            shown = (self._cosine,) if self._may_set else (self._closed,)
            if self._may_set:
                self._cosine.reload()
        else:
            shown = (self._policy, self._scores)
            self._policy.show_reading(reading)
            self._scores.show_reading(reading)
        first = not any(part.isVisibleTo(self) for part in shown)
        for part in self._parts:
            part.setVisible(part in shown)
        if first and reading is not None:
            self._policy.focus().setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_failed(self, error: KioskError) -> None:
        self._busy.stop()
        message = messages.for_error(error)
        self._error.show_hint(message.sentence, "negative", message.icon)
