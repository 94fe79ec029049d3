"""Welcome: what this is, whether it is ready, and where to begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from kiosk.ui import accessibility
from kiosk.ui.verify.adaptive import FooterRow, cramped
from kiosk.ui.verify.column import Column
from kiosk.ui.widgets.buttons import Button
from kiosk.ui.widgets.card import SoftPanel
from kiosk.ui.widgets.labels import IconView, Text
from kiosk.ui.widgets.page import Page
from kiosk.ui.widgets.restyle import repolish

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from kiosk.ui.messages import Message
    from kiosk.ui.theme.controller import ThemeController

_NEXT_THEME = {"light": "dark", "dark": "contrast", "contrast": "light"}
_THEME_ICON = {"light": "sun", "dark": "moon", "contrast": "contrast"}
_SCALES = (100, 150, 200)


class _LargeButton(Button):
    """The one thing to do on this screen."""

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(max(360, hint.width() + 96), max(104, hint.height() + 32))


class _Status(SoftPanel):
    """Whether the kiosk hears, in an icon and a few words."""

    def __init__(self, theme: ThemeController, parent: QWidget | None = None) -> None:
        super().__init__("neutral", parent)
        self._icon = IconView(theme, "refresh", "on-neutral-soft", 24, parent=self)
        self._text = Text("", "caption", parent=self)
        self._text.setWordWrap(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(
            theme.space("m"), theme.space("s"), theme.space("l"), theme.space("s")
        )
        row.setSpacing(theme.space("s"))
        row.addWidget(self._icon)
        row.addWidget(self._text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_status(self, text: str, icon: str, *, ready: bool) -> None:
        tone = "positive" if ready else "neutral"
        self.set_tone("positive" if ready else "neutral")
        self._icon.set_icon(icon, f"on-{tone}-soft")
        self._text.setProperty("tone", f"on-{tone}-soft")
        repolish(self._text)
        self._text.setText(text)
        accessibility.name(self, text)


class WelcomePage(Page):
    """The first screen.

    Signals:
        started: somebody wants to be verified.
        asked_other_ways: somebody does not want to speak.
        asked_operator: an operator wants to sign in.
    """

    started = Signal()
    asked_other_ways = Signal()
    asked_operator = Signal()

    def __init__(self, theme: ThemeController, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", parent=parent)
        self.setObjectName("page.welcome")
        accessibility.name(self, self.tr("Welcome"))
        center = Qt.AlignmentFlag.AlignHCenter
        self._heading = Text(self.tr("Verify by voice"), "display", center=True)
        self._sentence = Text(
            self.tr("Tell us who you are, then say one sentence."),
            "body",
            "muted",
            center=True,
        )
        self._start = _LargeButton(theme, self.tr("Start"), "primary", icon="microphone")
        self._start.setObjectName("welcome.start")
        self._status = _Status(theme)
        self._looks = Button(theme, "", "quiet", icon="sun", name=self.tr("Light or dark"))
        self._looks.setObjectName("welcome.theme")
        self._size = Button(theme, "", "quiet", icon="text-size", name=self.tr("Text size"))
        self._size.setObjectName("welcome.text_size")
        other = Button(theme, self.tr("Other ways to identify"), "secondary", icon="help-circle")
        other.setObjectName("welcome.other_ways")
        operator = Button(theme, self.tr("Operator"), "quiet", icon="lock")
        operator.setObjectName("welcome.operator")

        column = Column(theme, 960, self)
        column.body.addStretch(3)
        column.body.addWidget(self._heading)
        column.body.addWidget(self._sentence)
        column.body.addSpacing(theme.space("l"))
        column.body.addWidget(self._start, 0, center)
        column.body.addStretch(4)
        self.body.addLayout(self._corner())
        self.body.addWidget(column, 1)
        self.body.addWidget(FooterRow(theme, (operator,), (other,)))
        # The way through the page with the Tab key begins with what most people came for.
        for before, after in (
            (self._start, other),
            (other, self._looks),
            (self._looks, self._size),
            (self._size, operator),
        ):
            QWidget.setTabOrder(before, after)

        self._start.clicked.connect(self.started)
        other.clicked.connect(self.asked_other_ways)
        operator.clicked.connect(self.asked_operator)
        self._looks.clicked.connect(self._change_looks)
        self._size.clicked.connect(self._change_size)
        theme.follow(self._name_toggles)
        self._name_toggles()

    def show_ready(self) -> None:
        """Offer to start."""
        self._start.setEnabled(True)
        self._status.show_status(self.tr("The microphone is ready"), "check", ready=True)

    def show_getting_ready(self, message: Message) -> None:
        """Say what the kiosk does before it can start."""
        self._start.setEnabled(False)
        self._status.show_status(message.title, message.icon, ready=False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep Start on the screen: where there is little height the heading gives way."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        kind = "title" if cramped(self.theme, self) else "display"
        if self._heading.property("kind") != kind:
            self._heading.setProperty("kind", kind)
            repolish(self._heading)

    def _corner(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(self.theme.space("s"))
        row.addWidget(self._status)
        row.addStretch(1)
        row.addWidget(self._looks)
        row.addWidget(self._size)
        return row

    @Slot()
    def _change_looks(self) -> None:
        self.theme.set_theme(_NEXT_THEME.get(self.theme.theme.name, "light"))

    @Slot()
    def _change_size(self) -> None:
        larger = [scale for scale in _SCALES if scale > self.theme.text_scale]
        self.theme.set_text_scale(larger[0] if larger else _SCALES[0])

    @Slot()
    def _name_toggles(self) -> None:
        self._looks.set_icon(_THEME_ICON.get(self.theme.theme.name, "sun"))
        looks = self.tr("Appearance: {0}. Press to change").replace("{0}", self.theme.theme.title)
        size = self.tr("Text size: {0} percent. Press to change")
        accessibility.name(self._looks, looks)
        accessibility.name(self._size, size.replace("{0}", str(self.theme.text_scale)))
        self._fit()
