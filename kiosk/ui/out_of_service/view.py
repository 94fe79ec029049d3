"""Out of service: for visitors what to do, for operators what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.ui import accessibility
from kiosk.ui.fading_stack import FadingStack
from kiosk.ui.messages import for_error
from kiosk.ui.navigation import Route
from kiosk.ui.verify.adaptive import FooterRow
from kiosk.ui.verify.column import Column
from kiosk.ui.verify.other_ways import OtherWaysPage
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.labels import IconView, Text
from kiosk.ui.widgets.outcome_panel import OutcomePanel
from kiosk.ui.widgets.page import Page

if TYPE_CHECKING:
    from kiosk.core.errors import KioskError
    from kiosk.ui.navigation import Ui
    from kiosk.ui.theme.controller import ThemeController


class _Fault(Card):
    """What is missing, what to do, and the code to quote."""

    def __init__(self, theme: ThemeController, parent: QWidget | None = None) -> None:
        super().__init__(theme, "l", parent)
        self._icon = IconView(theme, "alert-triangle", "text-muted", 40)
        self._title = Text("", "strong")
        self._hint = Text("", "body", "muted")
        self._code = Text("", "caption", "muted")
        words = QVBoxLayout()
        words.setSpacing(theme.space("xs"))
        for part in (self._title, self._hint, self._code):
            words.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(theme.space("l"))
        row.addWidget(self._icon)
        row.addLayout(words, 1)
        self.body.addLayout(row)

    def show_error(self, error: KioskError) -> None:
        message = for_error(error)
        self._icon.set_icon(message.icon, "text-muted")
        self._title.setText(message.title)
        self._hint.setText(message.hint)
        self._hint.setVisible(bool(message.hint))
        self._code.setText(message.code)
        accessibility.name(self, message.sentence)


class OutOfServiceView(QWidget):
    """Shown while :class:`kiosk.ui.service_monitor.ServiceMonitor` knows of trouble."""

    def __init__(self, ui: Ui, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ui = ui
        theme = ui.theme
        self._page = Page(theme, "")
        self._page.setObjectName("page.out_of_service")
        self._panel = OutcomePanel(theme, 128)
        self._fault = _Fault(theme)
        column = Column(theme, 760, self._page)
        column.body.addStretch(1)
        column.body.addWidget(self._panel)
        column.body.addSpacing(theme.space("m"))
        column.body.addWidget(self._fault)
        column.body.addStretch(1)
        self._page.body.addWidget(column, 1)
        operator = Button(theme, self.tr("Operator"), "quiet", icon="lock")
        operator.setObjectName("out_of_service.operator")
        operator.clicked.connect(self._ask_operator)
        other = Button(theme, self.tr("Other ways to identify"), "secondary", icon="help-circle")
        other.setObjectName("out_of_service.other_ways")
        other.clicked.connect(self._show_other_ways)
        self._page.body.addWidget(FooterRow(theme, (operator,), (other,)))
        self._other: OtherWaysPage | None = None
        self._stack = FadingStack(theme, self)
        self._stack.addWidget(self._page)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._stack)

    def show_error(self, error: KioskError) -> None:
        """Say what is missing."""
        self._panel.show_outcome(
            "out-of-service",
            self.tr("Out of service"),
            self.tr("Please ask at the desk. The kiosk keeps trying."),
        )
        self._fault.show_error(error)

    def entered(self) -> None:
        """Begin with the page itself."""
        self._show_page()

    def left(self) -> None:
        """Nothing is to be ended."""

    @Slot()
    def _ask_operator(self) -> None:
        self._ui.go(Route.SIGN_IN)

    @Slot()
    def _show_other_ways(self) -> None:
        if self._other is None:
            self._other = OtherWaysPage(self._ui.theme, "out_of_service.")
            self._other.left.connect(self._show_page)
            self._stack.addWidget(self._other)
        self._stack.turn_to(self._other)
        self._other.setFocus()

    @Slot()
    def _show_page(self) -> None:
        self._stack.turn_to(self._page)
        self._page.setFocus()
