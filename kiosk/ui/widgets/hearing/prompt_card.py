"""What to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Slot
from PySide6.QtGui import QFont, QFontMetrics

from kiosk.ui import accessibility
from kiosk.ui.widgets.card import Card
from kiosk.ui.widgets.labels import Text
from kiosk.ui.widgets.restyle import repolish

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from kiosk.ui.theme.controller import ThemeController
    from kiosk.ui.theme.tokens import Size

_LINES = 2
_WRAP = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignCenter


class PromptCard(Card):
    """The sentence or the digits to say, in the largest size in which they fit.

    Args:
        theme: gives looks.
        parent: Qt parent.
    """

    def __init__(self, theme: ThemeController, parent: QWidget | None = None) -> None:
        super().__init__(theme, "xl", parent)
        self._theme = theme
        self._lead = Text("", "body", "muted", center=True)
        self._sentence = Text("", "display", center=True)
        # The size follows the room, so the room must not follow the size.
        self._sentence.setMinimumHeight(1)
        self.body.addStretch(1)
        self.body.addWidget(self._lead)
        self.body.addWidget(self._sentence)
        self.body.addStretch(1)
        theme.follow(self._fit)

    def set_prompt(self, lead: str, sentence: str) -> None:
        """Show what to say.

        Args:
            lead: such as "Please say", already translated; may be empty.
            sentence: words or digits.
        """
        self._lead.setText(lead)
        self._lead.setVisible(bool(lead))
        self._sentence.setText(sentence)
        self._fit()
        accessibility.name(self, f"{lead} {sentence}".strip())
        accessibility.announce(self, f"{lead} {sentence}".strip())

    @property
    def sentence(self) -> str:
        """Return what is to be said."""
        return self._sentence.text()

    def minimumSizeHint(self) -> QSize:
        """Keep room for the lead and two lines in the smallest size."""
        line = QFontMetrics(self._theme.font("body", self)).lineSpacing()
        edges = self.body.contentsMargins()
        height = (1 + _LINES) * line + 2 * self.body.spacing() + edges.top() + edges.bottom()
        return QSize(super().minimumSizeHint().width(), height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the size anew."""
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        room = self.contentsRect().marginsRemoved(self.body.contentsMargins())
        lead = QFontMetrics(self._theme.font("body", self)).height() if self._lead.text() else 0
        height = room.height() - lead - 2 * self.body.spacing()
        sizes: tuple[Size, ...] = ("display", "title")
        kind = next((s for s in sizes if self._fits(s, room.width(), height)), "strong")
        if self._sentence.property("kind") != kind:
            self._sentence.setProperty("kind", kind)
            repolish(self._sentence)

    def _fits(self, size: Size, width: int, height: int) -> bool:
        """Return whether the sentence takes no more than two lines and the room there is."""
        metrics = QFontMetrics(self._theme.font(size, self, QFont.Weight.DemiBold))
        box = metrics.boundingRect(QRect(0, 0, width, 10_000), _WRAP, self.sentence)
        widest = max(map(metrics.horizontalAdvance, self.sentence.split()), default=0)
        lines = round(box.height() / metrics.lineSpacing())
        return widest <= width and lines <= _LINES and box.height() <= height
