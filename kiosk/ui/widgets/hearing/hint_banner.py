"""One live hint at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QWidget

from kiosk.ui import accessibility
from kiosk.ui.widgets.card import SoftPanel
from kiosk.ui.widgets.labels import IconView, Text

if TYPE_CHECKING:
    from kiosk.ui.theme.controller import ThemeController
    from kiosk.ui.widgets.card import SoftTone
    from kiosk.ui.widgets.labels import Tone

_ON: dict[SoftTone, Tone] = {
    "neutral": "on-neutral-soft",
    "accent": "on-accent-soft",
    "positive": "on-positive-soft",
    "warning": "on-warning-soft",
    "negative": "on-negative-soft",
}
_ICON: dict[SoftTone, str] = {
    "neutral": "info",
    "accent": "info",
    "positive": "check-circle",
    "warning": "alert-triangle",
    "negative": "x-circle",
}


class HintBanner(SoftPanel):
    """A hint such as "Speak a little louder"; keeps its place when it has nothing to say.

    Args:
        theme: gives looks.
        parent: Qt parent.
    """

    def __init__(self, theme: ThemeController, parent: QWidget | None = None) -> None:
        super().__init__("neutral", parent)
        self._icon = IconView(theme, "info", "on-neutral-soft", 28, parent=self)
        self._text = Text(parent=self)
        row = QHBoxLayout(self)
        side, above = theme.space("l"), theme.space("m")
        row.setContentsMargins(side, above, side, above)
        row.setSpacing(theme.space("m"))
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        # What is below must not jump whenever a hint comes or goes.
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.hide()

    @property
    def hint(self) -> str:
        """Return the hint shown, or an empty string."""
        return self._text.text()

    def show_hint(self, text: str, tone: SoftTone = "neutral", icon: str | None = None) -> None:
        """Show a hint in the place of the one before; the same again changes nothing.

        Args:
            text: already translated.
            tone: what it means.
            icon: by default the one of the tone.
        """
        if not self.isHidden() and (text, tone) == (self.hint, self.property("tone")):
            return
        self.set_tone(tone)
        self._text.set_tone(_ON[tone])
        self._icon.set_icon(icon or _ICON[tone], _ON[tone])
        self._text.setText(text)
        accessibility.name(self, text)
        self.show()
        accessibility.announce(self, text)

    def clear(self) -> None:
        """Show no hint."""
        self._text.setText("")
        self.hide()
