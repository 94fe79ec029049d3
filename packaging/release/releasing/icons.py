"""Makes the application icon in the formats of the three systems from its two drawings.

The drawings are ``resources/app-icon/voice-kiosk.svg`` and, for 24 pixels and less, where five bars
would run together, ``voice-kiosk-small.svg``. ``python -m releasing.icons`` makes the others. They
lie in the tree, so that no build needs this; a test compares them with the drawings.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from releasing.version import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME = "voice-kiosk"
SMALL = 24
"""The largest side, in pixels, that is drawn after the small drawing."""

PNG_SIZES = (16, 24, 32, 48, 64, 128, 256)
"""For the window, and for the icon theme of a Linux desktop."""

ICO_SIZES = (16, 20, 24, 32, 40, 48, 64, 256)
"""Those that Windows asks for at 100, 125, 150 and 200 percent."""

ICNS_KINDS = {
    b"ic11": 32,
    b"ic12": 64,
    b"ic07": 128,
    b"ic13": 256,
    b"ic08": 256,
    b"ic14": 512,
    b"ic09": 512,
    b"ic10": 1024,
}
"""The kinds of a macOS icon that hold PNG, and their sides in pixels."""

MAC_MARGIN = 0.07
"""macOS icons stand off from the edge of their square, more than the drawing does by itself."""

_ICO_PNG = 256
"""Side from which Windows wants PNG; below it, some of its dialogs want bitmaps."""


def draw(drawings: Path, size: int, margin: float = 0.0) -> QImage:
    """Return the icon as a picture.

    Args:
        drawings: the folder of the two drawings.
        size: side in pixels.
        margin: what stays empty at each edge, as a part of the side.

    Raises:
        OSError: a drawing is missing.
        ValueError: it is damaged.
    """
    name = f"{NAME}-small.svg" if size <= SMALL else f"{NAME}.svg"
    renderer = QSvgRenderer(QByteArray((drawings / name).read_bytes()))
    if not renderer.isValid():
        raise ValueError(f"{name} cannot be drawn")
    picture = QImage(size, size, QImage.Format.Format_ARGB32)
    picture.fill(0)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = round(size * margin)
    renderer.render(painter, QRectF(edge, edge, size - 2 * edge, size - 2 * edge))
    painter.end()
    return picture


def png(picture: QImage) -> bytes:
    """Return a picture as a PNG file."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not picture.save(buffer, "PNG"):  # type: ignore[call-overload]  # the stub wants bytes
        raise ValueError("the picture cannot be written")
    return bytes(content.data())


def ico(pictures: Iterable[QImage]) -> bytes:
    """Return square pictures, smallest first, as a Windows icon."""
    made = [
        (picture.width(), png(picture) if picture.width() >= _ICO_PNG else _bitmap(picture))
        for picture in pictures
    ]
    head = struct.pack("<HHH", 0, 1, len(made))
    offset = len(head) + 16 * len(made)
    for size, content in made:
        side = size % 256  # 256 is written as 0
        head += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(content), offset)
        offset += len(content)
    return head + b"".join(content for _, content in made)


def icns(pictures: dict[bytes, QImage]) -> bytes:
    """Return pictures by their kind as a macOS icon."""
    body = b""
    for kind, picture in pictures.items():
        content = png(picture)
        body += struct.pack(">4sI", kind, 8 + len(content)) + content
    return struct.pack(">4sI", b"icns", 8 + len(body)) + body


def _bitmap(picture: QImage) -> bytes:
    """Return the bitmap of an icon: blue, green, red, alpha, from the lowest row, then a mask."""
    size = picture.width()
    rows = bytes(picture.constBits())
    stride = picture.bytesPerLine()
    head = struct.pack("<IiiHHIIiiII", 40, size, 2 * size, 1, 32, 0, 0, 0, 0, 0, 0)
    color = b"".join(rows[y * stride : y * stride + 4 * size] for y in reversed(range(size)))
    return head + color + bytes((size + 31) // 32 * 4 * size)


def main(root: Path) -> None:
    """Write every icon of the source tree."""
    drawings = root / "resources" / "app-icon"
    for size in PNG_SIZES:
        (drawings / f"{NAME}-{size}.png").write_bytes(png(draw(drawings, size)))
    (root / "packaging" / "windows" / f"{NAME}.ico").write_bytes(
        ico(draw(drawings, size) for size in ICO_SIZES)
    )
    (root / "packaging" / "macos" / f"{NAME}.icns").write_bytes(
        icns({kind: draw(drawings, size, MAC_MARGIN) for kind, size in ICNS_KINDS.items()})
    )


if __name__ == "__main__":
    main(ROOT)
