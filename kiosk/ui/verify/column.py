"""The column in which self-service pages put what they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QScroller, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from kiosk.ui.theme.controller import ThemeController


class Column(QScrollArea):
    """A centered column of limited width that scrolls by touch where it does not fit.

    At twice the text size on a small screen something has to give: it is never the words.

    Args:
        theme: gives distances.
        width: largest width in pixels at 100 % text.
        parent: Qt parent.

    Attributes:
        body: its layout, top to bottom.
    """

    def __init__(self, theme: ThemeController, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._width = width
        inner = QWidget()
        self._middle = QWidget(inner)
        self.body = QVBoxLayout(self._middle)
        # Room for the focus rings, which a scroll area would cut off.
        edge = theme.space("xs")
        self.body.setContentsMargins(edge, edge, edge, edge)
        self.body.setSpacing(theme.space("l"))
        row = QHBoxLayout(inner)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(self._middle, 1000)
        row.addStretch(1)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.TouchGesture)
        theme.follow(self._restyle)
        self._restyle()

    @property
    def widest(self) -> int:
        """Return the largest width in pixels at the text scale in force."""
        return self._width * self._theme.text_scale // 100

    @Slot()
    def _restyle(self) -> None:
        # As many characters in a line at every text scale.
        self._middle.setMaximumWidth(self.widest)
