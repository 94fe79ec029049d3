"""A panel over the operator's pages: asks something, blocks nothing.

Not a dialog window: on a kiosk there may be no window manager to give a second window the focus.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from kiosk.ui import accessibility
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.labels import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.ui.theme.controller import ThemeController

HOST = "overlays"
"""Dynamic property of the widget that overlays cover; without one it is the window."""
_SCRIM_ALPHA = 130


class Overlay(QWidget):
    """A card in the middle of the page; the Tab key stays in it, Escape closes it.

    Signals:
        closed: it is gone, whatever was chosen.

    Attributes:
        body: layout for what it asks.
        host: what it covers.

    Args:
        theme: gives looks.
        anchor: a widget on the page that is covered.
        title: already translated.
        name: object name.
    """

    closed = Signal()
    WIDTH = 560
    """Of the card in pixels, at 100 % text."""

    def __init__(self, theme: ThemeController, anchor: QWidget, title: str, name: str) -> None:
        host = _host_of(anchor)
        super().__init__(host)
        self._theme = theme
        self.host = host
        self._before: QWidget | None = None
        self._silenced: list[QShortcut] = []
        self.setObjectName(name)
        accessibility.name(self, title)
        theme.dress(self, "operator")
        self._card = QFrame(self)
        self._card.setProperty("kind", "card")
        card = QVBoxLayout(self._card)
        card.setContentsMargins(*[theme.space("l")] * 4)
        card.setSpacing(theme.space("m"))
        self._title = Text(title, "display")
        card.addWidget(self._title)
        self._content = QWidget()
        self.body = QVBoxLayout(self._content)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(theme.space("m"))
        # Scrolls only where large text does not fit.
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._scroll.setWidget(self._content)
        card.addWidget(self._scroll)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(theme.space("s"))
        self._buttons.addStretch(1)
        card.addLayout(self._buttons)
        self.hide()
        theme.follow(self._fit)

    def set_title(self, title: str) -> None:
        """Show another title, already translated."""
        self._title.setText(title)
        accessibility.name(self, title)

    def add_button(self, button: Button) -> Button:
        """Add a button at the right end of the row below."""
        self._buttons.addWidget(button)
        return button

    def add_cancel(self, text: str = "") -> Button:
        """Add the button that closes and does nothing."""
        button = self.add_button(Button(self._theme, text or self.tr("Cancel")))
        button.setObjectName(f"{self.objectName()}.cancel")
        button.clicked.connect(self.dismiss)
        return button

    def open(self, focus: QWidget) -> None:
        """Show it; returns at once.

        Args:
            focus: what has the focus first.
        """
        self._before = QApplication.focusWidget()
        own = set(self.findChildren(QShortcut))
        self._silenced = [
            key for key in self.host.findChildren(QShortcut) if key.isEnabled() and key not in own
        ]
        for key in self._silenced:
            key.setEnabled(False)
        self.host.installEventFilter(self)
        self.setGeometry(self.host.rect())
        self.show()
        self.raise_()
        self._fit()
        focus.setFocus(Qt.FocusReason.TabFocusReason)

    @Slot()
    def dismiss(self) -> None:
        """Close it and give the focus back."""
        if self.isHidden():
            return
        self.host.removeEventFilter(self)
        for key in self._silenced:
            key.setEnabled(True)
        self._silenced = []
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()
        # Not merely hidden until it is deleted: a second one of the same name may come first.
        self.setParent(None)
        self.deleteLater()

    def focusNextPrevChild(self, next_: bool) -> bool:
        """Keep the Tab key within the panel."""
        first = QApplication.focusWidget() or self
        at = first
        while True:
            # A chain is a ring: it comes back to where it began.
            at = (at.nextInFocusChain() if next_ else at.previousInFocusChain()) or first
            if at is first:
                return True
            if (
                self.isAncestorOf(at)
                and at.isVisible()
                and at.isEnabled()
                and at.focusPolicy() & Qt.FocusPolicy.TabFocus
            ):
                reason = Qt.FocusReason.TabFocusReason
                at.setFocus(reason if next_ else Qt.FocusReason.BacktabFocusReason)
                return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape; no other key reaches what lies below."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim what lies below."""
        del event
        painter = QPainter(self)
        color = self._theme.color("scrim")
        color.setAlpha(_SCRIM_ALPHA)
        painter.fillRect(self.rect(), color)
        painter.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as what it covers."""
        if watched is self.host and event.type() == QEvent.Type.Resize:
            self.setGeometry(self.host.rect())
            self._fit()
        return False

    @Slot()
    def _fit(self) -> None:
        margin = self._theme.space("l")
        scale = self._theme.text_scale / 100
        width = max(1, min(round(self.WIDTH * scale), self.width() - 2 * margin))
        room = self.height() - 2 * margin
        card, content = self._card.layout(), self._content.layout()
        assert card is not None
        assert content is not None
        edges = card.contentsMargins()
        inner = width - edges.left() - edges.right()
        wanted = content.totalHeightForWidth(inner)
        self._scroll.setFixedHeight(wanted)
        height = card.totalHeightForWidth(width)
        if height > room:
            self._scroll.setFixedHeight(max(48, wanted - (height - room)))
            height = card.totalHeightForWidth(width)
        self._card.setGeometry(
            (self.width() - width) // 2, (self.height() - height) // 2, width, height
        )


def confirm(
    theme: ThemeController,
    anchor: QWidget,
    name: str,
    texts: tuple[str, str, str],
    confirmed: Callable[[], None],
    keep: str = "",
) -> Overlay:
    """Ask whether something that cannot be undone shall be done.

    Args:
        theme: gives looks.
        anchor: a widget on the page that is covered.
        name: object name; the buttons are ``<name>.confirm`` and ``<name>.cancel``.
        texts: title, what is lost, and the words on the button that does it; translated.
        confirmed: called when the operator agrees.
        keep: the words on the button that does nothing; "Cancel" by default.
    """
    title, body, action = texts
    overlay = Overlay(theme, anchor, title, name)
    overlay.body.addWidget(Text(body))
    cancel = overlay.add_cancel(keep)
    button = overlay.add_button(Button(theme, action, "danger"))
    button.setObjectName(f"{name}.confirm")

    def agree() -> None:
        overlay.dismiss()
        confirmed()

    button.clicked.connect(agree)
    overlay.open(cancel)
    return overlay


def _host_of(anchor: QWidget) -> QWidget:
    at: QWidget | None = anchor
    while at is not None:
        if at.property(HOST):
            return at
        at = at.parentWidget()
    return anchor.window()
