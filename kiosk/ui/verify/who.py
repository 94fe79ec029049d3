"""Who are you: an ID by touch, keyboard or badge reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.ui.verify.adaptive import FooterRow, SideBySide, cramped, keep_place
from kiosk.ui.verify.column import Column
from kiosk.ui.verify.entry_field import EntryField
from kiosk.ui.verify.other_ways import other_ways_button
from kiosk.ui.widgets.busy_bar import BusyBar
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.hearing.hint_banner import HintBanner
from kiosk.ui.widgets.page import Page
from kiosk.ui.widgets.typing.keypad import Keypad

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QResizeEvent

    from kiosk.ui.messages import Message
    from kiosk.ui.theme.controller import ThemeController

_LONGEST = 128
"""Characters: badges hold more than the longest ID."""
_SMALL = 900
"""Pixels: a narrower window has no room for margins, nor for wide keys beside the field."""
_WIDEST_FIELD = 712
"""Pixels: as wide as the keypad's letters."""


class WhoPage(Page):
    """Asks for the ID.

    Signals:
        claimed: an ID as it was typed.
        left: back to Welcome.
        asked_other_ways: somebody does not want to speak, or has no ID.
    """

    claimed = Signal(str)
    left = Signal()
    asked_other_ways = Signal()

    def __init__(self, theme: ThemeController, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", parent=parent)
        self._title_words = self.tr("Who are you?")
        self._subtitle_words = self.tr("Type your ID, or hold your badge to the reader.")
        self.set_title(self._title_words, self._subtitle_words)
        self.setObjectName("page.who")
        self._field = EntryField("who.id", self.tr("Your ID"), max_length=_LONGEST)
        self._keypad = Keypad(theme)
        self._keypad.attach(self._field)
        self._notice = HintBanner(theme)
        self._busy = BusyBar(theme)
        keep_place(self._busy, keep=False)
        self._go_on = Button(theme, self.tr("Continue"), "primary", icon="arrow-right")
        self._go_on.setObjectName("who.continue")
        self._go_on.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        back = Button(theme, self.tr("Back"), "secondary", icon="arrow-left")
        back.setObjectName("who.back")

        self._column = column = Column(theme, 1184, self)
        column.body.addStretch(1)
        column.body.addWidget(self._notice)
        column.body.addWidget(self._busy)
        column.body.addWidget(SideBySide(theme, self._form(theme), self._keypad))
        column.body.addStretch(2)
        self.body.addWidget(column, 1)
        other = other_ways_button(theme, "who")
        other.clicked.connect(self.asked_other_ways)
        self.body.addWidget(FooterRow(theme, (back, other), (self._go_on,)))

        self._field.returnPressed.connect(self._submit)
        self._field.textChanged.connect(self._edited)
        self._go_on.clicked.connect(self._submit)
        back.clicked.connect(self.left)
        theme.follow(self._fit)
        self._edited("")

    def begin(self, typed: str = "") -> None:
        """Ask anew.

        Args:
            typed: what a badge reader has typed already.
        """
        self._field.setText(typed)
        self._keypad.show_digits()
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    def offer(self, others: tuple[str, ...]) -> None:
        """Have keys for these characters too."""
        self._keypad.offer(others)

    def show_claim(self, pending: bool, message: Message | None) -> None:
        """Show that an ID is looked up, or what came of it."""
        # Read-only and not disabled: what is disabled loses the focus.
        self._field.setReadOnly(pending)
        self._keypad.setEnabled(not pending)
        self._go_on.setEnabled(not pending and bool(self._typed()))
        if pending:
            self._busy.start(self.tr("One moment …"), can_cancel=False)
        else:
            self._busy.stop()
        if message is None:
            self._notice.clear()
        else:
            self._notice.show_hint(f"{message.title}. {message.hint}", "warning", message.icon)
            # Ready for another ID: the next key replaces this one.
            self._field.selectAll()
            self._column.ensureWidgetVisible(self._notice)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Save height where there is little of it."""
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        roomy = not cramped(self.theme, self)
        keep_place(self._notice, keep=roomy)
        self.set_title(self._title_words, self._subtitle_words if roomy else "")
        small = not roomy and self.window().width() < _SMALL
        self._keypad.set_dense(small)
        self.set_dense(small)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give what a badge reader types to the field, wherever the focus is."""
        text = event.text()
        if text and text.isprintable() and not self._field.isReadOnly():
            self._field.setFocus(Qt.FocusReason.OtherFocusReason)
            self._field.insert(text)
            return
        super().keyPressEvent(event)

    @Slot(str)
    def _edited(self, text: str) -> None:
        self._go_on.setEnabled(bool(text.strip()))
        self._notice.clear()

    @Slot()
    def _submit(self) -> None:
        if (text := self._typed()) and not self._field.isReadOnly():
            self.claimed.emit(text)

    def _typed(self) -> str:
        return self._field.text().strip()

    def _form(self, theme: ThemeController) -> QWidget:
        form = QWidget()
        box = QVBoxLayout(form)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("m"))
        self._field.setMaximumWidth(_WIDEST_FIELD)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(self._field, 1000)
        line.addStretch(1)
        box.addLayout(line)
        return form
