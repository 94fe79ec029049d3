"""All keyboard shortcuts of the operator pages."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence, QShortcut

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QAbstractButton, QWidget


class Keys(Enum):
    """What each combination does; the value is Qt's portable notation."""

    ENROLL = "Ctrl+1"
    PEOPLE = "Ctrl+2"
    MICROPHONE = "Ctrl+3"
    PREFERENCES = "Ctrl+4"
    ACCOUNTS = "Ctrl+5"
    ACTIVITY = "Ctrl+7"
    PRIVACY = "Ctrl+6"
    THRESHOLD = "Ctrl+8"
    HELP = "F1"
    SIGN_OUT = "Ctrl+Shift+O"
    NEXT = "Ctrl+Return"
    """Enroll: go on to the next step; save in the last one."""
    RECORD = "Ctrl+R"
    """Enroll: begin to record."""
    STOP = "Ctrl+."
    """Enroll: give the recording up."""
    SEARCH = "Ctrl+F"
    SELF_TEST = "Ctrl+T"

    def text(self) -> str:
        """Return the combination as this system writes it."""
        return QKeySequence(self.value).toString(QKeySequence.SequenceFormat.NativeText)


def bind(keys: Keys, owner: QWidget, action: Callable[[], object]) -> QShortcut:
    """Do something on a combination while its owner can be seen.

    Args:
        keys: the combination.
        owner: the shortcut works only while this widget is visible.
        action: what is done.
    """
    shortcut = QShortcut(QKeySequence(keys.value), owner)
    shortcut.activated.connect(action)
    return shortcut


def bind_button(keys: Keys, button: QAbstractButton) -> QShortcut:
    """Press a button on a combination, and say so in its tool tip."""
    button.setToolTip(f"{button.text() or button.accessibleName()} ({keys.text()})")
    return bind(keys, button, button.click)
