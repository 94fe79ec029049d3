"""Buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QShowEvent
from PySide6.QtWidgets import QPushButton, QWidget

from kiosk.ui.widgets.restyle import repolish

if TYPE_CHECKING:
    from kiosk.ui.theme.controller import ThemeController

ButtonKind = Literal["primary", "secondary", "danger", "quiet"]
"""Primary is the one thing to do here, danger destroys, quiet stands back."""

_ROLE = {
    "primary": "on-accent",
    "secondary": "text",
    "danger": "on-negative",
    "quiet": "accent",
    "key": "text",
}


class Button(QPushButton):
    """A push button in the looks of the theme, with an icon that follows it.

    A click leaves the focus where it was, so that a keypad does not take it from the field and a
    touch leaves no ring behind; the Tab key reaches it. Enter presses it as well as Space.

    Args:
        theme: gives looks.
        text: already translated; may be empty when there is an icon and a name.
        kind: how much it stands out.
        icon: name of an icon beside the text, or alone.
        name: what a screen reader says, when the text does not say it.
        parent: Qt parent.

    Raises:
        ValueError: it has neither text nor name.
    """

    def __init__(
        self,
        theme: ThemeController,
        text: str = "",
        kind: ButtonKind = "secondary",
        *,
        icon: str | None = None,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        if not text and not name:
            raise ValueError("a button without text needs a name for screen readers")
        super().__init__(text, parent)
        self._theme = theme
        self._icon = icon
        self.setProperty("kind", kind)
        if not text:
            self.setProperty("shape", "icon")
            self.setToolTip(name)
        self.setAccessibleName(name or text)
        self._named = bool(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_text(self, text: str) -> None:
        """Show another text, which is the name too unless one was given."""
        self.setText(text)
        if not self._named:
            self.setAccessibleName(text)

    def set_kind(self, kind: ButtonKind) -> None:
        """Make it stand out more or less."""
        self.setProperty("kind", kind)
        repolish(self)
        self._restyle()

    def set_icon(self, icon: str | None) -> None:
        """Show another icon, or none."""
        self._icon = icon
        self._restyle()

    def sizeHint(self) -> QSize:
        """Give the text air beside its icon."""
        hint = super().sizeHint()
        extra = self._theme.space("s") if self._icon and self.text() else 0
        return QSize(hint.width() + extra, hint.height())

    @Slot()
    def _restyle(self) -> None:
        if self._icon is None:
            return
        side = round(QFontMetrics(self._theme.font("body", self)).ascent() * 1.15)
        role = _ROLE.get(str(self.property("kind")), "text")
        self.setIconSize(QSize(side, side))
        self.setIcon(self._theme.icon(self._icon, role, side))

    def showEvent(self, event: QShowEvent) -> None:
        """Size the icon for the face, which is known only now."""
        super().showEvent(event)
        self._restyle()
