"""Pages that stay usable on a small screen with large text: what moves where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QBoxLayout, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent, QShowEvent

    from kiosk.ui.theme.controller import ThemeController

_ROOMY = 8
"""A window is roomy from so many pixels of height on for each percent of text scale: 800 px."""


def cramped(theme: ThemeController, widget: QWidget) -> bool:
    """Return whether the window is wide and has too little height for text of this size."""
    window = widget.window()
    return window.height() < min(window.width(), _ROOMY * theme.text_scale)


def keep_place(widget: QWidget, *, keep: bool) -> None:
    """Say whether a widget takes its room while it is hidden, so that nothing jumps."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(keep)
    widget.setSizePolicy(policy)


class SideBySide(QWidget):
    """Two parts below each other; beside each other in a window that is wide but not high.

    Args:
        theme: gives distances and the text scale.
        first: above or left, takes the room that is left over.
        second: below or right.
        parent: Qt parent.
    """

    def __init__(
        self,
        theme: ThemeController,
        first: QWidget,
        second: QWidget,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parts = (first, second)
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(theme.space("m"))
        self._box.addWidget(first, 1)
        self._box.addWidget(second, 0, Qt.AlignmentFlag.AlignCenter)
        theme.follow(self._arrange)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look again where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        """Look where there is room: only now the window is known."""
        super().showEvent(event)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        """Ask for the width of the wider part only: they can stand below each other."""
        hint = super().minimumSizeHint()
        widths = [part.minimumSizeHint().width() for part in self._parts]
        return QSize(max(widths), hint.height())

    @Slot()
    def _arrange(self) -> None:
        beside = cramped(self._theme, self)
        wanted = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._box.direction() != wanted:
            self._box.setDirection(wanted)
            top = Qt.AlignmentFlag.AlignTop if beside else Qt.AlignmentFlag(0)
            self._box.setAlignment(self._parts[0], top)
            self._box.setSpacing(self._theme.space("xl" if beside else "m"))


class FooterRow(QWidget):
    """Buttons in a row, ways back left and ways on right; below each other where too narrow.

    Args:
        theme: gives distances.
        left: what stands left, or last when below each other.
        right: what stands right, or first.
        parent: Qt parent.
    """

    def __init__(
        self,
        theme: ThemeController,
        left: tuple[QWidget, ...],
        right: tuple[QWidget, ...],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._left = left
        self._parts = (*left, *right)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(theme.space("m"))
        # Ways back stay beside each other where they fit: height is scarce on a small screen.
        self._back = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._back.setSpacing(theme.space("m"))
        for widget in left:
            self._back.addWidget(widget)
        self._box.addLayout(self._back)
        self._box.addStretch(1)
        for widget in right:
            self._box.addWidget(widget)
        theme.follow(self.arrange)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look again whether all fit side by side."""
        super().resizeEvent(event)
        self.arrange()

    def minimumSizeHint(self) -> QSize:
        """Ask for the width of the widest part only."""
        shown = [part.sizeHint() for part in self._parts if part.isVisibleTo(self)]
        hint = super().minimumSizeHint()
        return QSize(max((size.width() for size in shown), default=0), hint.height())

    @Slot()
    def arrange(self) -> None:
        """Put the parts where they fit; to be called when one appears, or has other text."""
        # The last one is the way on: it stands at the right, or on top.
        below, beside = QBoxLayout.Direction.BottomToTop, QBoxLayout.Direction.LeftToRight
        self._box.setDirection(beside if self._fit(self._parts) else below)
        self._back.setDirection(beside if self._fit(self._left) else below)

    def _fit(self, parts: tuple[QWidget, ...]) -> bool:
        """Return whether those that are shown have room side by side."""
        shown = [part for part in parts if part.isVisibleTo(self)]
        gaps = self._box.spacing() * len(shown)
        return sum(part.sizeHint().width() for part in shown) + gaps <= self.width()
