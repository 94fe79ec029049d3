"""The bundled typeface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QFontDatabase

if TYPE_CHECKING:
    from pathlib import Path


class FontsMissing(RuntimeError):
    """A bundled font is absent or cannot be read: the installation is incomplete."""


def register_fonts(folder: Path) -> list[str]:
    """Make every font file of a folder known to Qt and return the families it brought.

    Args:
        folder: where ``*.otf`` and ``*.ttf`` lie.

    Raises:
        FontsMissing: there is none, or one cannot be read.
    """
    files = sorted((*folder.glob("*.otf"), *folder.glob("*.ttf")))
    if not files:
        raise FontsMissing(f"no fonts in {folder}: install the program again")
    families: list[str] = []
    for file in files:
        number = QFontDatabase.addApplicationFont(str(file))
        if number < 0:
            raise FontsMissing(f"{file.name} is damaged: install the program again")
        families += QFontDatabase.applicationFontFamilies(number)
    return families
