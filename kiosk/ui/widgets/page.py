"""The frame of every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from kiosk.ui import accessibility
from kiosk.ui.theme.controller import set_face
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from kiosk.ui.theme.controller import ThemeController
    from kiosk.ui.theme.tokens import Face, Space


class Page(QWidget):
    """Title, body, and a row of buttons at the bottom, with the same margins everywhere.

    Args:
        theme: gives distances.
        title: already translated; may be empty.
        face: self-service or operator.
        subtitle: a sentence under the title, already translated.
        parent: Qt parent.

    Attributes:
        body: layout of what the screen is about, top to bottom.
    """

    def __init__(
        self,
        theme: ThemeController,
        title: str,
        *,
        face: Face = "public",
        subtitle: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.theme = theme
        self._face: Face = face
        self._dressed = False
        set_face(self, face)
        self.setProperty("kind", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._box = box = QVBoxLayout(self)
        self._public = public = face == "public"
        self.set_dense(False)
        head = QVBoxLayout()
        head.setSpacing(theme.space("s"))
        self._title = Text(title, "title" if public else "display", parent=self)
        self._subtitle = Text(subtitle, "body", "muted", parent=self)
        for part in (self._title, self._subtitle):
            part.setVisible(bool(part.text()))
            head.addWidget(part)
        self.body = QVBoxLayout()
        self.body.setSpacing(theme.space("l" if public else "m"))
        self._footer = QHBoxLayout()
        self._footer.setSpacing(theme.space("m"))
        self._footer.addStretch(1)
        box.addLayout(head)
        box.addLayout(self.body, 1)
        box.addLayout(self._footer)
        self._lefts = 0
        accessibility.name(self, title)

    def set_dense(self, dense: bool) -> None:
        """Leave little room around, for a small screen."""
        sizes: tuple[Space, Space] = ("xxl", "xl") if self._public else ("l", "m")
        edge, gap = (self.theme.space("m" if dense else size) for size in sizes)
        self._box.setContentsMargins(edge, edge, edge, edge)
        self._box.setSpacing(gap)

    def set_title(self, title: str, subtitle: str = "") -> None:
        """Show another title."""
        for part, text in ((self._title, title), (self._subtitle, subtitle)):
            part.setText(text)
            part.setVisible(bool(text))
        accessibility.name(self, title)

    def add_footer(self, widget: QWidget, side: Literal["left", "right"] = "right") -> None:
        """Add a button to the bottom row: ways back go left, ways on go right."""
        if side == "left":
            self._footer.insertWidget(self._lefts, widget)
            self._lefts += 1
        else:
            self._footer.addWidget(widget)

    def dress(self) -> None:
        """Give it its looks, if it has none yet; done by itself when it is first shown.

        Not before everything is in it: whatever is put into something with a style sheet is looked
        at again, with all that is in it.
        """
        if not self._dressed:
            self._dressed = True
            self.theme.dress(self, self._face)
            # What was never shown does not tell its layout that it has another size now.
            for layout in self.findChildren(QLayout):
                layout.invalidate()

    def showEvent(self, event: QShowEvent) -> None:
        """Tell screen readers which screen this is."""
        self.dress()
        super().showEvent(event)
        accessibility.announce(self, self._title.text())
