"""A field with a keypad under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from kiosk.ui import accessibility
from kiosk.ui.widgets.typing.keypad import Keypad

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from kiosk.ui.theme.controller import ThemeController


class KeypadEntry(QWidget):
    """A field with a keypad under it: touch, keyboard and badge readers all type into it.

    A badge reader is a keyboard that types fast and ends with Enter. Wherever in here the focus
    is, what it types lands in the field.

    Signals:
        submitted: Enter was pressed and something stands in the field.
        edited: the text is another.

    Args:
        theme: gives looks.
        label: what to enter; already translated, shown as placeholder and said by screen readers.
        letters: whether the keypad has a page of letters.
        max_length: longest text.
        secret: show dots in the place of characters.
        parent: Qt parent.
    """

    submitted = Signal(str)
    edited = Signal(str)

    def __init__(
        self,
        theme: ThemeController,
        label: str,
        *,
        letters: bool = True,
        max_length: int = 64,
        secret: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.field = QLineEdit(self)
        self.field.setProperty("kind", "entry")
        self.field.setMaxLength(max_length)
        self.field.setPlaceholderText(label)
        self.field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        # The menu and drag would offer ways out of the kiosk, and copies of a PIN.
        self.field.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.field.setDragEnabled(False)
        if secret:
            self.field.setEchoMode(QLineEdit.EchoMode.Password)
        accessibility.name(self.field, label)
        self.keypad = Keypad(theme, letters=letters, parent=self)
        self.keypad.attach(self.field)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("m"))
        box.addWidget(self.field)
        box.addWidget(self.keypad, 0, Qt.AlignmentFlag.AlignHCenter)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusProxy(self.field)
        self.field.returnPressed.connect(self._submit)
        self.field.textChanged.connect(self.edited)

    def text(self) -> str:
        """Return what was typed, without spaces around it."""
        return self.field.text().strip()

    def clear(self) -> None:
        """Empty the field and show digits."""
        self.field.clear()
        self.keypad.show_digits()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take what a key of the keypad had no use for: a badge reader is typing."""
        text = event.text()
        if text and text.isprintable():
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)
            self.field.insert(text)
            event.accept()
            return
        super().keyPressEvent(event)

    @Slot()
    def _submit(self) -> None:
        if text := self.text():
            self.submitted.emit(text)
