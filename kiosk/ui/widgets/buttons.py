"""Buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QIcon, QPainter, QPixmap, QShowEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

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
        icon_after: put the icon behind the text, for ways on.
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
        icon_after: bool = False,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        if not text and not name:
            raise ValueError("a button without text needs a name for screen readers")
        super().__init__(text, parent)
        self._theme = theme
        self._icon = icon
        self._icon_after = icon_after
        self._drawn: tuple[object, ...] = ()
        self.setProperty("kind", kind)
        if not text:
            self.setProperty("shape", "icon")
            self.setToolTip(name)
        self.setAccessibleName(name or text)
        self._named = bool(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.follow(self._restyle)
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

    @Slot()
    def _restyle(self) -> None:
        if self._icon is None:
            self.setIcon(QIcon())
            self._drawn = ()
            return
        if self._icon_after:
            # Qt puts icons first; a button laid out the other way puts them last.
            rightwards = QApplication.layoutDirection() == Qt.LayoutDirection.LeftToRight
            ways = Qt.LayoutDirection
            self.setLayoutDirection(ways.RightToLeft if rightwards else ways.LeftToRight)
        side = round(QFontMetrics(self._theme.font("body", self)).ascent() * 1.15)
        role = _ROLE.get(str(self.property("kind")), "text")
        gap = self._theme.space("s") if self.text() else 0
        left = self.isRightToLeft()
        colors = [self._theme.color(each).rgba() for each in (role, "text-disabled")]
        # To draw it takes longer than anything else, and each time that a page appears is one.
        drawn = (self._icon, side, gap, left, *colors)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        icon = _spaced(self._theme.icon(self._icon, role, side), side, gap, left=left)
        self.setIconSize(QSize(side + gap, side))
        self.setIcon(icon)

    def showEvent(self, event: QShowEvent) -> None:
        """Size the icon for the face, which is known only now."""
        super().showEvent(event)
        self._restyle()


def _spaced(icon: QIcon, side: int, gap: int, *, left: bool) -> QIcon:
    """Return an icon with room between it and the text, of which Qt leaves too little."""
    spaced = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled):
        for ratio in (1.0, 2.0):
            source = icon.pixmap(QSize(side, side), ratio, mode)
            pixmap = QPixmap(round((side + gap) * ratio), round(side * ratio))
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            painter.drawPixmap(gap if left else 0, 0, side, side, source)
            painter.end()
            spaced.addPixmap(pixmap, mode)
    return spaced
