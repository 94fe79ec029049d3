"""Text in the sizes and tones of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from kiosk.ui.widgets.restyle import repolish

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from kiosk.ui.theme.controller import ThemeController

TextKind = Literal["caption", "body", "strong", "title", "display"]
"""A size of the type scale; ``strong`` is body in semi-bold."""

Tone = Literal[
    "normal",
    "muted",
    "accent",
    "positive",
    "warning",
    "negative",
    "on-neutral-soft",
    "on-accent-soft",
    "on-positive-soft",
    "on-warning-soft",
    "on-negative-soft",
]
"""Meaning of a text's color, never its only sign; ``on-…-soft`` stands on such a panel."""


class Text(QLabel):
    """Plain text that wraps; markup in it is shown as it is, never interpreted.

    Args:
        text: already translated.
        kind: its size.
        tone: its color.
        center: whether it stands in the middle.
        parent: Qt parent.
    """

    def __init__(
        self,
        text: str = "",
        kind: TextKind = "body",
        tone: Tone = "normal",
        *,
        center: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        # Names come from people: never let them become markup.
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setProperty("kind", kind)
        self.setProperty("tone", tone)
        if center:
            self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        policy = self.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_tone(self, tone: Tone) -> None:
        """Give the text another color."""
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            repolish(self)


class ElidedText(QLabel):
    """One line that ends in an ellipsis where it does not fit; the whole text is the tool tip.

    Args:
        text: already translated.
        kind: its size.
        tone: its color.
        parent: Qt parent.
    """

    def __init__(
        self,
        text: str = "",
        kind: TextKind = "body",
        tone: Tone = "normal",
        *,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", kind)
        self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_text(text)

    def whole(self) -> str:
        """Return the text without ellipsis."""
        return self._whole

    def set_text(self, text: str) -> None:
        """Show another text."""
        self._whole = text
        self.setAccessibleName(text)
        self._elide()
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut anew."""
        super().resizeEvent(event)
        self._elide()

    def sizeHint(self) -> QSize:
        """Ask for the whole text's width."""
        hint = super().sizeHint()
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 2, hint.height())

    def minimumSizeHint(self) -> QSize:
        """Shrink down to the ellipsis."""
        width = self.fontMetrics().horizontalAdvance("…") + 2
        return QSize(width, super().minimumSizeHint().height())

    def _elide(self) -> None:
        room = self.contentsRect().width()
        cut = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, room)
        if cut != self.text():
            self.setText(cut)
            self.setToolTip(self._whole if cut != self._whole else "")


class IconView(QLabel):
    """An icon that follows the theme; decoration, so screen readers pass it by.

    Args:
        theme: gives the icon and its color.
        name: of the icon.
        role: of its color.
        size: side in pixels at 100 % text; it grows with the text beside it.
        parent: Qt parent.
    """

    def __init__(
        self,
        theme: ThemeController,
        name: str,
        role: str = "text",
        size: int = 24,
        *,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = (name, role)
        self._side = size
        theme.follow(self._restyle)
        self._restyle()

    def set_icon(self, name: str, role: str) -> None:
        """Show another icon."""
        self._icon = (name, role)
        self._restyle()

    def icon(self) -> tuple[str, str]:
        """Return the name of the icon and the role of its color."""
        return self._icon

    @Slot()
    def _restyle(self) -> None:
        side = round(self._side * self._theme.text_scale / 100)
        self.setFixedSize(side, side)
        self.setPixmap(self._theme.pixmap(*self._icon, side, self.devicePixelRatioF()))
