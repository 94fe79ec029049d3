from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kiosk.resources import resources_dir
from kiosk.ui.theme.contrast import contrast, luminance, shortfalls
from kiosk.ui.theme.tokens import FACES, ROLES, TokensInvalid, load_tokens

if TYPE_CHECKING:
    from pathlib import Path

FILE = resources_dir() / "themes" / "tokens.toml"


def altered(tmp_path: Path, old: str, new: str) -> Path:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "tokens.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


def test_every_theme_gives_every_role() -> None:
    tokens = load_tokens(FILE)
    assert set(tokens.themes) == {"light", "dark", "contrast"}
    assert all(set(theme.colors) == ROLES for theme in tokens.themes.values())


def test_the_type_scale_is_the_one_agreed() -> None:
    tokens = load_tokens(FILE)
    assert list(tokens.type["public"].values()) == [16, 20, 32, 56]
    assert list(tokens.type["operator"].values()) == [13, 13, 16, 22]
    assert (tokens.scale_min, tokens.scale_max) == (100, 200)


def test_distances_lie_on_the_grid() -> None:
    space = load_tokens(FILE).space
    assert all(pixels % 8 == 0 for name, pixels in space.items() if name != "xs")


def test_targets_are_large_enough() -> None:
    tokens = load_tokens(FILE)
    assert [tokens.target[face] for face in FACES] == [64, 48]
    assert tokens.focus_ring == 3


@pytest.mark.parametrize("name", ["light", "dark"])
def test_contrast_reaches_wcag_aa(name: str) -> None:
    assert shortfalls(load_tokens(FILE).themes[name], text=4.5, graphic=3.0) == []


def test_high_contrast_reaches_wcag_aaa() -> None:
    assert shortfalls(load_tokens(FILE).themes["contrast"], text=7.0, graphic=4.5) == []


def test_a_weak_color_is_found(tmp_path: Path) -> None:
    file = altered(tmp_path, 'text-muted = "#525c6d"', 'text-muted = "#a0a0a0"')
    found = shortfalls(load_tokens(file).themes["light"], text=4.5, graphic=3.0)
    assert found
    assert all("text-muted" in fault for fault in found)


def test_contrast_of_known_colors() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert luminance("#ff0000") == pytest.approx(0.2126)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('surface = "#f4f5f8"', "", "lacks: surface"),
        ('surface = "#f4f5f8"', 'surface = "white"', "misspells: surface"),
        ('surface = "#f4f5f8"', 'surface = "#f4f5f8"\nsky = "#0000ff"', "does not know: sky"),
        ('default = "light"', 'default = "pink"', "'pink'"),
        ("display = 56", "display = -1", "display must be a positive"),
        ("display = 56", "", "lack 'display'"),
        ("[motion]", "[motion", "cannot be read"),
    ],
)
def test_a_broken_file_is_refused_in_words(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(TokensInvalid, match=said):
        load_tokens(altered(tmp_path, old, new))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TokensInvalid, match="cannot be read"):
        load_tokens(tmp_path / "none.toml")
