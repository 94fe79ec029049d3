"""Surfaces that hold things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from kiosk.ui.widgets.restyle import repolish

if TYPE_CHECKING:
    from kiosk.ui.theme.controller import ThemeController
    from kiosk.ui.theme.tokens import Space

SoftTone = Literal["neutral", "accent", "positive", "warning", "negative"]
"""Meaning of a soft background."""


class Card(QFrame):
    """A raised surface with rounded corners; fill it through :attr:`body`.

    Args:
        theme: gives distances.
        padding: between edge and content.
        parent: Qt parent.

    Attributes:
        body: its layout, top to bottom.
    """

    def __init__(
        self, theme: ThemeController, padding: Space = "l", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.body = QVBoxLayout(self)
        edge = theme.space(padding)
        self.body.setContentsMargins(edge, edge, edge, edge)
        self.body.setSpacing(theme.space("m"))


class SoftPanel(QFrame):
    """A tinted surface that gives what is on it a meaning; fill it with a layout.

    Args:
        tone: which meaning.
        parent: Qt parent.
    """

    def __init__(self, tone: SoftTone = "neutral", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "soft")
        self.setProperty("tone", tone)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def set_tone(self, tone: SoftTone) -> None:
        """Give it another meaning."""
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            repolish(self)


def line(parent: QWidget | None = None) -> QFrame:
    """Return a horizontal hairline between two parts."""
    made = QFrame(parent)
    made.setProperty("kind", "line")
    made.setFixedHeight(1)
    return made
