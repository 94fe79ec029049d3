"""Somebody in front of the window, who touches, types and speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from tests.support.patience import PATIENCE_MS
from tests.ui.sound import utterance
from tests.ui.support import Kit, child

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QWindow
    from pytestqt.qtbot import QtBot

    from kiosk.ui.application import Application
    from kiosk.ui.navigation import Route


class Visitor:
    """Acts on the window as people do, and sees what they would see.

    Attributes:
        application: the program.
        shell: its window.
        kit: what it runs on.
    """

    def __init__(self, application: Application, kit: Kit, qtbot: QtBot) -> None:
        self.application = application
        self.shell = application.shell
        self.kit = kit
        self._qtbot = qtbot

    # --- sees --------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """Return the state that the self-service side announces."""
        return str(child(self.shell, "verify").property("kioskState"))

    @property
    def page(self) -> str:
        """Return the name of the page that can be seen."""
        seen = [
            widget.objectName()
            for widget in self.shell.findChildren(QWidget)
            if widget.objectName().startswith("page.") and widget.isVisible()
        ]
        assert len(seen) == 1, seen
        return seen[0]

    def words(self) -> str:
        """Return all text that can be seen."""
        labels = self.shell.findChildren(QLabel)
        return " | ".join(label.text() for label in labels if label.isVisible())

    def sees(self, words: str) -> None:
        """Wait until these words can be seen."""
        self.until(lambda: words in self.words())

    def can_see(self, name: str) -> bool:
        """Return whether there is a widget of this name and it can be seen."""
        found = self.shell.findChildren(QWidget, name)
        return any(widget.isVisible() for widget in found)

    def signed_in(self) -> bool:
        """Return whether an operator is signed in."""
        return self.shell.signed_in

    def is_at(self, route: Route) -> bool:
        """Return whether a route is shown."""
        return self.shell.route is route

    # --- waits -------------------------------------------------------------------------------

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something."""
        self._qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    def when(self, state: str) -> Visitor:
        """Wait for a state."""
        self.until(lambda: self.state == state)
        return self

    def at(self, route: Route) -> Visitor:
        """Wait for a route."""
        self.until(lambda: self.shell.route is route)
        return self

    # --- acts --------------------------------------------------------------------------------

    def press(self, name: str) -> None:
        """Touch a button, which must be there to be touched."""
        button = child(self.shell, name)
        assert isinstance(button, QAbstractButton)
        assert button.isVisible(), f"{name} cannot be seen"
        assert button.isEnabled(), f"{name} is disabled"
        window = button.window()
        at = button.mapTo(window, button.rect().center())
        seen = window.childAt(at)
        if seen is button or (seen is not None and button.isAncestorOf(seen)):
            none = Qt.KeyboardModifier.NoModifier
            QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, none, at)
        else:  # somebody would have to scroll to it
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def enter(self, name: str, text: str) -> None:
        """Type into a field in the place of what it holds."""
        field = child(self.shell, name)
        assert isinstance(field, QLineEdit)
        field.selectAll()
        QTest.keyClicks(field, text)

    def key(self, key: Qt.Key) -> None:
        """Press a key, wherever the focus is."""
        window: QWindow | None = QApplication.focusWindow()
        QTest.keyClick(self.shell.windowHandle() if window is None else window, key)

    def keys(self, text: str) -> None:
        """Type, wherever the focus is at each key, as a badge reader does."""
        for character in text:
            QTest.keyClicks(QApplication.focusWidget() or self.shell, character)

    def claim(self, user_id: str) -> None:
        """Go from Welcome to Speak."""
        self.press("welcome.start")
        self.enter("who.id", user_id)
        self.press("who.continue")
        self.when("listening")

    def speak(self, speaker: int, seconds: float = 3.0, level: float = 0.1) -> None:
        """Say the sentence."""
        self.kit.microphone.feed(utterance(speaker, seconds, level))
