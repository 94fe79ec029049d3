"""The application icon: what lies in the tree is what the drawings say, in every format."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QImage

from kiosk.ui.application import application_icon
from releasing import icons
from releasing.version import ROOT

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

DRAWINGS = ROOT / "resources" / "app-icon"
WINDOWS = (ROOT / "packaging" / "windows" / "voice-kiosk.ico").read_bytes()
MAC = (ROOT / "packaging" / "macos" / "voice-kiosk.icns").read_bytes()
# Versions of Qt may round the edge of a curve otherwise.
TOLERANCE = 24


def alike(one: QImage, other: QImage) -> bool:
    """Return whether two pictures show the same."""
    pictures = [
        each.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied) for each in (one, other)
    ]
    first, second = (bytes(each.constBits()) for each in pictures)
    return one.size() == other.size() and all(
        abs(a - b) <= TOLERANCE for a, b in zip(first, second, strict=True)
    )


@pytest.mark.parametrize("size", icons.PNG_SIZES)
def test_pictures_are_those_of_the_drawings(size: int) -> None:
    made = QImage(str(DRAWINGS / f"voice-kiosk-{size}.png"))
    assert alike(made, icons.draw(DRAWINGS, size))


def test_another_drawing_would_be_noticed() -> None:
    large, small = icons.draw(DRAWINGS, 32), icons.draw(DRAWINGS, 24).scaled(32, 32)
    assert not alike(large, small)


def test_the_smallest_has_sharp_edges() -> None:
    picture = icons.draw(DRAWINGS, 16)
    middle = [picture.pixelColor(x, 8).name() for x in range(16)]
    # Whole pixels of ground and bar: nothing is blurred.
    assert len(set(middle)) == 2
    assert middle == middle[::-1]


def test_the_windows_icon_holds_every_size() -> None:
    reserved, kind, count = struct.unpack_from("<HHH", WINDOWS)
    assert (reserved, kind, count) == (0, 1, len(icons.ICO_SIZES))
    for number, size in enumerate(icons.ICO_SIZES):
        entry = struct.unpack_from("<BBBBHHII", WINDOWS, 6 + 16 * number)
        width, height, _, _, planes, bits, length, offset = entry
        assert (width or 256, height or 256, planes, bits) == (size, size, 1, 32)
        content = WINDOWS[offset : offset + length]
        assert len(content) == length
        if size == 256:
            assert alike(QImage.fromData(content), icons.draw(DRAWINGS, 256))
        else:
            head = struct.unpack_from("<IiiHH", content)
            assert head == (40, size, 2 * size, 1, 32)
            assert length == 40 + 4 * size * size + (size + 31) // 32 * 4 * size
            lowest = QImage(content[40:], size, size, 4 * size, QImage.Format.Format_ARGB32)
            assert alike(lowest.flipped(), icons.draw(DRAWINGS, size))


def test_the_mac_icon_holds_every_kind() -> None:
    magic, length = struct.unpack_from(">4sI", MAC)
    assert (magic, length) == (b"icns", len(MAC))
    found, offset = {}, 8
    while offset < length:
        kind, size = struct.unpack_from(">4sI", MAC, offset)
        found[kind] = QImage.fromData(MAC[offset + 8 : offset + size])
        offset += size
    assert {kind: picture.width() for kind, picture in found.items()} == icons.ICNS_KINDS
    assert alike(found[b"ic07"], icons.draw(DRAWINGS, 128, icons.MAC_MARGIN))


def test_a_drawing_that_is_missing_is_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(FileNotFoundError):
        icons.draw(tmp_path_factory.mktemp("empty"), 16)


def test_the_window_shows_it_in_all_sizes(qtbot: QtBot) -> None:
    del qtbot  # pictures need an application
    icon = application_icon()
    assert sorted(size.width() for size in icon.availableSizes()) == list(icons.PNG_SIZES)
    assert alike(icon.pixmap(64, 64).toImage(), icons.draw(DRAWINGS, 64))
