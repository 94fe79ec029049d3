"""What counts as a sign that somebody is there."""

from __future__ import annotations

from PySide6.QtCore import QEvent

TOUCHES = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.TouchBegin,
        QEvent.Type.Wheel,
    }
)
