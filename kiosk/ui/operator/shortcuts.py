"""Keyboard shortcuts of the operator pages; those that lead to pages are with their screens."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence, QShortcut

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QAbstractButton, QWidget


class Keys(StrEnum):
    """What each combination does; the value is Qt's portable notation."""

    SIGN_OUT = "Ctrl+Shift+O"
    NEXT = "Ctrl+Return"
    """Enroll: go on to the next step; save in the last one."""
    RECORD = "Ctrl+R"
    """Enroll: begin to record."""
    STOP = "Ctrl+."
    """Enroll: give the recording up."""
    SEARCH = "Ctrl+F"
    SELF_TEST = "Ctrl+T"


def in_tool_tip(text: str, keys: str) -> str:
    """Return a text followed by a combination as this system writes it."""
    written = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
    return f"{text} ({written})"


def bind(keys: str, owner: QWidget, action: Callable[[], object]) -> QShortcut:
    """Do something on a combination while its owner can be seen.

    Args:
        keys: the combination, in Qt's portable notation.
        owner: the shortcut works only while this widget is visible.
        action: what is done.
    """
    shortcut = QShortcut(QKeySequence(keys), owner)
    shortcut.activated.connect(action)
    return shortcut


def bind_button(keys: str, button: QAbstractButton) -> QShortcut:
    """Press a button on a combination, and say so in its tool tip."""
    button.setToolTip(in_tool_tip(button.text() or button.accessibleName(), keys))
    return bind(keys, button, button.click)
