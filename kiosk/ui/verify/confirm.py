"""A PIN or a badge beside the voice: asked of everybody, so that it tells nothing about anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QSizePolicy

from kiosk.ui.verify.adaptive import FooterRow, SideBySide, cramped
from kiosk.ui.verify.column import Column
from kiosk.ui.verify.entry_field import EntryField
from kiosk.ui.verify.other_ways import other_ways_button
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.page import Page
from kiosk.ui.widgets.typing.keypad import Keypad

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QResizeEvent
    from PySide6.QtWidgets import QWidget

    from kiosk.ui.theme.controller import ThemeController

_LONGEST = 128


class ConfirmPage(Page):
    """Asks for a PIN or a badge; an empty field goes on where nobody is turned away for it.

    Signals:
        confirmed: what was typed or read; may be empty.
        left: back to Welcome.
        asked_other_ways: somebody does not want to go on like this.
    """

    confirmed = Signal(str)
    left = Signal()
    asked_other_ways = Signal()

    def __init__(self, theme: ThemeController, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", parent=parent)
        self._title_words = self.tr("Your PIN or badge")
        self._subtitle_words = self._way = ""
        self.setObjectName("page.confirm")
        self._field = EntryField(
            "confirm.factor", self.tr("PIN or badge"), max_length=_LONGEST, secret=True
        )
        self._field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._keypad = Keypad(theme, letters=False)
        self._keypad.attach(self._field)
        go_on = Button(theme, self.tr("Continue"), "primary", icon="arrow-right")
        go_on.setObjectName("confirm.continue")
        go_on.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        back = Button(theme, self.tr("Back"), "secondary", icon="arrow-left")
        back.setObjectName("confirm.back")
        other = other_ways_button(theme, "confirm")

        column = Column(theme, 720, self)
        column.body.addStretch(1)
        column.body.addWidget(SideBySide(theme, self._field, self._keypad))
        column.body.addStretch(2)
        self.body.addWidget(column, 1)
        self.body.addWidget(FooterRow(theme, (back, other), (go_on,)))

        self._field.returnPressed.connect(self._submit)
        go_on.clicked.connect(self._submit)
        back.clicked.connect(self.left)
        other.clicked.connect(self.asked_other_ways)
        self._go_on = go_on
        self._needed = False
        self._field.textChanged.connect(self._edited)
        theme.follow(self._fit)
        self._fit()

    def begin(self, *, required: bool, shown: bool) -> None:
        """Ask anew.

        Args:
            required: whoever shows neither is turned away.
            shown: a badge was shown already.
        """
        self._needed = required and not shown
        if shown:
            way = self.tr("Badge read. You can continue.")
        elif required:
            way = self.tr("If you have neither, choose “Other ways to identify”.")
        else:
            way = self.tr("If you have neither, just continue.")
        ask = self.tr("Type your PIN, or hold your badge to the reader.")
        self._way, self._subtitle_words = way, way if shown else f"{ask} {way}"
        self._fit()
        self._field.clear()
        self._edited("")
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Save height where there is little of it."""
        super().resizeEvent(event)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give what a badge reader types to the field, wherever the focus is."""
        text = event.text()
        if text and text.isprintable():
            self._field.setFocus(Qt.FocusReason.OtherFocusReason)
            self._field.insert(text)
            return
        super().keyPressEvent(event)

    @Slot()
    def _fit(self) -> None:
        # Where there is little height, what the kiosk does without one is still said.
        words = self._way if cramped(self.theme, self) else self._subtitle_words
        self.set_title(self._title_words, words)

    @Slot(str)
    def _edited(self, text: str) -> None:
        self._go_on.setEnabled(bool(text.strip()) or not self._needed)

    @Slot()
    def _submit(self) -> None:
        text = self._field.text().strip()
        if not text and self._needed:
            return
        # A widget outlives its visit: nothing secret stays in it.
        self._field.clear()
        self.confirmed.emit(text)
