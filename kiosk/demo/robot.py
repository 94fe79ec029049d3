"""Operates the kiosk's window as a person would: real clicks and keys on the visible widgets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from kiosk.core.errors import KioskError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

W = TypeVar("W", bound=QWidget)
_LOOK_EVERY_MS = 10


class RobotLost(KioskError):
    """The window did not do what it should have done in time."""

    code = "DEMO-001"


class Robot:
    """Finds widgets by object name and waits for what it expects, never for a fixed time."""

    def __init__(self, window: QWidget, pictures: Path, patience_s: float = 120.0) -> None:
        """Operate this window and save pictures of it to a folder."""
        self.window = window
        self._pictures = pictures
        self._patience = patience_s
        self.saved: list[Path] = []
        self._interrupted = False

    def interrupt(self) -> None:
        """Give up: whatever is waited for ends in ``KeyboardInterrupt``."""
        self._interrupted = True

    def wait(self, what: str, condition: Callable[[], bool], seconds: float | None = None) -> None:
        """Let the window work until the condition holds.

        Raises:
            RobotLost: it did not within the time.
            KeyboardInterrupt: it was interrupted.
        """
        deadline = time.monotonic() + (self._patience if seconds is None else seconds)
        loop = QEventLoop()
        timer = QTimer()
        timer.timeout.connect(lambda: self._look(loop, condition, deadline))
        timer.start(_LOOK_EVERY_MS)
        if not condition():
            loop.exec()
        timer.stop()
        if self._interrupted:
            raise KeyboardInterrupt
        if not condition():
            self.picture("lost")
            raise RobotLost(f"Waited in vain for {what}.")

    def _look(self, loop: QEventLoop, condition: Callable[[], bool], deadline: float) -> None:
        if self._interrupted or condition() or time.monotonic() > deadline:
            loop.quit()

    def find(self, name: str, kind: type[W]) -> W:
        """Return a visible, enabled widget, waiting for it to appear."""
        self.wait(f"{name} to appear", lambda: self._seek(name, kind) is not None)
        found = self._seek(name, kind)
        if found is None:
            raise RobotLost(f"{name} has gone.")
        return found

    def _seek(self, name: str, kind: type[W]) -> W | None:
        for widget in self.window.findChildren(kind, name):
            if widget.isVisible() and widget.isEnabled():
                return widget
        return None

    def shows(self, name: str) -> bool:
        """Return whether a widget of that name is visible now."""
        return any(w.isVisible() for w in self.window.findChildren(QWidget, name))

    def find_page(self, name: str) -> None:
        """Wait until a page is shown."""
        self.wait(f"{name} to be shown", lambda: self.shows(name))

    def click(self, name: str) -> None:
        """Click a button once it is there and enabled."""
        button = self.find(name, QAbstractButton)
        window = button.window()
        at = button.mapTo(window, button.rect().center())
        none = Qt.KeyboardModifier.NoModifier
        QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, none, at)

    def type(self, name: str, text: str) -> None:
        """Put text into a field with the keyboard, in the place of what was there."""
        field = self.find(name, QLineEdit)
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)
        self.wait(f"{name} to hold the text", lambda: field.text() == text)

    def state(self, name: str) -> str:
        """Return the state that a screen says it is in."""
        found = self.window.findChild(QObject, name)
        return "" if found is None else str(found.property("kioskState") or "")

    def wait_state(self, name: str, *states: str, seconds: float | None = None) -> str:
        """Wait until a screen is in one of these states, and return which."""
        self.wait(
            f"{name} to become {' or '.join(states)}", lambda: self.state(name) in states, seconds
        )
        return self.state(name)

    def settle(self, milliseconds: int = 350) -> None:
        """Let animations finish before a picture is taken."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def picture(self, name: str) -> None:
        """Save what the window shows as a PNG file."""
        path = self._pictures / f"{name}.png"
        if self.window.grab().save(str(path)):
            self.saved.append(path)
