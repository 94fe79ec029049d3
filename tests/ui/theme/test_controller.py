from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetrics, QPalette, QRawFont
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

import kiosk.ui
from kiosk.resources import resources_dir
from kiosk.ui.theme.controller import face_of, set_face
from kiosk.ui.theme.fonts import FontsMissing, register_fonts
from tests.support.patience import PATIENCE_MS

if TYPE_CHECKING:
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from kiosk.ui.theme.controller import ThemeController


def colors(image: QImage) -> set[str]:
    size = image.size()
    return {
        image.pixelColor(x, y).name() for x in range(size.width()) for y in range(size.height())
    }


def test_switching_themes_recolors_what_is_on_screen(
    theme: ThemeController, qtbot: QtBot, qapp: QApplication
) -> None:
    button = QPushButton("")
    button.setProperty("kind", "primary")
    qtbot.addWidget(button)
    button.show()
    for name in ("dark", "contrast", "light"):
        theme.set_theme(name)
        assert theme.theme.name == name
        assert theme.color("accent").name() in colors(button.grab().toImage())
        window = qapp.palette().color(QPalette.ColorRole.Window)
        assert window == theme.color("surface")
        wanted = Qt.ColorScheme.Light if name == "light" else Qt.ColorScheme.Dark
        assert qapp.styleHints().colorScheme() in (wanted, Qt.ColorScheme.Unknown)


def test_a_change_is_told_once_and_none_is_not_told(theme: ThemeController, qtbot: QtBot) -> None:
    with qtbot.waitSignal(theme.changed, timeout=PATIENCE_MS):
        theme.set_theme("dark")
    with qtbot.assertNotEmitted(theme.changed):
        theme.set_theme("dark")
        theme.set_text_scale(100)


def test_a_theme_that_is_gone_means_the_default(theme: ThemeController) -> None:
    theme.set_theme("dark")
    theme.set_theme("solarized")
    assert theme.theme.name == "light"


def test_text_scale_enlarges_text_and_is_bounded(theme: ThemeController, qtbot: QtBot) -> None:
    label = QLabel("Speak")
    qtbot.addWidget(label)
    label.show()
    before = label.fontMetrics().height()
    theme.set_text_scale(200)
    assert label.fontMetrics().height() == pytest.approx(2 * before, rel=0.1)
    theme.set_text_scale(999)
    assert theme.text_scale == 200
    theme.set_text_scale(1)
    assert theme.text_scale == 100


def test_each_face_has_its_type_scale(theme: ThemeController, qtbot: QtBot) -> None:
    def title_on(face: str) -> float:
        root = QWidget()
        qtbot.addWidget(root)
        if face == "operator":
            set_face(root, "operator")
        label = QLabel("Title", root)
        label.setProperty("kind", "title")
        QVBoxLayout(root).addWidget(label)
        root.show()
        assert face_of(label) == face
        assert theme.font("title", label).pointSizeF() == label.font().pointSizeF()
        return label.font().pointSizeF()

    assert (title_on("public"), title_on("operator")) == (32, 16)


def test_targets_are_as_large_as_the_tokens_say(theme: ThemeController, qtbot: QtBot) -> None:
    for face in ("public", "operator"):
        root = QWidget()
        qtbot.addWidget(root)
        root.setProperty("face", face)
        box = QVBoxLayout(root)
        made = (QPushButton("OK"), QLineEdit())
        for control in made:
            box.addWidget(control)
        root.show()
        assert all(control.height() >= theme.target(root) for control in made)


def test_icons_are_drawn_in_the_color_of_their_role(theme: ThemeController) -> None:
    for name in ("light", "dark"):
        theme.set_theme(name)
        image = theme.pixmap("dot", "negative", 24).toImage()
        assert image.pixelColor(12, 12) == theme.color("negative")
        assert image.pixelColor(0, 0).alpha() == 0


def test_every_icon_can_be_drawn(theme: ThemeController) -> None:
    wanted = (
        "microphone microphone-off check-circle x-circle help-circle alert-triangle lock user "
        "user-plus users keypad-backspace arrow-left arrow-right settings wave refresh trash "
        "download search play sun moon contrast language info id-badge"
    )
    assert set(wanted.split()) <= set(theme.icons.names())
    for name in theme.icons.names():
        drawn = theme.pixmap(name, "text", 24).toImage()
        assert any(drawn.pixelColor(x, y).alpha() for x in range(24) for y in range(24)), name


def test_an_unknown_icon_or_role_is_a_mistake(theme: ThemeController) -> None:
    with pytest.raises(KeyError, match="unicorn"):
        theme.pixmap("unicorn", "text", 24)
    with pytest.raises(KeyError, match="sky"):
        theme.color("sky")


@pytest.mark.parametrize(
    "weight", [QFont.Weight.Normal, QFont.Weight.Medium, QFont.Weight.DemiBold]
)
def test_the_bundled_typeface_is_used(theme: ThemeController, weight: QFont.Weight) -> None:
    info = QFontInfo(theme.font("body", "public", weight))
    assert info.family() == "Inter"
    assert info.weight() == weight


def test_weights_differ_and_tabular_digits_are_equally_wide(theme: ThemeController) -> None:
    def width(text: str, weight: QFont.Weight, *, tabular: bool = False) -> float:
        font = theme.font("title", "public", weight, tabular=tabular)
        return QFontMetrics(font).horizontalAdvance(text)

    plain, strong = QFont.Weight.Normal, QFont.Weight.DemiBold
    assert width("Verified", plain) < width("Verified", strong)
    assert width("1111", plain, tabular=True) == width("0000", plain, tabular=True)


@pytest.mark.parametrize(
    "text", ["ÀéîõüßŁőĄžŞıØ", "Ελληνικάώ", "ЖураєїґўЂ", "0123456789−–—…“”„«»€"]
)
def test_the_typeface_covers_european_scripts(text: str) -> None:
    for file in (resources_dir() / "fonts").glob("*.otf"):
        font = QRawFont(str(file), 16)
        missing = [letter for letter in text if not font.supportsCharacter(ord(letter))]
        assert missing == [], file.name


def test_fonts_are_small_and_licensed() -> None:
    folder = resources_dir() / "fonts"
    assert sum(file.stat().st_size for file in folder.iterdir()) < 2_000_000
    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text(encoding="utf-8")


def test_missing_and_damaged_fonts_are_named(qapp: QApplication, tmp_path: Path) -> None:
    assert qapp is not None
    with pytest.raises(FontsMissing, match="no fonts"):
        register_fonts(tmp_path)
    (tmp_path / "Broken.otf").write_bytes(b"not a font")
    with pytest.raises(FontsMissing, match=r"Broken\.otf"):
        register_fonts(tmp_path)


def test_reduced_motion_takes_no_time(theme: ThemeController) -> None:
    theme.set_reduced_motion(False)
    assert (theme.motion(), theme.motion(long=True)) == (150, 250)
    theme.set_reduced_motion(True)
    assert (theme.motion(), theme.motion(long=True)) == (0, 0)


def test_only_the_tokens_know_colors() -> None:
    root = Path(kiosk.ui.__file__).parent
    hexes = re.compile(r"[\"']#[0-9a-fA-F]{3,8}\b")
    guilty = [str(file) for file in root.rglob("*.py") if hexes.search(file.read_text("utf-8"))]
    assert guilty == []
    sheets = (resources_dir() / "themes").glob("*.qss")
    assert not any(re.search(r"#[0-9a-fA-F]{3,8}\b", file.read_text("utf-8")) for file in sheets)


def test_disabled_icons_are_faded(theme: ThemeController) -> None:
    from PySide6.QtGui import QIcon

    image = theme.icon("dot", "accent", 24).pixmap(24, QIcon.Mode.Disabled).toImage()
    center = image.rect().center()
    assert image.pixelColor(center) == QColor(theme.theme.colors["text-disabled"])
