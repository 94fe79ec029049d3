"""Small pieces that several operator pages are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLayout,
    QLineEdit,
    QScrollArea,
    QScroller,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from kiosk.ui import accessibility
from kiosk.ui.widgets.labels import IconView, Text
from kiosk.ui.widgets.restyle import repolish
from kiosk.ui.widgets.scroll_hint import ScrollHint

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from kiosk.ui.theme.controller import ThemeController
    from kiosk.ui.widgets.labels import Tone

STEADY_MS = 600
"""A live hint stays at least this long: one that flickers cannot be read."""


class Field(QWidget):
    """A line to fill in, with its label above and a word of help or complaint below.

    Attributes:
        line: the input.

    Args:
        theme: gives distances.
        label: already translated.
        name: object name of the input.
        help_text: what to type, already translated.
    """

    def __init__(self, theme: ThemeController, label: str, name: str, help_text: str = "") -> None:
        super().__init__()
        self._help = help_text
        self.line = QLineEdit()
        self.line.setObjectName(name)
        self.line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        accessibility.name(self.line, label, help_text)
        title = Text(label, "strong")
        title.setBuddy(self.line)
        # With a parent from the start: what is made visible without one becomes a window.
        self._note = Text(help_text, "caption", "muted", parent=self)
        self._note.setVisible(bool(help_text))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.space("xs"))
        for part in (title, self.line, self._note):
            box.addWidget(part)

    def complain(self, text: str) -> None:
        """Say what is wrong with the input, or with an empty text that nothing is."""
        self.line.setProperty("state", "negative" if text else "")
        repolish(self.line)
        self._note.setText(text or self._help)
        self._note.set_tone("negative" if text else "muted")
        self._note.setVisible(bool(text or self._help))
        self.line.setAccessibleDescription(text or self._help)
        if text:
            accessibility.announce(self.line, text, urgent=True)


class Tick(QWidget):
    """A check box whose text wraps; a click on the text ticks it too.

    Signals:
        toggled: whether it is ticked now.

    Attributes:
        box: the check box itself.

    Args:
        theme: gives distances.
        name: object name of the check box.
    """

    toggled = Signal(bool)

    def __init__(self, theme: ThemeController, name: str) -> None:
        super().__init__()
        self.box = QCheckBox()
        self.box.setObjectName(name)
        side = theme.target("operator")
        self.box.setMinimumSize(side, side)
        self.box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._text = Text()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.space("s"))
        row.addWidget(self.box, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._text, 1)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.box.toggled.connect(self.toggled)

    def set_text(self, text: str) -> None:
        """Show other words, already translated."""
        self._text.setText(text)
        self.box.setAccessibleName(text)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tick by a click on the words."""
        if self.rect().contains(event.position().toPoint()):
            self.box.toggle()


class IconText(QWidget):
    """An icon and a word in one color: a state that does not depend on seeing colors.

    Args:
        theme: gives looks.
        side: of the icon in pixels.
    """

    def __init__(self, theme: ThemeController, side: int = 20) -> None:
        super().__init__()
        self._icon = IconView(theme, "info", "text-muted", side)
        self._text = Text("", "strong")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.space("s"))
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._text, 1)

    def set_state(self, text: str, icon: str, tone: Tone) -> None:
        """Show a state.

        Args:
            text: already translated.
            icon: name of an icon.
            tone: color of both.
        """
        role = {"normal": "text", "muted": "text-muted"}.get(tone, tone)
        self._icon.set_icon(icon, role)
        self._text.setText(text)
        self._text.set_tone(tone)

    @property
    def text(self) -> str:
        """Return the word."""
        return self._text.text()


class Steady:
    """Lets a changing hint through only when the one before was shown long enough."""

    def __init__(self) -> None:
        """Begin with nothing shown."""
        self._shown: object = None
        self._since = QElapsedTimer()

    def accepts(self, hint: object) -> bool:
        """Return whether this hint may take the place of the one shown; then it has."""
        if hint == self._shown:
            return False
        if self._since.isValid() and self._since.elapsed() < STEADY_MS:
            return False
        self._shown = hint
        self._since.start()
        return True

    def reset(self) -> None:
        """Nothing is shown any more."""
        self._shown = None
        self._since.invalidate()


def empty(layout: QLayout) -> None:
    """Take every widget out of a layout and delete it."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            # Gone at once, not when the event loop gets to it: nobody may find it meanwhile.
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()


class _Narrow(QScrollArea):
    """Is as wide as its content wants to be."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._content = content

    def sizeHint(self) -> QSize:
        """Return the width of the content, and any height."""
        return QSize(self._content.sizeHint().width(), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return the width of the content; it scrolls up and down only."""
        return QSize(self._content.minimumSizeHint().width(), 0)


def scrolling(
    theme: ThemeController, content: QWidget, *, fixed_width: bool = False
) -> QScrollArea:
    """Return a frame in which content scrolls up and down where it does not fit, and says so.

    Args:
        theme: gives looks.
        content: as wide as the frame.
        fixed_width: whether the frame is as wide as the content, and not the other way round.
    """
    area = _Narrow(content) if fixed_width else QScrollArea()
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(content)
    QScroller.grabGesture(area.viewport(), QScroller.ScrollerGestureType.TouchGesture)
    ScrollHint(theme, area)
    return area
