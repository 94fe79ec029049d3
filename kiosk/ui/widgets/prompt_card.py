"""What to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from kiosk.ui import accessibility
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.labels import Text
from kiosk.ui.widgets.restyle import repolish

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from kiosk.ui.theme.controller import ThemeController

_SHORT = 24


class PromptCard(Card):
    """The sentence or the digits to say, as large as they may be.

    Args:
        theme: gives looks.
        parent: Qt parent.
    """

    def __init__(self, theme: ThemeController, parent: QWidget | None = None) -> None:
        super().__init__(theme, "xl", parent)
        self._lead = Text("", "body", "muted", center=True)
        self._sentence = Text("", "display", center=True)
        self.body.setSpacing(theme.space("m"))
        self.body.addStretch(1)
        self.body.addWidget(self._lead)
        self.body.addWidget(self._sentence)
        self.body.addStretch(1)

    def set_prompt(self, lead: str, sentence: str) -> None:
        """Show what to say.

        Args:
            lead: such as "Please say", already translated.
            sentence: words or digits; short ones are shown in the largest size.
        """
        self._lead.setText(lead)
        self._lead.setVisible(bool(lead))
        kind = "display" if len(sentence) <= _SHORT else "title"
        if self._sentence.property("kind") != kind:
            self._sentence.setProperty("kind", kind)
            repolish(self._sentence)
        self._sentence.setText(sentence)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        accessibility.name(self, f"{lead} {sentence}".strip())
        accessibility.announce(self, f"{lead} {sentence}".strip())

    @property
    def sentence(self) -> str:
        """Return what is to be said."""
        return self._sentence.text()
