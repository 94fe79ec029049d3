"""A field for IDs and PINs on a screen that anybody can touch."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from kiosk.ui import accessibility


class EntryField(QLineEdit):
    """One centered line without menu and drag: they would offer ways out, and copies of a PIN.

    Args:
        name: object name.
        label: what to enter, already translated; placeholder, and said by screen readers.
        max_length: longest text.
        secret: show dots.
        parent: Qt parent.
    """

    def __init__(
        self,
        name: str,
        label: str,
        *,
        max_length: int,
        secret: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setPlaceholderText(label)
        accessibility.name(self, label)
        self.setMaxLength(max_length)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setDragEnabled(False)
        if secret:
            self.setEchoMode(QLineEdit.EchoMode.Password)
            self.setInputMethodHints(
                Qt.InputMethodHint.ImhDigitsOnly | Qt.InputMethodHint.ImhSensitiveData
            )
