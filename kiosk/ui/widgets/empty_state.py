"""What to do first where there is nothing yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.labels import IconView, Text

if TYPE_CHECKING:
    from kiosk.ui.theme.controller import ThemeController


class EmptyState(QWidget):
    """An icon, a sentence, and the first action.

    Signals:
        acted: the button was pressed.

    Args:
        theme: gives looks.
        icon: name of an icon.
        text: what is missing and what to do, already translated.
        action: text of the button, already translated; no button when empty.
        action_icon: on the button.
        parent: Qt parent.
    """

    acted = Signal()

    def __init__(
        self,
        theme: ThemeController,
        icon: str,
        text: str,
        action: str = "",
        *,
        action_icon: str | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        middle = Qt.AlignmentFlag.AlignHCenter
        self._text = Text(text, "body", "muted", center=True, parent=self)
        self._text.setMaximumWidth(560)
        box = QVBoxLayout(self)
        box.setSpacing(theme.space("l"))
        box.addStretch(1)
        box.addWidget(IconView(theme, icon, "text-muted", 56, parent=self), 0, middle)
        # Not aligned: an aligned text is given the height of one that is as wide as this widget.
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._text, 100)
        row.addStretch(1)
        box.addLayout(row)
        if action:
            button = Button(theme, action, "primary", icon=action_icon, parent=self)
            button.clicked.connect(self.acted)
            box.addWidget(button, 0, middle)
        box.addStretch(1)
