"""Fields for numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.ui import accessibility

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractSpinBox

    from kiosk.ui.theme.controller import ThemeController


def prepare_number(theme: ThemeController, box: QAbstractSpinBox, name: str) -> None:
    """Give a number field the air and the whole focus ring that the other inputs have.

    Args:
        theme: gives the distance.
        box: any spin box.
        name: what a screen reader calls it, already translated.
    """
    accessibility.name(box, name)
    inner = box.lineEdit()
    # Qt lays the inner field over the left edge of a styled box and ignores its padding.
    inner.setStyleSheet("background: transparent; border: none;")
    inner.setTextMargins(theme.space("m"), 0, 0, 0)
