"""Lists from which one of several is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox

from kiosk.ui import accessibility

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk.ui.operator.activity.presenter import Kind, Period


def choice(name: str, label: str, items: Sequence[tuple[str, Kind | Period]]) -> QComboBox:
    """Return a list to choose from.

    Args:
        name: object name.
        label: what a screen reader calls it, already translated.
        items: words, already translated, and what they stand for: the data of the item.
    """
    box = QComboBox()
    box.setObjectName(name)
    for text, value in items:
        box.addItem(text, value)
    accessibility.name(box, label)
    return box
