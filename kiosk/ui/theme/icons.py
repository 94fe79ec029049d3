"""Stroke icons, drawn in whatever color a role has at that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

if TYPE_CHECKING:
    from pathlib import Path


class IconSet:
    """The SVG files of a folder, tinted; pixmaps are kept, for tables ask again and again.

    Args:
        folder: where ``<name>.svg`` lie, drawn in ``currentColor`` on a 24 px square.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sources: dict[str, str] = {}
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}

    def names(self) -> list[str]:
        """Return the names of all icons in alphabetical order."""
        return sorted(file.stem for file in self._folder.glob("*.svg"))

    def svg(self, name: str, color: QColor) -> bytes:
        """Return an icon's SVG in a color.

        Raises:
            KeyError: there is no such icon.
        """
        return self._source(name).replace("currentColor", color.name()).encode()

    def paint(self, painter: QPainter, name: str, rect: QRectF, color: QColor) -> None:
        """Paint an icon into a rectangle.

        Raises:
            KeyError: there is no such icon.
        """
        QSvgRenderer(QByteArray(self.svg(name, color))).render(painter, rect)

    def pixmap(self, name: str, color: QColor, size: int, ratio: float = 1.0) -> QPixmap:
        """Return an icon as a pixmap.

        Args:
            name: of the file, without suffix.
            color: of its strokes.
            size: side in device-independent pixels.
            ratio: device pixels per device-independent pixel.

        Raises:
            KeyError: there is no such icon.
        """
        key = (name, color.name(), size, ratio)
        if key not in self._pixmaps:
            renderer = QSvgRenderer(QByteArray(self.svg(name, color)))
            pixmap = QPixmap(round(size * ratio), round(size * ratio))
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            renderer.render(painter, QRectF(0, 0, size, size))
            painter.end()
            self._pixmaps[key] = pixmap
        return self._pixmaps[key]

    def forget(self) -> None:
        """Drop the pixmaps kept: the colors have changed."""
        self._pixmaps.clear()

    def _source(self, name: str) -> str:
        if name not in self._sources:
            try:
                self._sources[name] = (self._folder / f"{name}.svg").read_text(encoding="utf-8")
            except OSError as exc:
                raise KeyError(f"there is no icon named {name!r}") from exc
        return self._sources[name]
