"""Turns tokens into what Qt understands: one style sheet, one palette."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QPalette

from kiosk.ui.theme.tokens import CORNERS, FACES, SIZES, SPACES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kiosk.ui.theme.tokens import Face, Theme, Tokens

_ROLE_OF: dict[QPalette.ColorRole, str] = {
    QPalette.ColorRole.Window: "surface",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "surface-raised",
    QPalette.ColorRole.AlternateBase: "surface-sunken",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "control",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "negative",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on-accent",
    QPalette.ColorRole.Accent: "accent",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.PlaceholderText: "text-muted",
    QPalette.ColorRole.ToolTipBase: "surface-raised",
    QPalette.ColorRole.ToolTipText: "text",
}
_DISABLED = (
    QPalette.ColorRole.WindowText,
    QPalette.ColorRole.Text,
    QPalette.ColorRole.ButtonText,
)

LEAST_TARGET = 48
"""Pixels that a finger needs at least, where the screen is too small for more."""


def build_palette(theme: Theme) -> QPalette:
    """Return the palette of a theme, for what the style sheet does not reach."""
    palette = QPalette()
    for role, name in _ROLE_OF.items():
        palette.setColor(role, QColor(theme.colors[name]))
    faded = QColor(theme.colors["text-disabled"])
    for role in _DISABLED:
        palette.setColor(QPalette.ColorGroup.Disabled, role, faded)
    return palette


def points(tokens: Tokens, face: Face, size: str, scale: int) -> float:
    """Return a size of the type scale in points.

    Args:
        tokens: the design tokens.
        face: which of the two type scales.
        size: one of :data:`kiosk.ui.theme.tokens.SIZES`.
        scale: text scale in percent.
    """
    return next(pt for name, pt in tokens.type[face].items() if name == size) * scale / 100


def build_style_sheet(
    tokens: Tokens,
    theme: Theme,
    scale: int,
    templates: tuple[str, str],
    images: Mapping[str, str],
    faces: Sequence[Face] = FACES,
) -> str:
    """Return the style sheet of a part of the window, or of a whole application.

    Args:
        tokens: distances, sizes and type.
        theme: the colors.
        scale: text scale in percent.
        templates: what is the same on both faces, and what is written out once for each of them.
        images: name -> file of the images that the style sheet shows, such as the tick.
        faces: which faces it is for; the first is that of every widget that has none. For one face
            alone it is several times as fast, for no ancestor is looked at.

    Raises:
        KeyError: a template asks for something that no token gives.
    """
    common, per_face = templates
    values: dict[str, object] = {role.replace("-", "_"): c for role, c in theme.colors.items()}
    values |= {f"space_{name}": tokens.space[name] for name in SPACES}
    values |= {f"radius_{name}": tokens.radius[name] for name in CORNERS}
    values |= {f"image_{name.replace('-', '_')}": path for name, path in images.items()}
    values |= {"ring": tokens.focus_ring, "family": tokens.family, "display": tokens.display}
    values["key_edge"] = theme.colors["control-edge"]
    if theme.colors["control-edge"] == theme.colors["control"]:
        # Only high contrast outlines its buttons; an edge in their own color would show a seam.
        values["control_edge"] = "transparent"
    parts = [Template(common).substitute(values)]
    for face in faces:
        sizes = {size: f"{points(tokens, face, size, scale):g}" for size in SIZES}
        target = tokens.target[face]
        # A minimum height wins over the height of the text, so it has to grow with it.
        inner = max(target - 2 * tokens.focus_ring, _line(tokens.type[face]["body"], scale))
        air = 6 if face == "public" else 4
        of_face = {
            "at": "" if face == faces[0] else f'*[face="{face}"] ',
            "inner": inner,
            # What a button is high without its air, which keeps large text off its edges.
            "low": max(inner - 2 * air, _line(tokens.type[face]["body"], scale)),
            "air": air,
            "target": target,
            "dense": max(
                LEAST_TARGET - 2 * tokens.focus_ring, _line(tokens.type[face]["body"], scale)
            ),
            "wide": 2 * target - tokens.space["m"],
            "entry": max(target + tokens.space["s"], _line(tokens.type[face]["title"], scale)),
            "pad": tokens.space["l"] if face == "public" else tokens.space["m"],
            "dot": 18 if face == "public" else 13,
            "box": 32 if face == "public" else 22,
            "display_family": tokens.display if face == "public" else tokens.family,
            # Corners grow with what they belong to.
            "corner": tokens.radius["medium" if face == "public" else "small"] + tokens.focus_ring,
        }
        parts.append(Template(per_face).substitute(values | sizes | of_face))
    return "\n".join(parts)


def _line(point_size: int, scale: int) -> int:
    """Return the height in pixels of a line of text at 96 dots per inch; Inter needs 1.21 em."""
    return round(point_size * scale / 100 * 96 / 72 * 1.25)
