"""A short message that goes away by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from kiosk.ui import accessibility
from kiosk.ui.widgets.labels import IconView, Text

if TYPE_CHECKING:
    from kiosk.ui.theme.controller import ThemeController


class Toast(QFrame):
    """A message at the lower edge of a host, above everything in it.

    Nothing is said here only: what matters stands on the screen or in the activity list as well.

    Args:
        theme: gives looks.
        host: over which it appears; it follows the host's size.
    """

    def __init__(self, theme: ThemeController, host: QWidget) -> None:
        super().__init__(host)
        self._theme = theme
        self._host = host
        self.setProperty("kind", "toast")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icon = IconView(theme, "info", "surface", 24, parent=self)
        self._text = Text(parent=self)
        row = QHBoxLayout(self)
        side, above = theme.space("l"), theme.space("m")
        row.setContentsMargins(side, above, side, above)
        row.setSpacing(theme.space("m"))
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.dismiss)
        host.installEventFilter(self)
        self.hide()

    @property
    def message(self) -> str:
        """Return the message shown, or an empty string."""
        return self._text.text()

    def show_message(self, text: str, icon: str = "info", milliseconds: int = 5000) -> None:
        """Show a message in the place of the one before.

        Args:
            text: already translated.
            icon: beside it.
            milliseconds: how long; positive.
        """
        self._text.setText(text)
        self._icon.set_icon(icon, "surface")
        self._place()
        self.show()
        self.raise_()
        self._timer.start(milliseconds)
        accessibility.announce(self, text)

    @Slot()
    def dismiss(self) -> None:
        """Take the message away."""
        self._timer.stop()
        self._text.setText("")
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the lower edge when the host is resized."""
        if watched is self._host and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        margin = self._theme.space("xl")
        metrics = self._text.fontMetrics()
        wanted = metrics.horizontalAdvance(self._text.text()) + 4 * margin
        width = min(wanted, self._host.width() - 2 * margin, 720)
        height = max(self.heightForWidth(width), self._theme.target(self))
        self.setGeometry(
            (self._host.width() - width) // 2, self._host.height() - height - margin, width, height
        )
