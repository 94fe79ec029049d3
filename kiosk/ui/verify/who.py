"""Who are you: an ID by touch, keyboard or badge reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot

from kiosk.ui.verify.column import Column
from kiosk.ui.widgets.busy_bar import BusyBar
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.hint_banner import HintBanner
from kiosk.ui.widgets.keypad import KeypadEntry
from kiosk.ui.widgets.page import Page

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QWidget

    from kiosk.ui.messages import Message
    from kiosk.ui.theme.controller import ThemeController


class WhoPage(Page):
    """Asks for the ID.

    Signals:
        claimed: an ID as it was typed.
        left: back to Welcome.
    """

    claimed = Signal(str)
    left = Signal()

    def __init__(self, theme: ThemeController, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", parent=parent)
        self.set_title(
            self.tr("Who are you?"), self.tr("Type your ID, or hold your badge to the reader.")
        )
        self.setObjectName("page.who")
        self._entry = KeypadEntry(theme, self.tr("Your ID"))
        self._entry.field.setObjectName("who.id")
        self._notice = HintBanner(theme)
        self._busy = BusyBar(theme)
        self._go_on = Button(theme, self.tr("Continue"), "primary", icon="arrow-right")
        self._go_on.setObjectName("who.continue")
        self._go_on.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        back = Button(theme, self.tr("Back"), "secondary", icon="arrow-left")
        back.setObjectName("who.back")

        column = Column(theme, 800, self)
        column.body.addStretch(1)
        column.body.addWidget(self._notice)
        column.body.addWidget(self._entry, 0, Qt.AlignmentFlag.AlignHCenter)
        column.body.addWidget(self._busy)
        column.body.addStretch(2)
        self.body.addWidget(column, 1)
        self.add_footer(back, "left")
        self.add_footer(self._go_on)

        self._entry.submitted.connect(self.claimed)
        self._entry.edited.connect(self._edited)
        self._go_on.clicked.connect(self._submit)
        back.clicked.connect(self.left)
        self._edited("")

    def begin(self, typed: str = "") -> None:
        """Ask anew.

        Args:
            typed: what a badge reader has typed already.
        """
        self._entry.clear()
        self._entry.field.setText(typed)
        self._entry.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_claim(self, pending: bool, message: Message | None) -> None:
        """Show that an ID is looked up, or what came of it."""
        self._entry.setEnabled(not pending)
        self._go_on.setEnabled(not pending and bool(self._entry.text()))
        if pending:
            self._busy.start(self.tr("Looking up the ID …"), can_cancel=False)
        else:
            self._busy.stop()
        if message is None:
            self._notice.clear()
        else:
            self._notice.show_hint(f"{message.title}. {message.hint}", "warning", message.icon)
            # Ready for another ID: the next key replaces this one.
            self._entry.field.selectAll()
        if not pending and self.isVisible():
            self._entry.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give what a badge reader types to the field, wherever the focus is."""
        if event.text().isprintable() and event.text() and self._entry.isEnabled():
            self._entry.keyPressEvent(event)
            return
        super().keyPressEvent(event)

    @Slot(str)
    def _edited(self, text: str) -> None:
        self._go_on.setEnabled(bool(text.strip()))
        self._notice.clear()

    @Slot()
    def _submit(self) -> None:
        if text := self._entry.text():
            self.claimed.emit(text)
